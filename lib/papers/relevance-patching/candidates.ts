import { findManifest } from "../../data/manifest";
import { createRandom } from "../../data/random";
import { type RelevanceRow, readRelevanceRows } from "../../data/relevanceRows";
import { requireDataset } from "../../data/store";
import type { RelevanceConfig } from "./config";
import { factRows } from "./factRows";
import { chooseNegatives, type RelevanceTriple } from "./prompts/negatives";
import {
  AlignmentError,
  type PairwiseOrder,
  type PromptPair,
  pairwisePair,
  pointwisePair,
} from "./prompts/pairs";
import type { PromptFormat } from "./prompts/promptFormat";
import { tokenizePrompt } from "./prompts/tokenizedPrompt";

/** A pair of prompts, and what it was made of. */
export interface Candidate {
  /** Of its query, in the file. */
  readonly row: number;
  readonly negative: "hard" | "random";
  readonly triple: RelevanceTriple;
  readonly pair: PromptPair;
  /** The same query with a document that says nothing. */
  readonly contentFree: Int32Array;
}

export interface Candidates {
  readonly candidates: readonly Candidate[];
  /** How many could not be laid over each other token by token. */
  readonly misaligned: number;
}

/** A document without content. */
const EMPTY = "N/A";

/** The rows that a configuration judges. @throws DataError where they have not been fetched */
export async function loadRows({
  dataset,
  rows,
}: Pick<RelevanceConfig, "dataset" | "rows">): Promise<RelevanceRow[]> {
  if (dataset === "facts") return factRows(rows, FACTS_SEED);
  const { paths } = await requireDataset(findManifest(`llm-relevance-${dataset}`));
  return (await readRelevanceRows(paths.relevance as string)).slice(0, rows);
}

/** Made rows are data: they are the same in every run. */
const FACTS_SEED = 1;

/** What a reversed format asks for: the answer to a document that answers is no. */
const REVERSED = {
  pointwise: "Does the document fail to answer the query? Only output 'yes' or 'no'.",
  pairwise: "Is document A less relevant to the query? Only output 'yes' or 'no'.",
} as const;

/**
 * The pairs of prompts of all rows.
 * @param seed  of the choice among a row's negatives
 */
export function candidatePairs(
  rows: readonly RelevanceRow[],
  promptFormat: PromptFormat,
  { judgement, order, format, negatives, documentTokens }: RelevanceConfig,
  seed: number,
): Candidates {
  const cut = (text: string) => firstTokens(promptFormat, text, documentTokens);
  const instruction = format === "reversed" ? REVERSED[judgement] : undefined;
  const kinds = negatives === "both" ? (["hard", "random"] as const) : [negatives];
  const candidates: Candidate[] = [];
  let misaligned = 0;
  for (const kind of kinds) {
    for (const [row, { query, positive, negative }] of chooseNegatives(rows, { seed, kind }).entries()) {
      const triple = { query, positive: cut(positive), negative: cut(negative), instruction };
      try {
        const pair =
          judgement === "pairwise"
            ? pairwisePair(promptFormat, order as PairwiseOrder, triple)
            : pointwisePair(promptFormat, order, triple);
        const documents = judgement === "pairwise" ? ([EMPTY, EMPTY] as const) : ([EMPTY] as const);
        const contentFree = tokenizePrompt(promptFormat, order, { query, documents, instruction }).ids;
        candidates.push({ row, negative: kind, triple, pair, contentFree });
      } catch (error) {
        if (!(error instanceof AlignmentError)) throw error;
        misaligned++;
      }
    }
  }
  return { candidates, misaligned };
}

/** The beginning of a text, as many tokens of it. */
function firstTokens({ tokenizer }: PromptFormat, text: string, count: number): string {
  const ids = tokenizer.encode(text);
  if (ids.length <= count) return text;
  return tokenizer.decode(ids.subarray(0, count)).replace(/\ufffd+$/u, ""); // the cut may have parted a character
}

/** Which candidates heads are looked for on, and which what was found is tested on. */
export interface Split {
  readonly discovery: readonly number[];
  readonly test: readonly number[];
}

/** Deals out candidates by query, so that none is in both halves. */
export function splitByQuery(
  candidates: readonly Candidate[],
  chosen: readonly number[],
  seed: number,
): Split {
  const queries = [...new Set(chosen.map((index) => candidates[index].row))].sort((a, b) => a - b);
  const order = createRandom(seed).shuffle(Int32Array.from(queries));
  const half = new Set(order.subarray(0, Math.ceil(order.length / 2)));
  const within = (inside: boolean) => chosen.filter((index) => half.has(candidates[index].row) === inside);
  return { discovery: within(true), test: within(false) };
}
