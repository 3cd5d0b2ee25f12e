/** Top-K metrics of one target a case, from its rank (1 is best). With one target Recall@K is Hit@K. */
export interface RankingMetrics {
  recall: number;
  mrr: number;
  ndcg: number;
}

export type MetricName = keyof RankingMetrics;

export const METRIC_NAMES: readonly MetricName[] = ["recall", "mrr", "ndcg"];

/** 1 if the target is among the first K. */
export function recallAt(rank: number, K: number): number {
  return rank <= K ? 1 : 0;
}

/** 1 / rank, or 0 beyond K. */
export function mrrAt(rank: number, K: number): number {
  return rank <= K ? 1 / rank : 0;
}

/** 1 / log2(rank + 1), or 0 beyond K: the ideal DCG of one target is 1. */
export function ndcgAt(rank: number, K: number): number {
  return rank <= K ? 1 / Math.log2(rank + 1) : 0;
}

const FORMULAS: Record<MetricName, (rank: number, K: number) => number> = {
  recall: recallAt,
  mrr: mrrAt,
  ndcg: ndcgAt,
};

/** A metric of each case. */
export function metricValues(ranks: ArrayLike<number>, metric: MetricName, K = 10): Float64Array {
  return Float64Array.from(ranks, (rank) => FORMULAS[metric](rank, K));
}

/** Means over the cases. */
export function rankingMetrics(ranks: ArrayLike<number>, K = 10): RankingMetrics {
  if (ranks.length === 0) throw new Error("There are no cases to take the mean over.");
  const mean = (metric: MetricName) =>
    metricValues(ranks, metric, K).reduce((sum, x) => sum + x, 0) / ranks.length;
  return { recall: mean("recall"), mrr: mean("mrr"), ndcg: mean("ndcg") };
}
