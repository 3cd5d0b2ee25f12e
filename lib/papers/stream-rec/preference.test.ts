import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decode, encode, shiftRight } from "../../recsys/generative/t5";
import { identifier } from "../../recsys/generative/tokenMap";
import { splitTargets } from "../../recsys/split";
import { tf } from "../../tensor";
import { disposeTree } from "../../tensor/tree";
import { frozen } from "./frozen";
import { historyTokens, targetTokens } from "./historyBatches";
import { createRecommender } from "./inference";
import { preferences } from "./preference";
import { thinkingT5, thinkingWorld } from "./thinkingTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const { data, tokens, cases } = thinkingWorld();
const STEPS = 2;
const WINDOW = { windowLength: 3 };
const model = thinkingT5(tokens);
const some = cases.subarray(0, 5);
const table = {
  cases: some,
  steps: STEPS,
  traces: Int32Array.from({ length: some.length * STEPS }, (_, k) => 1 + ((k * 5) % 12)),
};

/** log P of tokens behind a start. */
function logProb(event: number, start: number, text: readonly number[]): number {
  return tf.tidy(() => {
    const inputs = historyTokens(data, Int32Array.of(event), tokens, WINDOW);
    const labels = tf.tensor2d([...text], [1, text.length], "int32");
    const logits = decode(
      model,
      shiftRight(labels, start),
      encode(model, tf.tensor2d(inputs, [1, inputs.length], "int32")),
    );
    return tf.logSoftmax(logits).mul(tf.oneHot(labels, tokens.size)).sum().dataSync()[0];
  });
}

const item = (event: number) => data.itemIds[event];
const answer = (event: number) => [...targetTokens(data, Int32Array.of(event), tokens)];
const tuple = (values: Int32Array, row: number, width: number) => [
  ...values.subarray(row * width, (row + 1) * width),
];

describe("pairs of stage 2", () => {
  test("likelihoods: the direct model's best wrong item, and what it thinks of both", () => {
    const made = preferences(model, data, tokens, { ...WINDOW, form: "likelihoods", batchSize: 3 }, STEPS);
    const pairs = made.pairs(table);
    expect([...pairs.traces]).toEqual([...table.traces]);
    some.forEach((event, row) => {
      const all = Array.from({ length: data.items }, (_, k) => k + 1)
        .filter((other) => other !== item(event))
        .map((other) => ({
          other,
          score: logProb(event, tokens.startDirect, [...identifier(tokens.map, other)]),
        }))
        .sort((a, b) => b.score - a.score);
      expect(tuple(pairs.wrong, row, 3)).toEqual([...identifier(tokens.map, all[0].other)]);
      expect(pairs.referenceRejected[row]).toBeCloseTo(all[0].score, 4);
      expect(pairs.referenceChosen[row]).toBeCloseTo(logProb(event, tokens.startDirect, answer(event)), 4);
    });
    const again = made.pairs({ ...table, cases: some.slice().reverse() });
    expect([...again.referenceChosen]).toEqual([...pairs.referenceChosen].reverse());
    made.dispose();
  });

  test("pair: the reference's own trace and wrong item, and whole texts", () => {
    const made = preferences(model, data, tokens, { ...WINDOW, form: "pair", batchSize: 3 }, STEPS);
    const pairs = made.pairs(table);
    const recommender = createRecommender(model, tokens, { mode: "think", steps: STEPS, beams: 10 });
    const inputs = historyTokens(data, some, tokens, WINDOW);
    const thought = recommender({ size: some.length, inputs });
    some.forEach((event, row) => {
      const trace = tuple(pairs.traces, row, STEPS);
      expect(trace).toEqual(tuple(thought.traces as Int32Array, row, STEPS));
      const wrong = tuple(thought.items, row, 10).find((other) => other !== item(event)) as number;
      expect(tuple(pairs.wrong, row, 3)).toEqual([...identifier(tokens.map, wrong)]);
      const rejected = [...trace, ...identifier(tokens.map, wrong)];
      expect(pairs.referenceRejected[row]).toBeCloseTo(logProb(event, tokens.startThink, rejected), 4);
      const chosen = [...tuple(table.traces, row, STEPS), ...answer(event)];
      expect(pairs.referenceChosen[row]).toBeCloseTo(logProb(event, tokens.startThink, chosen), 4);
    });
    recommender.dispose();
    made.dispose();
  });

  test("a frozen reference stays, and nothing is left behind", () => {
    const before = tf.memory().numTensors;
    const own = thinkingT5(tokens, {}, 4);
    const copy = frozen(own);
    const { table: moved } = own.weights.embedding;
    const value = copy.weights.embedding.table.dataSync().slice();
    tf.tidy(() => moved.assign(moved.mul(2)));
    expect(copy.weights.embedding.table.dataSync()).toEqual(value);
    const made = preferences(copy, data, tokens, { ...WINDOW, form: "pair" }, STEPS);
    made.pairs(table);
    made.dispose();
    disposeTree(copy.weights);
    disposeTree(own.weights);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("refuses held-out cases, too few beams, and a reference that has diverged", () => {
    const options = { ...WINDOW, form: "likelihoods" } as const;
    expect(() => preferences(model, data, tokens, { ...options, beams: 1 }, STEPS)).toThrow(
      /beams >= 2; got 1/,
    );
    const broken = thinkingT5(tokens, {}, 4);
    const { table: embedding } = broken.weights.embedding;
    embedding.assign(tf.fill(embedding.shape, Number.NaN));
    const made = preferences(broken, data, tokens, options, STEPS);
    expect(() => made.pairs(table)).toThrow(/no wrong item for event \d+.*diverged/);
    const own = splitTargets(data, "test").subarray(0, 5);
    expect(() => made.pairs({ ...table, cases: own })).toThrow(`Event ${own[0]} is held out`);
    made.dispose();
  });
});
