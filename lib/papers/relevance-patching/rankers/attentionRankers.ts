import { mean } from "../../../experiment/statistics";
import type { Subject } from "../patching/subject";
import type { PromptFormat } from "../prompts/promptFormat";
import { calibratedAttention, documentScores, everyHead, type Head } from "./calibratedAttention";
import type { ListedRow, Ranker } from "./ranking";

/**
 * In-context re-ranking: documents by the attention that they get for the query, more than for none, from all heads of all layers. Nothing is generated.
 * @see S. Chen et al., Attention in Large Language Models Yields Efficient Zero-Shot Re-Rankers, 2024
 */
export function icrRanker(subject: Subject, format: PromptFormat): Ranker {
  return (query, documents) => documentScores(calibratedAttention(subject, format, query, documents));
}

/** `icrRanker` of chosen heads: the first of `retrievalHeads`, or any circuit's. @see W. Zhang et al., Query-Focused Retrieval Heads Improve Long-Context Reasoning and Re-ranking, 2025, arXiv:2506.09944 */
export function headRanker(subject: Subject, format: PromptFormat, heads: readonly Head[]): Ranker {
  return (query, documents) => documentScores(calibratedAttention(subject, format, query, documents), heads);
}

/** A head and the mean of its S_h of the relevant documents. */
export interface ScoredHead extends Head {
  readonly score: number;
}

/**
 * All heads in the order of how much more they look at the relevant documents for their query than for none: the first few are query-focused retrieval heads.
 * @param rows  of queries that the heads are not evaluated on
 * @throws RangeError where there is no row, or a row has no relevant document
 * @see W. Zhang et al., Query-Focused Retrieval Heads Improve Long-Context Reasoning and Re-ranking, 2025, arXiv:2506.09944
 */
export function retrievalHeads(
  subject: Subject,
  format: PromptFormat,
  rows: readonly ListedRow[],
): ScoredHead[] {
  if (rows.length === 0) throw new RangeError("There is no row to score heads by.");
  const { layers, heads } = subject.model.config;
  const all = everyHead(layers, heads);
  const gold = rows.map(({ query, documents, relevance }, i) => {
    const relevant = [...documents.keys()].filter((document) => relevance[document] > 0);
    if (relevant.length === 0) throw new RangeError(`Row ${i + 1} has no relevant document.`);
    const attention = calibratedAttention(subject, format, query, documents);
    return all.map((head) => {
      const scores = documentScores(attention, [head]);
      return mean(relevant.map((document) => scores[document]));
    });
  });
  return all
    .map((head, i): ScoredHead => ({ ...head, score: mean(gold.map((scores) => scores[i])) }))
    .sort((a, b) => b.score - a.score);
}
