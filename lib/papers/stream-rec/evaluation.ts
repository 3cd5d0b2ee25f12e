import { createRandom } from "../../data/random";
import { rankInBeams, sharedIdentifiers } from "../../recsys/generative/beamRanks";
import { type GenerativeEvaluation, rankedMetrics } from "../../recsys/generative/generativeEvaluation";
import type { SequentialDataset } from "../../recsys/sequences";
import { type Split, splitTargets } from "../../recsys/split";
import { type HistoryOptions, historyTokens } from "./historyBatches";
import type { Histories, Recommendations, Recommender } from "./inference";
import type { StreamTokens } from "./tokens";

export interface StreamEvaluation extends GenerativeEvaluation {
  readonly recommendations: Recommendations;
  /** Of the decoding, the first call's tracing included, in milliseconds. */
  readonly millisecondsPerCase: number;
}

/** What a model knows of cases: their histories. @param cases the events to predict, of which nothing is read */
export function histories(
  dataset: SequentialDataset,
  cases: Int32Array,
  tokens: StreamTokens,
  options: HistoryOptions,
): Histories {
  return { size: cases.length, inputs: historyTokens(dataset, cases, tokens, options) };
}

/**
 * Evaluates a recommender on a split, or on any list of cases, among the whole catalogue, items already seen included. First all predictions are made, from
 * histories alone; then the targets are looked up in them.
 * @throws Error where there are no cases
 */
export function evaluate(
  recommender: Recommender,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  split: Split | Int32Array,
  options: HistoryOptions & { readonly onBatch?: (done: number, total: number) => void },
): StreamEvaluation {
  const cases = typeof split === "string" ? splitTargets(dataset, split) : split;
  if (cases.length === 0) throw new Error("There are no cases to evaluate.");
  const known = histories(dataset, cases, tokens, options);
  const started = performance.now();
  const recommendations = recommender(known, options.onBatch);
  const millisecondsPerCase = (performance.now() - started) / cases.length;
  const targets = Int32Array.from(cases, (event) => dataset.itemIds[event]);
  const ranks = targetRanks(recommendations, targets, tokens);
  return { ...rankedMetrics(ranks), ranks, invalidShare: 0, cases, recommendations, millisecondsPerCase };
}

/** The rank of each target in its list; `MISSED` where it is not there. @param targets [n] item ids */
export function targetRanks(
  { items, beams }: Recommendations,
  targets: Int32Array,
  { map }: Pick<StreamTokens, "map">,
): Int32Array {
  const shared = sharedIdentifiers(map);
  return targets.map((target, row) =>
    rankInBeams(items.subarray(row * beams, (row + 1) * beams), target, shared, true),
  );
}

/**
 * Checks that no prediction depends on a label: the labels of the cases change places, and every item, score and trace must stay the same, bit for bit.
 * @param cases one a user, as validation and test have them: the label of one is in no other's history
 * @throws Error naming the first case whose prediction has changed; RangeError where a user has several cases, or no label would move
 */
export function checkLabelsAreUnread(
  recommender: Recommender,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  cases: Int32Array,
  options: HistoryOptions & { readonly seed?: number },
): void {
  if (new Set(Array.from(cases, (event) => dataset.eventUsers[event])).size < cases.length)
    throw new RangeError("checkLabelsAreUnread: a user has several cases: take one a user.");
  const permuted = createRandom(options.seed ?? 1).shuffle(cases.slice());
  const itemIds = dataset.itemIds.slice();
  cases.forEach((event, k) => {
    itemIds[event] = dataset.itemIds[permuted[k]];
  });
  if (cases.every((event) => itemIds[event] === dataset.itemIds[event]))
    throw new RangeError("checkLabelsAreUnread: no label has moved: take more cases.");
  const [before, after] = [dataset, { ...dataset, itemIds }].map((own) =>
    evaluate(recommender, own, tokens, cases, options),
  );
  for (const part of ["items", "scores", "traces"] as const) {
    const [ours, theirs] = [before, after].map(({ recommendations }) => recommendations[part] ?? []);
    const wrong = Array.from(ours).findIndex((value, at) => value !== theirs[at]);
    if (wrong >= 0)
      throw new Error(
        `The ${part} predicted for event ${cases[Math.floor(wrong / (ours.length / cases.length))]} depend on labels.`,
      );
  }
}
