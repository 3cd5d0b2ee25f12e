import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isNative, tf } from "../../tensor";
import { assertClose, sampleData } from "../../tensor/testing";
import { decoder } from "./decoder";
import { run } from "./forward";
import { TAIL_COLUMNS } from "./tail";
import { smallModel, tokenRows } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TOLERANCE = { absolute: 3e-5, relative: 3e-5 };
/** Ids that look random. */
const ids = (count: number, seed: number) => sampleData([count], seed, 0, 17).map(Math.floor);
/** Of a run of everything, what follows the last token. */
const lastLogits = (model: ReturnType<typeof smallModel>, row: number[]) =>
  run(model, tokenRows([row]))
    .logits.slice([0, row.length - 1, 0], [1, 1, -1])
    .reshape([1, -1]);

describe("compiled decoding", () => {
  test.each([false, true])(
    "of rows of other lengths equals a run of everything at each step, XLA %s",
    (xla) => {
      const model = smallModel({ maxPositions: 200, qkvBias: true });
      const rows = [ids(5, 1), ids(18, 2), ids(1, 3)];
      const made = decoder(model, { xla });
      let { logits, state } = made.prefill(rows);
      const steps = 2 * TAIL_COLUMNS + 3;
      for (let i = 0; i < steps; i++) {
        if (i % 16 === 0 || i > steps - 3)
          for (const [row, tokens] of rows.entries())
            assertClose(
              logits.slice([row, 0], [1, -1]),
              lastLogits(model, tokens),
              TOLERANCE,
              `step ${i}, row ${row}`,
            );
        const next = ids(3, 10 + i);
        for (const [row, token] of next.entries()) rows[row].push(token);
        const before = state;
        ({ logits, state } = made.step(state, next));
        before.dispose();
      }
      expect(state.lengths).toEqual(rows.map((row) => row.length));
      // One for the prompts; one step program for each capacity that the prefix had: 24, 64 and 96.
      if (isNative()) expect(made.programs).toBe(4);
      made.dispose();
    },
  );

  test("goes on from a state twice, and from a cache of a run with hooks", () => {
    const model = smallModel();
    const made = decoder(model);
    const prompt = ids(7, 4);
    const start = made.prefill([prompt]).state;
    const [left, right] = [2, 11].map((token) => made.step(start, [token]));
    assertClose(left.logits, lastLogits(model, [...prompt, 2]), TOLERANCE);
    assertClose(right.logits, lastLogits(model, [...prompt, 11]), TOLERANCE);
    start.dispose();
    right.state.dispose();
    assertClose(made.step(left.state, [5]).logits, lastLogits(model, [...prompt, 2, 5]), TOLERANCE);

    const { kv } = run(model, tokenRows([prompt]));
    const behind = made.prefill([[2, 5, 9]], kv);
    assertClose(behind.logits, lastLogits(model, [...prompt, 2, 5, 9]), TOLERANCE);
    const after = made.step(behind.state, [0]);
    assertClose(after.logits, lastLogits(model, [...prompt, 2, 5, 9, 0]), TOLERANCE);

    const past = made.cacheOf(after.state);
    expect(past.lengths).toEqual([11]);
    const hooked = run(model, tokenRows([[1, 1]]), { past }).logits;
    assertClose(
      hooked.slice([0, 1, 0], [1, 1, -1]).reshape([1, -1]),
      lastLogits(model, [...prompt, 2, 5, 9, 0, 1, 1]),
      TOLERANCE,
    );
    made.dispose();
  });

  test("rows behind caches of other lengths", () => {
    const model = smallModel();
    const made = decoder(model);
    const rows = [ids(6, 5), ids(2, 6)];
    const more = [ids(3, 7), ids(9, 8)];
    const past = made.cacheOf(made.prefill(rows).state);
    const { logits, state } = made.prefill(more, past);
    for (const row of [0, 1])
      assertClose(
        logits.slice([row, 0], [1, -1]),
        lastLogits(model, [...rows[row], ...more[row]]),
        TOLERANCE,
      );
    const next = made.step(state, [3, 12]);
    for (const [row, token] of [3, 12].entries())
      assertClose(
        next.logits.slice([row, 0], [1, -1]),
        lastLogits(model, [...rows[row], ...more[row], token]),
        TOLERANCE,
      );
    made.dispose();
  });

  test("states free their tensors, shared ones with the last holder", () => {
    const model = smallModel();
    const made = decoder(model);
    const prompt = ids(4, 1);
    const warm = made.prefill([prompt]);
    made.step(warm.state, [1]).state.dispose();
    warm.state.dispose();
    tf.dispose(warm.logits);
    const count = tf.memory().numTensors;
    const { logits, state } = made.prefill([prompt]);
    const next = made.step(state, [1]);
    state.dispose();
    state.dispose();
    const third = made.step(next.state, [2]);
    next.state.dispose();
    third.state.dispose();
    tf.dispose([logits, next.logits, third.logits]);
    expect(tf.memory().numTensors).toBe(count);
    made.dispose();
  });

  test("refuses what does not fit", () => {
    const made = decoder(smallModel({ maxPositions: 6 }));
    expect(() => made.prefill([])).toThrow("decoder: there is no row.");
    expect(() => made.prefill([[1], []])).toThrow("decoder: row 1 has no token.");
    expect(() => made.prefill([[17]])).toThrow("decoder: row 0 has the token 17; the vocabulary has 17.");
    expect(() => made.prefill([ids(7, 1)])).toThrow(
      "decoder: row 0 would have 7 tokens; the model has 6 positions.",
    );
    const { state } = made.prefill([ids(6, 1)]);
    expect(() => made.step(state, [1])).toThrow("decoder: row 0 would have 7 tokens");
    expect(() => made.step(state, [1, 2])).toThrow("decoder: 2 rows of tokens cannot go on from 1.");
    made.dispose();
  });
});
