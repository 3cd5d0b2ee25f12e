import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { decode, encode } from "../../recsys/generative/t5";
import { identifier } from "../../recsys/generative/tokenMap";
import { splitTargets } from "../../recsys/split";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { checkLabelsAreUnread, evaluate, histories, targetRanks } from "./evaluation";
import { historyTokens, targetTokens } from "./historyBatches";
import { createRecommender, type Mode, pooled, type RecommenderOptions } from "./inference";
import { pausePrefix } from "./pauses";
import { measureThinking } from "./thinkingMeasures";
import { thinkingModel, thinkingWorld } from "./thinkingTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const { data, tokens } = thinkingWorld();
const { data: many, tokens: manyTokens } = thinkingWorld({ users: 13 });
const V = data.items;
const WINDOW = { windowLength: 3 };
const cases = splitTargets(data, "test").subarray(0, 3);
const { first, count } = tokens.codeTokens;
const model = thinkingModel(tokens, { layers: 2 });

/** log P of each tuple of tokens after a prefix, by teacher forcing. */
function logProbs(
  event: number,
  prefix: readonly number[],
  tuples: readonly (readonly number[])[],
): number[] {
  return tf.tidy(() => {
    const inputs = historyTokens(data, Int32Array.of(event), tokens, WINDOW);
    const { states, mask } = encode(model.t5, tf.tensor2d(inputs, [1, inputs.length], "int32"));
    const n = tuples.length;
    const encoded = { states: tf.tile(states, [n, 1, 1]), mask: tf.tile(mask, [n, 1, 1, 1]) };
    const written = tuples.map((tuple) => [...prefix, ...tuple]);
    const read = tf.tensor2d(
      written.map((tokens) => tokens.slice(0, -1)),
      undefined,
      "int32",
    );
    const all = tf.logSoftmax(decode(model.t5, read, encoded)).arraySync() as number[][][];
    return tuples.map((tuple, row) =>
      tuple.reduce((sum, token, k) => sum + all[row][prefix.length - 1 + k][token], 0),
    );
  });
}

const items = Array.from({ length: V }, (_, k) => k + 1);
const tuples = items.map((item) => [...identifier(tokens.map, item)]);

/** Items by their likelihoods, the best first. */
function ranked(values: readonly number[]): { item: number; score: number }[] {
  return items.map((item) => ({ item, score: values[item - 1] })).sort((a, b) => b.score - a.score);
}

function recommend(options: RecommenderOptions) {
  const recommender = createRecommender(model.t5, tokens, { batchSize: 2, ...options });
  const found = recommender(histories(data, cases, tokens, WINDOW));
  recommender.dispose();
  return found;
}

function expectRanking(
  found: ReturnType<typeof recommend>,
  row: number,
  expected: ReturnType<typeof ranked>,
) {
  const { beams } = found;
  const list = [...found.items.subarray(row * beams, row * beams + expected.length)];
  expect(list).toEqual(expected.map(({ item }) => item));
  const scores = [...found.scores.subarray(row * beams, row * beams + expected.length)];
  assertClose(
    scores,
    expected.map(({ score }) => score),
    { absolute: 5e-5 },
  );
}

/** The trace that is written greedily, by teacher forcing. */
function greedy(event: number, steps: number): number[] {
  const trace: number[] = [];
  for (let i = 0; i < steps; i++) {
    const codes = Array.from({ length: count }, (_, k) => [first + k]);
    const values = logProbs(event, [tokens.startThink, ...trace], codes);
    trace.push(first + values.indexOf(Math.max(...values)));
  }
  return trace;
}

describe("recommending with a beam for every item is the ranking by likelihoods", () => {
  test.each<[Mode, readonly number[]]>([
    ["direct", [tokens.startDirect]],
    ["pauses", pausePrefix(tokens)],
  ])("%s", (mode, prefix) => {
    const found = recommend({ mode, beams: 64 });
    expect(found.traces).toBeUndefined();
    cases.forEach((event, row) => {
      expectRanking(found, row, ranked(logProbs(event, prefix, tuples)));
      expect([...found.items.subarray(row * 64 + V, (row + 1) * 64)]).toEqual(new Array(64 - V).fill(0));
    });
  });

  test("think: after the greedy trace", () => {
    const found = recommend({ mode: "think", steps: 3, beams: 64 });
    cases.forEach((event, row) => {
      const trace = greedy(event, 3);
      expect([...(found.traces as Int32Array).subarray(row * 3, row * 3 + 3)]).toEqual(trace);
      expectRanking(found, row, ranked(logProbs(event, [tokens.startThink, ...trace], tuples)));
    });
  });

  test("think-joint: summed over all traces", () => {
    const found = recommend({ mode: "think-joint", steps: 1, beams: count * 64 });
    cases.forEach((event, row) => {
      const sums = new Array<number>(V).fill(0);
      for (let token = first; token < first + count; token++)
        logProbs(
          event,
          [tokens.startThink],
          tuples.map((tuple) => [token, ...tuple]),
        ).forEach((value, k) => {
          sums[k] += Math.exp(value);
        });
      expectRanking(found, row, ranked(sums.map(Math.log)));
    });
  });

  test("without steps both ways of thinking are a search behind the start of thinking", () => {
    const [think, joint] = (["think", "think-joint"] as const).map((mode) => recommend({ mode, beams: 64 }));
    expect([...think.items]).toEqual([...joint.items]);
    expectRanking(think, 0, ranked(logProbs(cases[0], [tokens.startThink], tuples)));
  });
});

