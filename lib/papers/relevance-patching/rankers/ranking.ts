import { createRandom } from "../../../data/random";
import type { RelevanceRow } from "../../../data/relevanceRows";
import { mean } from "../../../experiment/statistics";
import { firstRelevantMrrAt, gradedNdcgAt } from "../statistics/ranking";

/** Scores documents by their relevance to a query: one number each, the greater the more relevant. */
export type Ranker = (query: string, documents: readonly string[]) => ArrayLike<number>;

/** A query and documents to rank. */
export interface ListedRow {
  readonly query: string;
  readonly documents: readonly string[];
  /** Grades ≥ 0, one a document. */
  readonly relevance: readonly number[];
}

export interface ListOptions {
  /** Default "all". */
  readonly negatives?: "hard" | "random" | "all";
  /** Of the documents' order. Default 42. */
  readonly seed?: number;
}

/**
 * The positive document among the negatives of a row, in a random order: a ranker that reads documents as a list leans to some places, and ties keep the order of the
 * list.
 * @throws RangeError naming the row that has no negative of the kind
 */
export function listRows(
  rows: readonly RelevanceRow[],
  { negatives = "all", seed = 42 }: ListOptions = {},
): ListedRow[] {
  return rows.map(({ query, positive, hardNegatives, randomNegatives }, i) => {
    const others = [
      ...(negatives === "random" ? [] : hardNegatives),
      ...(negatives === "hard" ? [] : randomNegatives),
    ];
    if (others.length === 0)
      throw new RangeError(`Row ${i + 1} (${JSON.stringify(query)}) has no ${negatives} negatives.`);
    const documents = [positive, ...others];
    const order = createRandom(seed, i).shuffle([...documents.keys()]);
    return {
      query,
      documents: order.map((document) => documents[document]),
      relevance: order.map((document) => (document === 0 ? 1 : 0)),
    };
  });
}

export interface RowRanking {
  /** One a document, in the order of the row. */
  readonly scores: ArrayLike<number>;
  readonly ndcg: number;
  readonly mrr: number;
}

export interface Rankings {
  readonly rows: readonly RowRanking[];
  /** Means over the rows, in [0, 1]. */
  readonly ndcg: number;
  readonly mrr: number;
}

export interface RankOptions {
  /** Of nDCG@k and MRR@k. Default 10. */
  readonly k?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * How well a ranker orders the documents of each row.
 * @throws RangeError where there is no row, a ranker gives another number of scores than there are documents, or a score is NaN
 */
export function rankRows(
  ranker: Ranker,
  listed: readonly ListedRow[],
  { k = 10, onProgress }: RankOptions = {},
): Rankings {
  if (listed.length === 0) throw new RangeError("There is no row to rank.");
  const rows = listed.map(({ query, documents, relevance }, i): RowRanking => {
    const scores = ranker(query, documents);
    const [ndcg, mrr] = [gradedNdcgAt(scores, relevance, k), firstRelevantMrrAt(scores, relevance, k)];
    onProgress?.(i + 1, listed.length);
    return { scores, ndcg, mrr };
  });
  return { rows, ndcg: mean(rows.map(({ ndcg }) => ndcg)), mrr: mean(rows.map(({ mrr }) => mrr)) };
}
