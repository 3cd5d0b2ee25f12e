import { checkAnswer, isComparable } from "./answers/check";
import type { CheckMode } from "./expressions/expression";

/** Answers of one problem that are equal, by their places among the samples; the first stands for all. */
export type Cluster = readonly number[];

/**
 * Groups answers greedily in the order of the samples: the first that has no group founds one, and each later one joins the first group whose
 * founder equals it. `want` leaves out what is empty, cannot be read or has no value; in `ref` such answers are equal to each other and can win a vote.
 * @see OlymMATH, Cons@n
 */
export function clusterAnswers(answers: readonly string[], mode: CheckMode): Cluster[] {
  const clusters: number[][] = [];
  for (const [place, answer] of answers.entries()) {
    if (mode === "want" && !isComparable(answer, mode)) continue;
    const joined = clusters.find(([founder]) => checkAnswer(answers[founder], answer, { mode }).equal);
    if (joined) joined.push(place);
    else clusters.push([place]);
  }
  return clusters;
}

/**
 * Cons@n: whether the answer with the most votes is the gold one. Of several with equally many, `ref` takes the one formed first, `want` the
 * mean over them; without a vote it is 0.
 */
export function consensus(gold: string, answers: readonly string[], mode: CheckMode): number {
  const clusters = clusterAnswers(answers, mode);
  const votes = Math.max(0, ...clusters.map(({ length }) => length));
  const winners = clusters.filter(({ length }) => length === votes);
  const verdicts = (mode === "ref" ? winners.slice(0, 1) : winners).map(
    ([founder]) => checkAnswer(gold, answers[founder], { mode }).equal,
  );
  return verdicts.length === 0 ? 0 : verdicts.filter(Boolean).length / verdicts.length;
}

/**
 * Cons@k for k < n: the mean of the consensus over all subsets of k samples, with ties averaged, exactly, from the sizes of the clusters.
 * Samples outside every cluster have no vote. The work grows with the product of sizes; it is meant for n up to 64.
 *
 * @param sizes    votes of each cluster
 * @param correct  the index of the cluster that equals the gold answer; undefined where none does
 * @param samples  n, at least the sum of the sizes
 */
export function expectedConsensus(
  sizes: readonly number[],
  correct: number | undefined,
  samples: number,
  k: number,
): number {
  const voiceless = samples - sizes.reduce((a, b) => a + b, 0);
  if (voiceless < 0) throw new RangeError(`expectedConsensus: more votes than ${samples} samples`);
  if (k < 1 || k > samples)
    throw new RangeError(`expectedConsensus: k is ${k}; it must lie in 1 to ${samples}`);
  if (correct === undefined) return 0;
  const others = sizes.filter((_, index) => index !== correct);
  let expected = 0;
  for (let votes = 1; votes <= Math.min(k, sizes[correct]); votes++) {
    // ways[drawn][tied]: to draw so many of the others, none with more votes than the right answer, so many with as many
    let ways = new Map<string, number>([["0 0", 1]]);
    for (const size of others) {
      const next = new Map<string, number>();
      for (const [key, count] of ways) {
        const [drawn, tied] = key.split(" ").map(Number);
        for (let take = 0; take <= Math.min(size, votes, k - votes - drawn); take++) {
          const place = `${drawn + take} ${tied + (take === votes ? 1 : 0)}`;
          next.set(place, (next.get(place) ?? 0) + count * choose(size, take));
        }
      }
      ways = next;
    }
    for (const [key, count] of ways) {
      const [drawn, tied] = key.split(" ").map(Number);
      const rest = choose(voiceless, k - votes - drawn);
      expected += (choose(sizes[correct], votes) * count * rest) / (1 + tied);
    }
  }
  return expected / choose(samples, k);
}

/** Subsets of k out of n, as a float64. */
function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let ways = 1;
  for (let j = 1; j <= k; j++) ways = (ways * (n - k + j)) / j;
  return ways;
}
