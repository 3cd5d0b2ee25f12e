import { describe, expect, it } from "vitest";
import { tf } from "../tensor";
import { metricValues, mrrAt, ndcgAt, rankingMetrics, recallAt } from "./metrics";
import { rankOfTargets } from "./rank";
import { segmentMeans, timeSegments } from "./segments";
import type { SequentialDataset } from "./sequences";

describe("metrics, hand cases", () => {
  it("rank 1, 2, 10, 11 at K = 10", () => {
    expect([1, 2, 10, 11].map((rank) => recallAt(rank, 10))).toEqual([1, 1, 1, 0]);
    expect([1, 2, 10, 11].map((rank) => mrrAt(rank, 10))).toEqual([1, 0.5, 0.1, 0]);
    const ndcg = [1, 2, 10, 11].map((rank) => ndcgAt(rank, 10));
    expect(ndcg[0]).toBe(1);
    expect(ndcg[1]).toBeCloseTo(0.63093, 5); // 1 / log2 3
    expect(ndcg[2]).toBeCloseTo(0.28906, 5); // 1 / log2 11
    expect(ndcg[3]).toBe(0);
  });

  it("Recall >= NDCG >= MRR for one target", () => {
    for (let rank = 1; rank <= 12; rank++) {
      expect(recallAt(rank, 10)).toBeGreaterThanOrEqual(ndcgAt(rank, 10));
      expect(ndcgAt(rank, 10)).toBeGreaterThanOrEqual(mrrAt(rank, 10));
    }
  });

  it("averages over cases", () => {
    expect(rankingMetrics([1, 2, 11, 4], 3)).toEqual({
      recall: 0.5,
      mrr: 0.375,
      ndcg: (1 + 1 / Math.log2(3)) / 4,
    });
    expect([...metricValues([1, 11], "recall", 10)]).toEqual([1, 0]);
    expect(() => rankingMetrics([])).toThrow(/no cases/);
  });
});

describe("rankOfTargets", () => {
  function ranks(scores: number[][], targets: number[]): number[] {
    return tf.tidy(() =>
      Array.from(rankOfTargets(tf.tensor2d(scores), tf.tensor1d(targets, "int32")).dataSync()),
    );
  }

  it("counts the items ahead; the padding column has no rank", () => {
    expect(ranks([[99, 3, 1, 2]], [1])).toEqual([1]);
    expect(ranks([[99, 3, 1, 2]], [2])).toEqual([3]);
    expect(ranks([[Number.NEGATIVE_INFINITY, 3, 1, 2]], [3])).toEqual([2]);
  });

  it("counts ties against the target: a collapsed model comes last", () => {
    expect(ranks([[0, 5, 5, 1]], [1])).toEqual([2]);
    expect(ranks([[0, 1, 1, 1, 1]], [2])).toEqual([4]);
  });

  it("counts NaN against the target, and minus infinity as a score", () => {
    const [nan, low] = [Number.NaN, Number.NEGATIVE_INFINITY];
    expect(ranks([[0, nan, 1, 2]], [1])).toEqual([3]); // a model that diverged does not win
    expect(ranks([[0, nan, nan, nan]], [2])).toEqual([3]);
    expect(ranks([[0, 4, nan, 2]], [1])).toEqual([2]);
    expect(ranks([[0, low, 1, low]], [1])).toEqual([3]);
  });

  it("agrees with sorting on random scores", () => {
    const scores = tf.randomUniform([50, 31], 0, 1, "float32", 7).arraySync() as number[][];
    const targets = scores.map((_, row) => 1 + ((row * 7) % 30));
    const sorted = scores.map((row, k) => {
      const target = targets[k];
      const order = [...row.keys()].slice(1).sort((a, b) => row[b] - row[a]);
      return order.indexOf(target) + 1;
    });
    expect(ranks(scores, targets)).toEqual(sorted);
  });

  it("explains a shape that does not fit", () => {
    expect(() => ranks([[0, 1]], [1, 1])).toThrow(/scores \[1,2\] need targets \[1\]; got \[2\]/);
  });
});

describe("timeSegments", () => {
  const times = Float64Array.from({ length: 11 }, (_, k) => (k * 7) % 11);
  const dataset = { times } as SequentialDataset;
  const cases = Int32Array.from({ length: 10 }, (_, k) => k);

  it("cuts into equal counts: ordered by target time, disjoint, covering", () => {
    const segments = timeSegments(dataset, cases, 4);
    expect(segments.map((segment) => segment.length)).toEqual([3, 3, 2, 2]);
    const positions = segments.flatMap((segment) => [...segment]);
    expect([...positions].sort((a, b) => a - b)).toEqual([...cases]);
    const ordered = positions.map((position) => times[cases[position]]);
    expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
  });

  it("averages by segment and refuses more segments than cases", () => {
    expect(segmentMeans([1, 2, 3, 4], [Int32Array.of(0, 1), Int32Array.of(2, 3)])).toEqual([1.5, 3.5]);
    expect(() => timeSegments(dataset, cases, 11)).toThrow(/10 cases cannot be cut into 11/);
  });
});
