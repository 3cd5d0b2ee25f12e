import type { SequentialDataset } from "./sequences";

/** Scores of all items for the case that predicts an event: [V], entry i - 1 that of item id i. It reads nothing of the event itself. */
export type CaseScores = (event: number) => ArrayLike<number>;

/**
 * Full ranking for scores that come case by case from JavaScript, such as an oracle's: memory does not grow with the number of cases. The rule is that of
 * `rankOfTargets`: ties and NaN count against the target.
 * @param cases the event to predict of each case, from `splitTargets`
 * @returns [cases] ranks, 1..V
 */
export function rankCases(
  { itemIds, items }: Pick<SequentialDataset, "itemIds" | "items">,
  cases: Int32Array,
  scoresOf: CaseScores,
): Int32Array {
  return cases.map((event) => {
    const scores = scoresOf(event);
    if (scores.length !== items)
      throw new Error(`rankCases: ${scores.length} scores of ${items} items, for event ${event}.`);
    const own = scores[itemIds[event] - 1];
    let rank = 0; // the target is not ahead of itself, but counts
    for (let item = 0; item < items; item++) if (!(scores[item] < own)) rank++;
    return rank;
  });
}
