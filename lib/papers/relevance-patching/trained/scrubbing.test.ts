import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { tf } from "../../../tensor";
import { assertClose } from "../../../tensor/testing";
import { handBuiltCircuit } from "../circuit/handBuilt";
import type { ResidualTransformer } from "../circuit/residualTransformer";
import { PLACES, readCircuitPrompt } from "../circuit/task";
import { causalScrubbing, type Hypothesis, type ScrubNode } from "./causalScrubbing";
import { documentPairs, effectMap, instructionPairs, ROLES, type Role, streamSites } from "./effectMap";
import { promptSet } from "./examples";
import { explainCircuit, locateReading } from "./explain";
import { hookedCircuit, hookedTransformer } from "./hookedModel";
import { EMPTY_HYPOTHESIS, identityHypothesis, judgementHypothesis } from "./hypotheses";
import { SMALL_TRANSFORMER, smallTransformer } from "./smallTransformer";
import { type SwapOptions, swapTest } from "./swap";

/** Where the circuit made by hand has its steps. */
const LOCATION = { binding: 0, match: 1, matchAt: "queryAttribute", answer: 2 } as const;
const POOL = promptSet(createRandom(1), { count: 480, triples: 4 });

describe("the circuit made by hand", () => {
  let circuit: ResidualTransformer;
  const tensors = tf.memory().numTensors;
  beforeAll(() => {
    circuit = handBuiltCircuit();
  });
  afterAll(() => {
    tf.dispose(circuit as unknown as tf.TensorContainer);
    expect(tf.memory().numTensors).toBe(tensors);
  });
  const scrubbed = (hypothesis: Hypothesis, count?: number) =>
    causalScrubbing(hookedCircuit(circuit), hypothesis, POOL, { seed: 2, count });

  it("is explained wholly by its own description", () => {
    const { model, random, recovered, accuracy } = scrubbed(judgementHypothesis(PLACES, LOCATION));
    // d is 4 or −4: log(1 + e⁻⁴), and with a shuffled label half the time log(1 + e⁴)
    assertClose([model, random], [Math.log1p(Math.exp(-4)), Math.log1p(Math.exp(-4)) + 2], {
      relative: 1e-4,
    });
    assertClose(recovered, 1, { absolute: 1e-5 });
    expect(accuracy).toBe(1);
  });

  it("is explained by the identity exactly, by nothing not at all", () => {
    expect(scrubbed(identityHypothesis(PLACES, 3)).recovered).toBe(1);
    expect(Math.abs(scrubbed(EMPTY_HYPOTHESIS).recovered)).toBeLessThan(0.15);
  });

  it("is not explained where a step is left out or in another place", () => {
    const wrong = [
      judgementHypothesis(PLACES, LOCATION, "unbound"),
      judgementHypothesis(PLACES, { ...LOCATION, matchAt: "instruction" }),
      judgementHypothesis(PLACES, { ...LOCATION, match: 0 }),
    ];
    for (const hypothesis of wrong) expect(scrubbed(hypothesis, 160).recovered).toBeLessThan(0.3);
  });

  it("repeats by seed", () => {
    const losses = [5, 5, 6].map(
      (seed) =>
        causalScrubbing(hookedCircuit(circuit), EMPTY_HYPOTHESIS, POOL, { seed, count: 100 }).scrubbed,
    );
    expect(losses[0]).toBe(losses[1]);
    expect(losses[0]).not.toBe(losses[2]);
  });

  it("has the staircase of effects, of the document and of the instruction", () => {
    const model = hookedCircuit(circuit);
    const stairs = (of: typeof documentPairs) =>
      effectMap(model, of(createRandom(3), 8), streamSites(model)).map(({ effects }) =>
        ROLES.map((role) => effects[role]),
      );
    const steps = (...roles: Role[]) => roles.map((at) => ROLES.map((role) => Number(role === at)));
    const near = { absolute: 1e-5 };
    assertClose(stairs(documentPairs), steps("docEntity", "docAttribute", "queryAttribute", "answer"), near);
    assertClose(stairs(instructionPairs), steps("instruction", "instruction", "instruction", "answer"), near);
  });

  it("keeps its answer where r is swapped for an equal one, and turns it round for another", () => {
    const swapped = (position: number, options: Partial<SwapOptions> = {}) =>
      swapTest(hookedCircuit(circuit), POOL.slice(0, 120), {
        site: { name: "resid_post", layer: 1, positions: [position] },
        feature: (prompt) => readCircuitPrompt(prompt).relevant,
        seed: 4,
        ...options,
      });
    expect(swapped(PLACES.queryAttribute)).toEqual({ kept: 1, flipped: 1 });
    expect(swapped(PLACES.queryEntity)).toEqual({ kept: 1, flipped: 0 });
    const byInstruction = (prompt: Int32Array) => readCircuitPrompt(prompt).positive;
    expect(swapped(PLACES.instruction, { feature: byInstruction })).toEqual({ kept: 1, flipped: 1 });
    expect(() => swapped(PLACES.instruction, { feature: () => 0 })).toThrow(
      "The pool has no other prompt of another feature.",
    );
  });

  it("is found by its effects, and explained by what is found", () => {
    const { effects, location, scrubbing, swaps } = explainCircuit(hookedCircuit(circuit), {
      ...{ seed: 5, pairs: 8, prompts: 96 },
    });
    expect(
      effects.query.map(({ effects: { queryEntity, queryAttribute } }) => [queryEntity, queryAttribute]),
    ).toEqual(
      [
        [0.5, 0.5],
        [0, 1],
        [0, 1],
        [0, 0],
      ].map((row) => row.map((effect) => expect.closeTo(effect, 5))),
    );
    // Behind the second layer r is at the query's attribute; the hypothesis claims no more than that it holds document and query.
    expect(location).toEqual({
      read: 1,
      held: { queryAttribute: "document", instruction: "instruction" },
      judged: 2,
    });
    assertClose([scrubbing.reading.recovered, scrubbing.identity.recovered], [1, 1], { absolute: 1e-5 });
    expect(scrubbing.unbound.recovered).toBeLessThan(0.3);
    expect(scrubbing.empty.recovered).toBeLessThan(0.3);
    expect(swaps).toEqual({ kept: 1, flipped: 1 });
  });

  it("refuses maps that show no such model", () => {
    const model = hookedCircuit(circuit);
    const document = effectMap(model, documentPairs(createRandom(6), 2), [{ name: "resid_post", layer: 0 }]);
    expect(() => locateReading({ document, query: document, instruction: document })).toThrow(
      "The maps do not show a model that reads the document and judges at the last position.",
    );
  });

  it("refuses parents of several layers", () => {
    const node = (name: string, layer: number): ScrubNode => ({
      name,
      site: { name: "resid_post", layer, positions: [0] },
      feature: () => 0,
    });
    expect(() => scrubbed({ name: "uneven", parents: [node("a", 0), node("b", 1)] })).toThrow(
      "The parents a, b are at resid_post of layer 0 and resid_post of layer 1: they must be at one.",
    );
  });
});

it("explains a transformer by the identity exactly, bit by bit", () => {
  const before = tf.memory().numTensors;
  const model = smallTransformer(1, { ...SMALL_TRANSFORMER, width: 16, headWidth: 4, inner: 16 });
  const hooked = hookedTransformer(model);
  const {
    recovered,
    scrubbed,
    model: intact,
  } = causalScrubbing(hooked, identityHypothesis(PLACES, 3), POOL, {
    seed: 3,
    count: 96,
  });
  expect([recovered, scrubbed]).toEqual([1, intact]);
  tf.disposeVariables();
  expect(tf.memory().numTensors).toBe(before);
});
