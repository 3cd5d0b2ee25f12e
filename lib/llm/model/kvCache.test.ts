import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { run } from "./forward";
import { cacheRows, capacity, disposeCache, type KvCache, packed } from "./kvCache";
import { smallModel, tokenRows } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const ROWS = [
  [3, 1, 4, 1, 5, 9, 2],
  [6, 5, 3, 16, 8, 0, 7],
];
const TOLERANCE = { absolute: 2e-5, relative: 2e-5 };
const columns = (rows: number[][], from: number, to: number) =>
  tokenRows(rows.map((row) => row.slice(from, to)));
const slice = (x: tf.Tensor3D, from: number, to: number) => x.slice([0, from, 0], [-1, to - from, -1]);

describe("going on from a cache", () => {
  test.each([
    ["token by token", [1, 2, 3, 4, 5, 6, 7]],
    ["in chunks", [2, 3, 7]],
  ])("equals a run of everything: %s", (_, ends) => {
    const model = smallModel();
    const whole = run(model, tokenRows(ROWS)).logits;
    let past: KvCache | undefined;
    let from = 0;
    for (const to of ends) {
      const { logits, kv } = run(model, columns(ROWS, from, to), { past });
      assertClose(logits, slice(whole, from, to), TOLERANCE, `tokens ${from} to ${to}`);
      expect(kv.lengths).toEqual([to, to]);
      past = kv;
      from = to;
    }
    expect(past?.layers.map(({ key }) => key.shape)).toEqual([
      [2, 2, 7, 6],
      [2, 2, 7, 6],
    ]);
  });

  test("rows of other lengths go on each from its own position", () => {
    const model = smallModel();
    const start = run(model, tokenRows([ROWS[0].slice(0, 4), [6, 5, 0, 0]]), { lengths: [4, 2] });
    const more = run(model, tokenRows([ROWS[0].slice(4, 6), [3, 16]]), { past: start.kv, lengths: [2, 2] });
    const last = run(model, tokenRows([[2], [8]]), { past: more.kv });
    expect(last.kv.lengths).toEqual([7, 5]);
    const [first, second] = [ROWS[0], ROWS[1].slice(0, 5)].map((row) => run(model, tokenRows([row])).logits);
    assertClose(more.logits.slice([0, 0, 0], [1, 2, 17]), slice(first, 4, 6), TOLERANCE);
    assertClose(more.logits.slice([1, 0, 0], [1, 2, 17]), slice(second, 2, 4), TOLERANCE);
    assertClose(last.logits.slice([0, 0, 0], [1, 1, 17]), slice(first, 6, 7), TOLERANCE);
    assertClose(last.logits.slice([1, 0, 0], [1, 1, 17]), slice(second, 4, 5), TOLERANCE);
  });

  test("forks do not see each other, and outlive what they came from", () => {
    const model = smallModel();
    const { kv } = run(model, columns(ROWS, 0, 4));
    const numbers = kv.layers.map(({ key }) => Array.from(key.dataSync()));
    const left = run(model, columns(ROWS, 4, 6), { past: kv });
    const right = run(model, tokenRows([[10], [11]]), { past: kv });
    expect(kv.layers.map(({ key }) => Array.from(key.dataSync()))).toEqual(numbers);
    disposeCache(kv);
    disposeCache(right.kv);
    const whole = run(model, tokenRows(ROWS)).logits;
    const end = run(model, columns(ROWS, 6, 7), { past: left.kv });
    assertClose(end.logits, slice(whole, 6, 7), TOLERANCE);
  });

  test("hooks know the first position, and see earlier keys in the scores", () => {
    const model = smallModel();
    const { kv } = run(model, columns(ROWS, 0, 4));
    const seen: number[] = [];
    const hook = {
      name: "attn_scores" as const,
      layer: 1,
      fn: (scores: tf.Tensor, { first }: { first: number }) => {
        seen.push(first, ...scores.shape);
        return scores;
      },
    };
    run(model, columns(ROWS, 4, 7), { past: kv, hooks: [hook] });
    expect(seen).toEqual([4, 2, 4, 3, 7]);
  });

  test("chosen rows are caches of their own", () => {
    const model = smallModel();
    const { kv } = run(model, tokenRows([ROWS[0].slice(0, 4), [6, 5, 0, 0]]), { lengths: [4, 2] });
    const chosen = cacheRows(kv, [1, 1, 0]);
    expect(chosen.lengths).toEqual([2, 2, 4]);
    const { logits } = run(model, tokenRows([[3], [9], [5]]), { past: chosen });
    const alone = run(model, tokenRows([[6, 5, 9]])).logits;
    assertClose(logits.slice([1, 0, 0], [1, 1, 17]), slice(alone, 2, 3), TOLERANCE);
  });

  test("room behind the columns is not seen", () => {
    const model = smallModel();
    const { kv } = run(model, columns(ROWS, 0, 4));
    const roomy = packed([{ cache: kv, used: 3 }], 8);
    expect(Array.from(roomy.bias.dataSync()).slice(0, 8)).toEqual([
      0,
      0,
      0,
      ...Array(5).fill(Number.NEGATIVE_INFINITY),
    ]);
    const shorter = run(model, columns(ROWS, 0, 3)).kv;
    const next = (past: KvCache) => run(model, columns(ROWS, 3, 5), { past }).logits;
    assertClose(next({ ...roomy, lengths: [3, 3] }), next(shorter), TOLERANCE);
  });

  test("capacities are few, and none is half empty", () => {
    const sizes = new Set(Array.from({ length: 1000 }, (_, i) => capacity(i + 1)));
    expect([...sizes]).toEqual([16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]);
    for (let count = 1; count <= 1000; count++) {
      expect(capacity(count)).toBeGreaterThanOrEqual(count);
      if (count > 16) expect(capacity(count)).toBeLessThan(1.5 * count);
    }
  });

  test("frees all that it holds", () => {
    const model = smallModel();
    const tokens = columns(ROWS, 0, 4);
    const count = tf.memory().numTensors;
    const { logits, kv } = run(model, tokens);
    const more = run(model, tokens, { past: kv });
    logits.dispose();
    more.logits.dispose();
    disposeCache(kv);
    disposeCache(more.kv);
    expect(tf.memory().numTensors).toBe(count);
  });
});
