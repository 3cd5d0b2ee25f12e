import { describe, expect, it } from "vitest";
import { metricValues, mrrAt, ndcgAt, rankingMetrics, recallAt } from "./metrics";

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

  it("NDCG of ranks 1 to 10", () => {
    const expected = [1, 0.63093, 0.5, 0.430677, 0.386853, 0.356207, 0.333333, 0.315465, 0.30103, 0.289065];
    expected.forEach((value, k) => {
      expect(ndcgAt(k + 1, 10)).toBeCloseTo(value, 5);
    });
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
