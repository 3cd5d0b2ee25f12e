import type { Span, Tokenizer } from "../../../llm/tokenizer/tokenizer";
import type { RelevanceTriple } from "./negatives";
import type { PromptFormat } from "./promptFormat";
import { type FieldSpans, type PromptOrder, SEPARATOR } from "./prompts";
import { type TokenizedPrompt, tokenizePrompt } from "./tokenizedPrompt";

/** Two prompts of one length that differ in their documents only: the right answer to the clean one is yes, to the corrupted one no. */
export interface PromptPair {
  readonly clean: Int32Array;
  readonly corrupted: Int32Array;
  /** Of both prompts. */
  readonly ranges: FieldSpans;
}

/** The orders of prompts with two documents. */
export type PairwiseOrder = Exclude<PromptOrder, "QDI">;

/** A pair whose prompts cannot be laid over each other: an experiment leaves it out, and counts it. */
export class AlignmentError extends Error {
  override readonly name = "AlignmentError";
}

/**
 * Clean: the positive document, corrupted: the negative one. The shorter prompt (of equal ones the clean one) is the template of the longer: all of its tokens stay,
 * but those of the document, except the last, which become the first ones of the longer prompt's document.
 * @throws AlignmentError where query or instruction are other tokens in the two prompts, or a document is a single token
 * @see the paper's repository, `data_utils.py`
 */
export function pointwisePair(
  format: PromptFormat,
  order: PromptOrder,
  { query, positive, negative, instruction }: RelevanceTriple,
): PromptPair {
  const clean = tokenizePrompt(format, order, { query, documents: [positive], instruction });
  const corrupted = tokenizePrompt(format, order, { query, documents: [negative], instruction });
  checkSame("query", clean, corrupted, ({ ranges }) => ranges.query);
  checkSame("instruction", clean, corrupted, ({ ranges }) => ranges.instruction);
  const cleanIsTemplate = clean.ids.length <= corrupted.ids.length;
  const [template, longer] = cleanIsTemplate ? [clean, corrupted] : [corrupted, clean];
  const fitted = inLengthOf(template, longer);
  return {
    clean: cleanIsTemplate ? clean.ids : fitted,
    corrupted: cleanIsTemplate ? fitted : corrupted.ids,
    ranges: template.ranges,
  };
}

/** The longer prompt in the length of the template. */
function inLengthOf(template: TokenizedPrompt, longer: TokenizedPrompt): Int32Array {
  const [place] = template.ranges.documents;
  const [source] = longer.ranges.documents;
  const kept = place.end - place.start - 1; // the last token is the template's: it may hold what follows the document
  if (kept < 1)
    throw new AlignmentError("A document of a single token leaves nothing for the prompts to differ in.");
  if (source.end - source.start < kept)
    throw new AlignmentError(
      `The longer prompt's document has ${source.end - source.start} tokens, the shorter one's ${kept + 1}.`,
    );
  const ids = template.ids.slice();
  ids.set(longer.ids.subarray(source.start, source.start + kept), place.start);
  return ids;
}

/**
 * Clean: A is the positive document and B the negative one, corrupted: the same two in the other order. The longer document is cut to the number of tokens of the
 * shorter, its final token kept. The cut text may tokenise to a token more or less, so that what is between the documents would not lie at one place in both
 * prompts: then the cut is tried a token or two further on either side. Where none fits, the first with a difference of one token is taken, as the repository
 * takes every one; ranges are the clean prompt's, the longer document's cut to the length of the shorter.
 * @throws AlignmentError where the prompts still differ in length, or the documents by more than a token
 * @see the paper's repository, `data_utils.py`
 */
export function pairwisePair(
  format: PromptFormat,
  order: PairwiseOrder,
  { query, positive, negative, instruction }: RelevanceTriple,
): PromptPair {
  let nearest: PromptPair | undefined;
  let failure: AlignmentError | undefined;
  for (const extra of [0, 1, -1, 2, -2]) {
    const [a, b] = cutToOneLength(format.tokenizer, positive, negative, extra);
    const clean = tokenizePrompt(format, order, { query, documents: [a, b], instruction });
    const corrupted = tokenizePrompt(format, order, { query, documents: [b, a], instruction });
    checkSame("query", clean, corrupted, ({ ranges }) => ranges.query);
    const lengths = clean.ranges.documents.map(({ start, end }) => end - start);
    const common = Math.min(...lengths);
    const documents = clean.ranges.documents.map(({ start }) => ({ start, end: start + common }));
    const pair = { clean: clean.ids, corrupted: corrupted.ids, ranges: { ...clean.ranges, documents } };
    if (clean.ids.length !== corrupted.ids.length)
      failure ??= new AlignmentError(
        `The prompts of the two orders have ${clean.ids.length} and ${corrupted.ids.length} tokens.`,
      );
    else if (sameSpans(clean.ranges.documents, corrupted.ranges.documents)) return pair;
    else if (Math.max(...lengths) > common + 1)
      failure ??= new AlignmentError(`The documents have ${lengths.join(" and ")} tokens behind the cut.`);
    else nearest ??= pair;
  }
  if (nearest === undefined) throw failure;
  return nearest;
}

function sameSpans(a: readonly Span[], b: readonly Span[]): boolean {
  return a.every(({ start, end }, i) => start === b[i].start && end === b[i].end);
}

/**
 * Two documents of as many tokens, as far as their texts tokenise to the same tokens again.
 * @param extra  tokens that the longer one keeps beyond that
 */
function cutToOneLength(
  tokenizer: Tokenizer,
  first: string,
  second: string,
  extra: number,
): [string, string] {
  // Two new lines follow a document in the prompt; a token may hold them with the document's end.
  const encoded = [first, second].map((document) => tokenizer.encode(document + SEPARATOR));
  const common = Math.min(encoded[0].length, encoded[1].length);
  const [a, b] = encoded.map((ids) => {
    if (ids.length === common) return tokenizer.decode(ids).trim();
    const kept = Math.min(Math.max(common - 1 + extra, 1), ids.length - 1);
    // The cut may have parted the bytes of a character, which is left out then.
    const head = tokenizer.decode(ids.subarray(0, kept)).replace(/\ufffd+$/u, "");
    return (head + tokenizer.decode([ids[ids.length - 1]])).trim();
  });
  return [a, b];
}

function checkSame(
  what: string,
  clean: TokenizedPrompt,
  corrupted: TokenizedPrompt,
  rangeOf: (prompt: TokenizedPrompt) => Span,
): void {
  const [one, other] = [clean, corrupted].map((prompt) => {
    const { start, end } = rangeOf(prompt);
    return prompt.ids.slice(start, end).join(" ");
  });
  if (one !== other)
    throw new AlignmentError(`The ${what} is the tokens ${one} in one prompt, ${other} in the other.`);
}
