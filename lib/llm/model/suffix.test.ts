import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { compile, tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { run } from "./forward";
import { HOOK_NAMES, type HookName } from "./hooks";
import { patch, type Region } from "./patch";
import { recordBaseline, resume } from "./suffix";
import { smallModel, tokenRows } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const CLEAN = [3, 1, 4, 1, 5, 9, 2, 6];
const CORRUPTED = [3, 7, 8, 2, 5, 9, 2, 6];
const [LENGTH, LAYERS, HEADS, KV_HEADS] = [8, 3, 4, 2];
const TOLERANCE = { absolute: 2e-5, relative: 2e-5 };

function pair() {
  const model = smallModel({ layers: LAYERS });
  const { cache } = run(model, tokenRows([CLEAN]), { cacheNames: HOOK_NAMES });
  return { model, clean: cache, baseline: recordBaseline(model, tokenRows([CORRUPTED])) };
}

const last = (logits: tf.Tensor3D) => logits.slice([0, LENGTH - 1, 0], [-1, 1, -1]).squeeze<tf.Tensor2D>([1]);

/** A place, drawn at random. */
function randomSite(random: ReturnType<typeof createRandom>) {
  const names = HOOK_NAMES.filter((name) => name !== "ln_final_scale");
  const pick = <T>(of: readonly T[]): T => of[random.integer(of.length)];
  const some = (count: number) =>
    Array.from({ length: count }, (_, i) => i).filter(() => random.uniform() < 0.5);
  const name: HookName = pick(names);
  const layer = name === "embed" ? 0 : random.integer(LAYERS);
  const first = random.integer(LENGTH);
  const positions = [first, ...some(LENGTH).filter((position) => position > first)];
  const square = name === "attn_scores" || name === "pattern";
  const grouped = ["k", "rot_k", "v"].includes(name);
  const perHead = square || grouped || ["q", "rot_q", "z", "result"].includes(name);
  const heads = perHead ? [random.integer(grouped ? KV_HEADS : HEADS)] : undefined;
  const region: Region = { positions, heads, sources: square ? some(LENGTH) : undefined };
  return { name, layer, first, region };
}

describe("re-computation of a suffix", () => {
  test("gives what a run of everything gives, at fifty places drawn at random", () => {
    const { model, clean, baseline } = pair();
    const random = createRandom(7);
    let moved = 0;
    for (let trial = 0; trial < 50; trial++)
      tf.tidy(() => {
        const { name, layer, first, region } = randomSite(random);
        const hooks = [patch({ name, layer, regions: [region], value: clean[name]![layer] })];
        const whole = last(run(model, tokenRows([CORRUPTED]), { hooks }).logits);
        const { logits } = resume(model, baseline, { hooks, first });
        assertClose(logits, whole, TOLERANCE, `${name} of layer ${layer} at ${JSON.stringify(region)}`);
        const corrupted = last(run(model, tokenRows([CORRUPTED])).logits);
        if (logits.sub(corrupted).abs().max().dataSync()[0] > 1e-3) moved++;
      });
    expect(moved).toBeGreaterThan(20);
  });

  test("variants side by side are runs of their own; answers are columns of the logits", () => {
    const { model, clean, baseline } = pair();
    const value = clean.z![1];
    const regions = [0, 1, 2, 3].map((head) => ({ positions: [2, 7], heads: [head] }));
    const hooks = [patch({ name: "z", layer: 1, regions, value })];
    const { logits } = resume(model, baseline, { hooks, first: 2, variants: 4 });
    for (const [row, region] of regions.entries()) {
      const alone = [patch({ name: "z", layer: 1, regions: [region], value })];
      const single = resume(model, baseline, { hooks: alone, first: 2 }).logits;
      assertClose(logits.slice([row, 0], [1, -1]), single, TOLERANCE, `head ${row}`);
    }
    const { logits: two } = resume(model, baseline, { hooks, first: 2, variants: 4, answers: [11, 5] });
    assertClose(two, tf.gather(logits, [11, 5], 1), TOLERANCE);
  });

  test("goes through every row of a baseline of several", () => {
    const { model, clean } = pair();
    const rows = tokenRows([CORRUPTED, CLEAN]);
    const hooks = [
      patch({
        name: "resid_mid",
        layer: 1,
        regions: [{ positions: [5] }, { positions: [] }],
        value: clean.resid_mid![1],
      }),
    ];
    const { logits } = resume(model, recordBaseline(model, rows), { hooks, first: 5 });
    assertClose(logits, last(run(model, rows, { hooks }).logits), TOLERANCE);
  });

  test("without hooks, or with one behind the last layer, it is the baseline or its last norm", () => {
    const { model, clean, baseline } = pair();
    const corrupted = last(run(model, tokenRows([CORRUPTED])).logits);
    assertClose(resume(model, baseline, { hooks: [], first: 3 }).logits, corrupted, TOLERANCE);
    const region = { positions: [7] };
    const hooks = [patch({ name: "resid_post", layer: 2, regions: [region], value: clean.resid_post![2] })];
    const wanted = last(run(model, tokenRows([CLEAN])).logits);
    assertClose(resume(model, baseline, { hooks, first: 7 }).logits, wanted, TOLERANCE);
  });

  test("can be compiled: the patched value is an argument", () => {
    const { model, clean, baseline } = pair();
    const region = { positions: [6, 7], heads: [1] };
    const hooksOf = (value: tf.Tensor) => [patch({ name: "z", layer: 1, regions: [region], value })];
    const program = compile(
      (value: tf.Tensor) => resume(model, baseline, { hooks: hooksOf(value), first: 6 }).logits,
      { name: "patched", xla: false },
    );
    for (const value of [clean.z![1], clean.z![2]]) {
      const wanted = resume(model, baseline, { hooks: hooksOf(value), first: 6 }).logits;
      assertClose(program(value), wanted, TOLERANCE);
    }
    expect(program.traces).toBe(1);
    program.dispose();
  });

  test("leaves nothing but its logits, and refuses what is not there", () => {
    const { model, clean, baseline } = pair();
    const hooks = [patch({ name: "z", layer: 1, regions: [{ positions: [6] }], value: clean.z![1] })];
    const before = tf.memory().numTensors;
    resume(model, baseline, { hooks, first: 6 }).logits.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => resume(model, baseline, { hooks, first: 8 })).toThrow(
      "resume: there is no position 8; they go from 0 to 7.",
    );
    expect(() => resume(model, baseline, { hooks, first: 7 })).toThrow(
      "there is no position 6; they go from 7 to 7.",
    );
    const two = recordBaseline(model, tokenRows([CLEAN, CORRUPTED]));
    expect(() => resume(model, two, { hooks, first: 6, variants: 2 })).toThrow(
      "resume: variants need a baseline of one row, not of 2.",
    );
  });
});
