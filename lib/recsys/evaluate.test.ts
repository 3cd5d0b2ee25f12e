import { describe, expect, it } from "vitest";
import { interactionsBuilder } from "../data/interactions";
import { createRandom } from "../data/random";
import { tf } from "../tensor";
import { createEvaluator, evaluate, type ScoreFunction } from "./evaluate";
import { buildSequences } from "./sequences";
import { splitTargets } from "./split";

const ITEMS = 12;

/** 25 users, each with its own random sequence. */
function dataset() {
  const random = createRandom(11);
  const builder = interactionsBuilder();
  for (let user = 0; user < 25; user++) {
    const length = 3 + random.integer(8);
    for (let k = 0; k < length; k++) builder.add(`u${user}`, `i${random.integer(ITEMS)}`, 5, k * 86_400);
  }
  const log = builder.build();
  return buildSequences(
    log,
    Int32Array.from(log.users, (_, row) => row),
  );
}

/** Scores that depend on the last item, the length and the gaps: any mix-up of rows shows. */
const score: ScoreFunction = ({ items, gaps, lengths, users }) => {
  const columns = tf.range(0, ITEMS + 1, 1, "float32").expandDims(0);
  const sum = tf.add(items.cast("float32").sum(1), gaps.sum(1)).add(lengths.cast("float32").mul(3));
  const phase = sum.add(users.cast("float32")).expandDims(1);
  return tf.sin(tf.add(columns.mul(1.7), phase)) as tf.Tensor2D;
};

describe("evaluate", () => {
  const data = dataset();

  it("gives the same ranks for every batch size, traced or not", () => {
    const reference = evaluate(score, data, "test", { batchSize: 1, windowLength: 4, compiled: false });
    for (const batchSize of [2, 7, 25, 64]) {
      const result = evaluate(score, data, "test", { batchSize, windowLength: 4 });
      expect([...result.ranks]).toEqual([...reference.ranks]);
    }
    expect(new Set(reference.ranks).size).toBeGreaterThan(3);
  });

  it("gives means, per-case values and the cases", () => {
    const seen: number[] = [];
    const evaluator = createEvaluator(score, { batchSize: 10, windowLength: 4, K: 3 });
    const result = evaluator(data, "validation", (done) => seen.push(done));
    expect(seen).toEqual([10, 20, 25]);
    expect([...result.cases]).toEqual([...splitTargets(data, "validation")]);
    const hits = [...result.ranks].filter((rank) => rank <= 3).length;
    expect(result.metrics.recall).toBeCloseTo(hits / 25, 12);
    expect([...result.perCase.recall].filter((hit) => hit === 1)).toHaveLength(hits);
  });

  it("reads weights anew at every call, and leaks no tensor", () => {
    const bias = tf.variable(tf.tensor1d(Array.from({ length: ITEMS + 1 }, (_, k) => k)));
    const evaluator = createEvaluator(
      ({ lengths }) => tf.tile(bias.expandDims(0), [lengths.shape[0], 1]) as tf.Tensor2D,
      {
        batchSize: 8,
        windowLength: 4,
      },
    );
    const first = evaluator(data, "test");
    const targets = [...splitTargets(data, "test")].map((event) => data.itemIds[event]);
    expect([...first.ranks]).toEqual(targets.map((item) => ITEMS + 1 - item));
    const before = tf.memory().numTensors;
    tf.tidy(() => bias.assign(bias.neg()));
    expect([...evaluator(data, "test").ranks]).toEqual(targets);
    expect(tf.memory().numTensors).toBe(before);
    bias.dispose();
  });

  it("does not show the target to the score function", () => {
    let keys: string[] = [];
    const spy: ScoreFunction = (input) => {
      keys = Object.keys(input).sort();
      return tf.zeros([input.items.shape[0], ITEMS + 1]);
    };
    const result = evaluate(spy, data, "test", { windowLength: 4 });
    expect(keys).toEqual(["gaps", "items", "lengths", "users"]);
    expect(result.metrics).toEqual({ recall: 0, mrr: 0, ndcg: 0 }); // all tied: last, not first
  });

  it("refuses an empty list of cases and a batch of nothing", () => {
    expect(() => evaluate(score, data, new Int32Array(0), { windowLength: 4 })).toThrow(/no cases/);
    expect(() => createEvaluator(score, { windowLength: 4, batchSize: 0 })).toThrow(/batchSize/);
  });
});