test("items that several beams lead to are pooled", () => {
  const list = pooled([3, 5, 3, 0, 5], [-1, -2, -3, -0.5, -1e9]);
  expect(list.map(([item]) => item)).toEqual([3, 5]);
  expect(list[0][1]).toBeCloseTo(Math.log(Math.exp(-1) + Math.exp(-3)), 12);
  expect(list[1][1]).toBe(-2);
});

describe("a recommender", () => {
  const options = { mode: "think", steps: 2, beams: 12 } as const;
  const own = thinkingModel(manyTokens).t5;
  const recommender = createRecommender(own, manyTokens, { ...options, batchSize: 5 });
  let found: ReturnType<typeof evaluate>;
  beforeAll(() => {
    found = evaluate(recommender, many, manyTokens, "test", WINDOW);
  });
  afterAll(() => recommender.dispose());

  test("gives the same whatever the batch size", () => {
    const whole = createRecommender(own, manyTokens, { ...options, batchSize: 13 });
    const other = evaluate(whole, many, manyTokens, "test", WINDOW);
    expect([...other.recommendations.items]).toEqual([...found.recommendations.items]);
    expect([...(other.recommendations.traces ?? [])]).toEqual([...(found.recommendations.traces ?? [])]);
    whole.dispose();
  });

  test("is evaluated by the ranks of the targets in its lists", () => {
    const { beams, items: lists } = found.recommendations;
    found.ranks.forEach((rank, row) => {
      const at = [...lists.subarray(row * beams, (row + 1) * beams)].indexOf(many.itemIds[found.cases[row]]);
      expect(rank).toBe(at < 0 ? 2 ** 31 - 1 : at + 1);
    });
    expect(found.metrics["Recall@10"]).toBeGreaterThan(0);
    expect(found.metrics["Recall@10"]).toBeGreaterThanOrEqual(found.metrics["NDCG@10"]);
    expect(found.millisecondsPerCase).toBeGreaterThan(0);
    const lists10 = { beams: 3, items: Int32Array.of(4, 7, 2), scores: new Float64Array(3) };
    expect([4, 7, 2, 1].map((item) => targetRanks(lists10, Int32Array.of(item), manyTokens)[0])).toEqual([
      1,
      2,
      3,
      2 ** 31 - 1,
    ]);
  });

  test("predicts the same, bit for bit, when the labels change places", () => {
    for (const mode of ["direct", "pauses", "think", "think-joint"] as const) {
      const each = createRecommender(own, manyTokens, { ...options, mode, batchSize: 13 });
      checkLabelsAreUnread(each, many, manyTokens, splitTargets(many, "test"), WINDOW);
      each.dispose();
    }
  });

  test("that knows labels is found out", () => {
    // One that puts a label it has been told in front of the lists of an honest one.
    const labels = { told: many.itemIds };
    const cheat = Object.assign(
      (...[known]: Parameters<typeof recommender>) => {
        const honest = recommender(known);
        honest.items[0] = labels.told[splitTargets(many, "test")[0]];
        labels.told = labels.told.map((item) => (item % V) + 1);
        return honest;
      },
      { options, report: recommender.report, dispose: () => {} },
    );
    const check = (own: Int32Array) => () => checkLabelsAreUnread(cheat, many, manyTokens, own, WINDOW);
    expect(check(splitTargets(many, "test"))).toThrow(/items predicted for event \d+ depend on labels/);
    expect(check(splitTargets(many, "train"))).toThrow(/several cases/);
    expect(check(splitTargets(many, "test").subarray(0, 1))).toThrow(/no label has moved/);
  });

  test("says when a search finds nothing, and what options it refuses", () => {
    const broken = thinkingModel(manyTokens, {}, 7).t5;
    const { table } = broken.weights.embedding;
    table.assign(tf.fill(table.shape, Number.NaN));
    const lost = createRecommender(broken, manyTokens, options);
    expect(() => evaluate(lost, many, manyTokens, "test", WINDOW)).toThrow(/history 0 found nothing.*NaN/);
    lost.dispose();
    expect(() => createRecommender(own, manyTokens, { ...options, steps: -1 })).toThrow(/steps .* -1/);
    expect(() => createRecommender(own, manyTokens, { ...options, beams: 1.5 })).toThrow(/beams .* 1.5/);
    expect(() => evaluate(recommender, many, manyTokens, Int32Array.of(), WINDOW)).toThrow(/no cases/);
  });

  test("leaks no tensor", () => {
    const before = tf.memory().numTensors;
    const each = createRecommender(own, manyTokens, options);
    evaluate(each, many, manyTokens, "validation", WINDOW);
    each.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("what is measured has the traces of inference, the states' cosines, and what thinking does to the target", () => {
  const found = measureThinking(model, data, tokens, "test", { ...WINDOW, steps: 2 });
  const thought = recommend({ mode: "think", steps: 2, beams: 12 });
  expect([...found.traces.subarray(0, 3 * 2)]).toEqual([...(thought.traces as Int32Array)]);
  expect(found.cosines).toHaveLength(splitTargets(data, "test").length * 3);
  for (const cosine of found.cosines) expect(Math.abs(cosine)).toBeLessThan(1);
  cases.forEach((event, row) => {
    const target = [[...targetTokens(data, Int32Array.of(event), tokens)]];
    const trace = greedy(event, 2);
    const [after] = logProbs(event, [tokens.startThink, ...trace], target);
    const [atOnce] = logProbs(event, [tokens.startDirect], target);
    expect(found.thinkingLogLikelihood[row]).toBeCloseTo(after, 4);
    expect(found.directLogLikelihood[row]).toBeCloseTo(atOnce, 4);
  });
});
