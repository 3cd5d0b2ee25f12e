import { compile, tf } from "../tensor";
import { type BatchTensors, batchTensors, prefixBatch, type SequenceInput } from "./batches";
import { METRIC_NAMES, type MetricName, metricValues, type RankingMetrics, rankingMetrics } from "./metrics";
import { rankOfTargets } from "./rank";
import type { SequentialDataset } from "./sequences";
import { type Split, splitTargets } from "./split";

/** Scores of all items, [B, V + 1] (column 0 is padding and does not count). Higher is better. */
export type ScoreFunction = (input: SequenceInput) => tf.Tensor2D;

export interface EvaluatorOptions {
  /** Rows a batch; every batch has this many, so that one graph serves all. Default 256. */
  batchSize?: number;
  /** Items of history a case, L. */
  windowLength: number;
  /** Cut-off of the metrics. Default 10. */
  K?: number;
  /** Trace `score` into one graph. Turn off for a score function that cannot be traced. Default true. */
  compiled?: boolean;
  /** Passed to `compile`: an unrolled recurrence is better off without XLA. Default "auto". */
  xla?: boolean | "auto";
}

export interface Evaluation {
  /** Means over the cases. */
  metrics: RankingMetrics;
  /** [cases], in user order for a split: the target's rank among all items. */
  ranks: Int32Array;
  /** [cases] each metric of each case. */
  perCase: Record<MetricName, Float64Array>;
  /** [cases] the event predicted. */
  cases: Int32Array;
}

/** Evaluates on a split, or on any list of cases. `onBatch` hears how many cases are done. */
export interface Evaluator {
  (
    dataset: SequentialDataset,
    split: Split | Int32Array,
    onBatch?: (done: number, total: number) => void,
  ): Evaluation;
  /** Frees the traced graph. */
  dispose(): void;
}

/**
 * An evaluator of one score function: full ranking over all items, batch by batch in a fixed order, so that memory does not grow with
 * the number of cases. Make it once and use it after every epoch: the graph is traced once and reads the weights anew.
 */
export function createEvaluator(
  score: ScoreFunction,
  { batchSize = 256, windowLength, K = 10, compiled = true, xla = "auto" }: EvaluatorOptions,
): Evaluator {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize must be a positive integer; got ${batchSize}.`);
  }
  function rankBatch({ targets, ...input }: BatchTensors): tf.Tensor1D {
    return rankOfTargets(score(input), targets as tf.Tensor1D);
  }
  const traced = compiled ? compile(rankBatch, { name: "evaluate", xla }) : undefined;
  const rank = traced ?? rankBatch;

  const run = (
    dataset: SequentialDataset,
    split: Split | Int32Array,
    onBatch?: (done: number, total: number) => void,
  ): Evaluation => {
    const cases = typeof split === "string" ? splitTargets(dataset, split) : split;
    if (cases.length === 0) throw new Error("There are no cases to evaluate.");
    const ranks = new Int32Array(cases.length);
    for (let start = 0; start < cases.length; start += batchSize) {
      const count = Math.min(batchSize, cases.length - start);
      // The last batch is filled up with its own first case: the shape stays, and the surplus is not read.
      const rows = new Int32Array(batchSize).fill(cases[start]);
      rows.set(cases.subarray(start, start + count));
      const batch = prefixBatch(dataset, rows, windowLength);
      const found = tf.tidy(() => rank(batchTensors(batch)).dataSync());
      ranks.set(found.subarray(0, count), start);
      onBatch?.(start + count, cases.length);
    }
    const perCase = {} as Record<MetricName, Float64Array>;
    for (const name of METRIC_NAMES) perCase[name] = metricValues(ranks, name, K);
    return { metrics: rankingMetrics(ranks, K), ranks, perCase, cases };
  };
  return Object.assign(run, { dispose: () => traced?.dispose() });
}

/** Evaluates a score function once. For repeated use make a `createEvaluator`. */
export function evaluate(
  score: ScoreFunction,
  dataset: SequentialDataset,
  split: Split | Int32Array,
  options: EvaluatorOptions,
): Evaluation {
  const evaluator = createEvaluator(score, options);
  try {
    return evaluator(dataset, split);
  } finally {
    evaluator.dispose();
  }
}
