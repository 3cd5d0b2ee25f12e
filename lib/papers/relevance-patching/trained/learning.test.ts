import { describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { tf } from "../../../tensor";
import { PLACES } from "../circuit/task";
import { causalScrubbing } from "./causalScrubbing";
import { promptSet, splitCombinations } from "./examples";
import { explainCircuit } from "./explain";
import { hookedTransformer } from "./hookedModel";
import { judgementHypothesis } from "./hypotheses";
import { smallTransformer } from "./smallTransformer";
import { answerAccuracy, trainCircuit } from "./training";

/** Minutes of training: with REPRISE_SLOW set only. */
const isAsked = process.env["REPRISE_SLOW"] !== undefined;
/** Any one. */
const SEED = 2;

describe.runIf(isAsked)("a transformer trained on the circuit's task", () => {
  it("judges combinations that it has never seen, and is explained by reading and judging", {
    timeout: 3_600_000,
  }, async () => {
    const split = splitCombinations(SEED);
    const model = smallTransformer(SEED);
    await trainCircuit(model, { seed: SEED, split });
    const test = promptSet(createRandom(SEED, 9), { count: 1920, triples: 4, part: { name: "test", split } });
    expect(answerAccuracy(model, test)).toBeGreaterThan(0.99);

    const hooked = hookedTransformer(model);
    const { scrubbing, swaps } = explainCircuit(hooked, { seed: 3 });
    expect(scrubbing.reading.recovered).toBeGreaterThanOrEqual(0.9);
    expect(scrubbing.identity.recovered).toBe(1);
    expect(scrubbing.unbound.recovered).toBeLessThan(0.3);
    expect(scrubbing.empty.recovered).toBeLessThan(0.15);
    expect(Math.min(swaps.kept, swaps.flipped)).toBeGreaterThan(0.98);
    // It does not judge in the steps of the circuit made by hand.
    const staircase = judgementHypothesis(PLACES, {
      binding: 0,
      match: 1,
      matchAt: "queryAttribute",
      answer: 2,
    });
    expect(causalScrubbing(hooked, staircase, test.slice(0, 480), { seed: 4 }).recovered).toBeLessThan(0.3);
    tf.disposeVariables();
  });
});
