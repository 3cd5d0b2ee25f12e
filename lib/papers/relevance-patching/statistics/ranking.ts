import { mrrAt, ndcgAt } from "../../../recsys/metrics";

/** Metrics of a list of documents with graded relevance, by the scores of a model. Ties keep the order of the list. */

/** Indices in the order of descending scores. @throws RangeError where a score is NaN */
export function ranked(scores: ArrayLike<number>): number[] {
  const order = Array.from(scores, (score, i) => {
    if (Number.isNaN(score)) throw new RangeError(`Score ${i} is NaN: it has no place in a ranking.`);
    return i;
  });
  return order.sort((i, j) => scores[j] - scores[i]);
}

/**
 * nDCG@k = DCG@k / IDCG@k, DCG@k = Σ_{rank ≤ k} (2^rel − 1) / log₂(rank + 1). 0 where no document is relevant.
 * @param relevance  grades ≥ 0, one a document
 */
export function gradedNdcgAt(scores: ArrayLike<number>, relevance: ArrayLike<number>, k: number): number {
  checkLengths(scores, relevance);
  const ideal = discountedGain(ranked(relevance), relevance, k);
  return ideal === 0 ? 0 : discountedGain(ranked(scores), relevance, k) / ideal;
}

function discountedGain(order: readonly number[], relevance: ArrayLike<number>, k: number): number {
  // The nDCG of a single target is the discount at its rank.
  return order.reduce((sum, document, i) => sum + (2 ** relevance[document] - 1) * ndcgAt(i + 1, k), 0);
}

/** MRR@k: 1 / rank of the first relevant document, 0 where none is among the first k. @param relevance  relevant is > 0 */
export function firstRelevantMrrAt(
  scores: ArrayLike<number>,
  relevance: ArrayLike<number>,
  k: number,
): number {
  checkLengths(scores, relevance);
  const first = ranked(scores).findIndex((document) => relevance[document] > 0);
  return first < 0 ? 0 : mrrAt(first + 1, k);
}

/**
 * Scores from judgements of pairs: each unordered pair is asked in both orders. A document gets 1 where both answers say that it is the more relevant, both get
 * one half where the answers disagree.
 * @param firstWins  [i][j]: whether the answer to (A = i, B = j) is yes; the diagonal is not read
 * @returns one a document; they add up to the number of pairs
 */
export function pairwiseScores(firstWins: readonly (readonly boolean[])[]): Float64Array {
  const count = firstWins.length;
  if (firstWins.some((row) => row.length !== count))
    throw new RangeError(
      `${count} documents need ${count} answers each; got ${firstWins.map(({ length }) => length)}.`,
    );
  const scores = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const won = (Number(firstWins[i][j]) + Number(!firstWins[j][i])) / 2;
      scores[i] += won;
      scores[j] += 1 - won;
    }
  }
  return scores;
}

function checkLengths(scores: ArrayLike<number>, relevance: ArrayLike<number>): void {
  if (scores.length !== relevance.length || scores.length === 0)
    throw new RangeError(
      `Each document needs a score and a grade; got ${scores.length} and ${relevance.length}.`,
    );
}
