import { difference, judge, type Subject } from "../patching/subject";
import type { PromptFormat } from "../prompts/promptFormat";
import type { PromptOrder } from "../prompts/prompts";
import { tokenizePrompt } from "../prompts/tokenizedPrompt";
import { pairwiseScores } from "../statistics/ranking";
import type { Ranker } from "./ranking";

export interface PointwiseOptions {
  /** Default "DQI". */
  readonly order?: PromptOrder;
  /**
   * "difference": d = logit(yes) − logit(no). "probability": P(yes) / (P(yes) + P(no)) = 1 / (1 + e^−d), in [0, 1]: the same order of documents, but for ties where it
   * has no room left. Default "difference".
   */
  readonly score?: "difference" | "probability";
}

/** Asks the model of each document whether it answers the query. */
export function pointwiseRanker(
  subject: Subject,
  format: PromptFormat,
  { order = "DQI", score = "difference" }: PointwiseOptions = {},
): Ranker {
  return (query, documents) => {
    const prompts = documents.map(
      (document) => tokenizePrompt(format, order, { query, documents: [document] }).ids,
    );
    const differences = judge(subject, prompts).map(difference);
    return score === "difference" ? differences : differences.map((d) => 1 / (1 + Math.exp(-d)));
  };
}

export interface PairwiseOptions {
  /** Default "DQI". */
  readonly order?: Exclude<PromptOrder, "QDI">;
}

/** Asks the model of all pairs of documents, in both orders, whether the first is the more relevant: N (N − 1) prompts. */
export function pairwiseRanker(
  subject: Subject,
  format: PromptFormat,
  { order = "DQI" }: PairwiseOptions = {},
): Ranker {
  return (query, documents) => {
    const places = documents.flatMap((_, a) =>
      [...documents.keys()].filter((b) => b !== a).map((b) => [a, b] as const),
    );
    const prompts = places.map(
      ([a, b]) => tokenizePrompt(format, order, { query, documents: [documents[a], documents[b]] }).ids,
    );
    const firstWins = documents.map(() => documents.map(() => false));
    for (const [i, answer] of judge(subject, prompts).entries()) {
      const [a, b] = places[i];
      firstWins[a][b] = difference(answer) > 0;
    }
    return pairwiseScores(firstWins);
  };
}
