import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { patch } from "../../../llm/model/patch";
import { scoped } from "../../../llm/model/scope";
import { tf } from "../../../tensor";
import { assertClose } from "../../../tensor/testing";
import { handBuiltCircuit } from "./handBuilt";
import {
  RESIDUAL_HOOKS,
  type ResidualRunOptions,
  type ResidualTransformer,
  runResidual,
} from "./residualTransformer";
import { answerDifferences, effectsByPosition, STAIRCASE, stepPosition } from "./staircase";
import {
  type CircuitInstruction,
  type CircuitPair,
  circuitPair,
  circuitPrompt,
  type Mismatch,
  PLACES,
  rightAnswer,
  TOKENS,
} from "./task";

const INSTRUCTIONS: readonly CircuitInstruction[] = ["positive", "negated"];

describe("hand-built circuit", () => {
  let model: ResidualTransformer;
  const tensors = tf.memory().numTensors;
  beforeAll(() => {
    model = handBuiltCircuit();
  });
  afterAll(() => {
    tf.dispose(model as unknown as tf.TensorContainer);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  const rows = (prompts: readonly Int32Array[]) =>
    tf.tensor2d(
      prompts.map((tokens) => [...tokens]),
      undefined,
      "int32",
    );
  const differencesOf = (prompts: readonly Int32Array[], options: ResidualRunOptions = {}) =>
    scoped(() => answerDifferences(runResidual(model, rows(prompts), options).logits));

  it("has prompts of 18 of 29 tokens, as many of each answer as there should be", () => {
    expect([TOKENS.count, PLACES.length, PLACES.queryAttribute, PLACES.answer]).toEqual([29, 18, 15, 17]);
    const random = createRandom(1);
    const answers = (instruction: CircuitInstruction, mismatch?: Mismatch) =>
      rightAnswer(circuitPrompt(random, { instruction, mismatch }).tokens);
    expect(answers("positive")).toBe("yes");
    expect(answers("negated")).toBe("no");
    for (const mismatch of ["entity", "attribute", "neither"] as const) {
      expect(answers("positive", mismatch)).toBe("no");
      expect(answers("negated", mismatch)).toBe("yes");
      const { tokens, triple } = circuitPrompt(random, { instruction: "positive", mismatch });
      const own = tokens.slice(1 + 3 * triple, 3 + 3 * triple);
      const [entity, attribute] = [tokens[PLACES.queryEntity], tokens[PLACES.queryAttribute]];
      expect([own[0] === entity, own[1] === attribute]).toEqual([
        mismatch === "entity",
        mismatch === "attribute",
      ]);
    }
  });

  it("is always right, by 4 or -4", () => {
    const random = createRandom(2);
    const prompts = INSTRUCTIONS.flatMap((instruction) =>
      ([undefined, "entity", "attribute", "neither"] as const).flatMap((mismatch) =>
        Array.from({ length: 50 }, () => circuitPrompt(random, { instruction, mismatch }).tokens),
      ),
    );
    const expected = prompts.map((tokens) => (rightAnswer(tokens) === "yes" ? 4 : -4));
    assertClose([...differencesOf(prompts)], expected, { absolute: 1e-5 });
  });

  it("has pairs that differ in one token", () => {
    for (const instruction of INSTRUCTIONS) {
      const { clean, corrupted, docEntity } = circuitPair(createRandom(3), instruction);
      expect([rightAnswer(clean), rightAnswer(corrupted)]).toEqual(["yes", "no"]);
      expect([...clean.keys()].filter((i) => clean[i] !== corrupted[i])).toEqual([docEntity]);
    }
  });

  it("has the staircase of effects, exactly", () => {
    const random = createRandom(4);
    for (const instruction of INSTRUCTIONS) {
      const pairs: CircuitPair[] = Array.from({ length: 2 }, () => circuitPair(random, instruction));
      for (const pair of pairs) {
        for (const { step, ...site } of STAIRCASE) {
          const expected = new Array<number>(PLACES.length).fill(0);
          if (step !== undefined) expected[stepPosition(pair, step)] = 1;
          const what = `${site.name} of layer ${site.layer}, head ${site.head}`;
          assertClose([...effectsByPosition(model, pair, site)], expected, { absolute: 1e-6 }, what);
        }
      }
    }
  });

  it("gives the clean run where everything is patched, the corrupted one where nothing is", () => {
    const { clean, corrupted } = circuitPair(createRandom(5), "positive");
    const everywhere = [{ positions: [...clean.keys()] }];
    tf.tidy(() => {
      const cacheNames = [...RESIDUAL_HOOKS];
      const of = (tokens: Int32Array) => runResidual(model, rows([tokens]), { cacheNames }).cache;
      const [ofClean, ofCorrupted] = [of(clean), of(corrupted)];
      const patched = (name: "resid_post" | "pattern", layer: number, value: tf.Tensor) => [
        ...differencesOf([corrupted], { hooks: [patch({ name, layer, regions: everywhere, value })] }),
      ];
      for (let layer = 0; layer < 3; layer++) {
        expect(patched("resid_post", layer, ofClean.resid_post![layer])).toEqual([...differencesOf([clean])]);
        for (const name of ["resid_post", "pattern"] as const)
          expect(patched(name, layer, ofCorrupted[name]![layer])).toEqual([...differencesOf([corrupted])]);
      }
    });
  });

  it("refuses hooks that it does not have, and prompts of another length", () => {
    const { clean } = circuitPair(createRandom(6), "positive");
    expect(() => differencesOf([clean], { cacheNames: ["ln1_scale"] })).toThrow(
      /This model has no hook ln1_scale; it has embed, resid_pre/,
    );
    expect(() => differencesOf([clean.slice(1)])).toThrow("Prompts of this model have 18 tokens, not 17.");
  });
});
