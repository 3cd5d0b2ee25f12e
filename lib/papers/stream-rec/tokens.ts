import type { TokenMap } from "../../recsys/generative/tokenMap";
import { buildTrie, findItem, type Trie } from "../../recsys/generative/trie";

/**
 * The ids that the model reads and writes: padding, the codes of all levels, the user and the end as in every token map, then the two start tokens and
 * the pauses.
 * @see STREAM-Rec, arXiv:2504.09627; the start tokens are ours, so that one network has a direct and a thinking mode
 */
export interface StreamTokens {
  readonly map: TokenMap;
  /** m, tokens an item. */
  readonly digits: number;
  /** V of the model: ids are 0..V - 1. */
  readonly size: number;
  /** Stands for any user, in front of a history that is asked to have one. */
  readonly user: number;
  /** The end of a history. */
  readonly end: number;
  /** The decoder's start where it writes the item at once. */
  readonly startDirect: number;
  /** The decoder's start where it writes a trace first. */
  readonly startThink: number;
  /** Learned tokens without meaning: as many steps as a trace, for the comparison at equal compute. */
  readonly pauses: readonly number[];
  /** C, the tokens that a trace may consist of: those of the codes, all levels. */
  readonly codeTokens: { readonly first: number; readonly count: number };
  readonly trie: Trie;
}

/** @param pauses l, how many pause tokens there are @throws RangeError where that is no whole number >= 0 */
export function streamTokens(map: TokenMap, pauses = 0): StreamTokens {
  if (!Number.isInteger(pauses) || pauses < 0)
    throw new RangeError(`streamTokens: pauses must be a whole number >= 0; got ${pauses}.`);
  const { widths, offsets, user, end, size } = map.vocabulary;
  const [startDirect, startThink, firstPause] = [size, size + 1, size + 2];
  const ends = widths.map((width, level) => offsets[level] + width);
  const first = Math.min(...offsets);
  return {
    map,
    digits: widths.length,
    size: firstPause + pauses,
    user,
    end,
    startDirect,
    startThink,
    pauses: Array.from({ length: pauses }, (_, k) => firstPause + k),
    codeTokens: { first, count: Math.max(...ends) - first },
    trie: buildTrie(map),
  };
}

/** Whether a token is a code of a level, 0..m - 1. */
export function isOfLevel({ map: { vocabulary } }: StreamTokens, token: number, level: number): boolean {
  const value = token - vocabulary.offsets[level];
  return value >= 0 && value < vocabulary.widths[level];
}

/** The level of a code token, 0..m - 1; -1 of any other. */
export function levelOf(tokens: StreamTokens, token: number): number {
  for (let level = 0; level < tokens.digits; level++) if (isOfLevel(tokens, token, level)) return level;
  return -1;
}

/**
 * Why an answer names no item: it has a token that is no code, a code of another level, or codes in order that together are no item's.
 * The first token that is wrong decides.
 */
export type ParseError = "special-token" | "wrong-level" | "no-item";

export type ParsedAnswer = { readonly item: number } | { readonly error: ParseError };

/**
 * The item that an answer names.
 * @param answer [m] token ids, what the decoder wrote after its trace
 * @throws RangeError where it has not m tokens
 */
export function parseAnswer(tokens: StreamTokens, answer: ArrayLike<number>): ParsedAnswer {
  if (answer.length !== tokens.digits)
    throw new RangeError(`parseAnswer: an item has ${tokens.digits} tokens; got ${answer.length}.`);
  for (let level = 0; level < tokens.digits; level++) {
    if (isOfLevel(tokens, answer[level], level)) continue;
    return { error: levelOf(tokens, answer[level]) < 0 ? "special-token" : "wrong-level" };
  }
  const item = findItem(tokens.trie, answer);
  return item === 0 ? { error: "no-item" } : { item };
}
