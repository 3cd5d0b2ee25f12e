import type { CaseScores } from "./caseRanks";
import { itemCounts } from "./popularity";
import type { SequentialDataset } from "./sequences";

/**
 * The last-item Markov chain: how often an item came right after the user's last one, in the training part. Items that are level there, all those that
 * never followed it among them, are in the order of their popularity.
 */
export function markovChainScores(dataset: SequentialDataset): CaseScores {
  const { users, items, offsets, itemIds } = dataset;
  const followers = new Map<number, Map<number, number>>();
  for (let user = 0; user < users; user++) {
    for (let event = offsets[user] + 1; event < offsets[user + 1] - 2; event++) {
      const [last, next] = [itemIds[event - 1], itemIds[event]];
      const ofLast = followers.get(last) ?? new Map<number, number>();
      followers.set(last, ofLast.set(next, (ofLast.get(next) ?? 0) + 1));
    }
  }
  const counts = itemCounts(dataset);
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const popularity = Float64Array.from({ length: items }, (_, item) => counts[item + 1] / (most + 1)); // < 1: decides ties alone
  return (event) => {
    const scores = popularity.slice();
    for (const [next, count] of followers.get(itemIds[event - 1]) ?? []) scores[next - 1] += count;
    return scores;
  };
}
