import type { Span } from "../../../llm/tokenizer/tokenizer";
import type { RelevanceTriple } from "./negatives";
import type { PromptPair } from "./pairs";
import type { PromptFormat } from "./promptFormat";
import { type PromptFields, type PromptOrder, promptSections, SEPARATOR, type Section } from "./prompts";
import type { TokenizedPrompt } from "./tokenizedPrompt";

export interface FixedLengths {
  /** Tokens of the query. Default 5. */
  readonly query?: number;
  /** Tokens of each document. Default 100. */
  readonly document?: number;
}

/**
 * A prompt in which every field begins at the same place whatever it holds, so that means over prompts, position by position, have a meaning. Its parts are tokenised
 * one by one and laid end to end; query and documents are cut, or repeated from their beginning, to their lengths.
 * @throws RangeError as `promptSections`, or where a length is no positive whole number
 * @see the paper's repository: 5 tokens of the query, 100 of a document
 */
export function fixedLengthPrompt(
  { tokenizer, render, bos }: PromptFormat,
  order: PromptOrder,
  fields: PromptFields,
  { query = 5, document = 100 }: FixedLengths = {},
): TokenizedPrompt {
  const sections = promptSections(order, fields);
  // The content stands in for the fields: what is round it is the template's.
  const { text, contents } = render("?");
  const [content] = contents;
  const ids = [...tokenizer.encode(text.slice(0, content.start), { special: true, bos })];
  const places: Record<Section["field"], Span[]> = { query: [], document: [], instruction: [] };
  for (const [i, section] of sections.entries()) {
    const label = (i === 0 ? "" : SEPARATOR) + section.label;
    const spaced = label.endsWith(" ");
    // The space before a word belongs to the word's token.
    ids.push(...tokenizer.encode(spaced ? label.slice(0, -1) : label));
    const own = tokenizer.encode((spaced ? " " : "") + section.text);
    const length = { query, document, instruction: own.length }[section.field];
    const start = ids.length;
    ids.push(...repeatedTo(own, length));
    places[section.field].push({ start, end: ids.length });
  }
  ids.push(...tokenizer.encode(text.slice(content.end), { special: true }));
  const ranges = { query: places.query[0], documents: places.document, instruction: places.instruction[0] };
  return { ids: Int32Array.from(ids), ranges };
}

/** `pointwisePair` of fixed lengths. */
export function fixedLengthPointwisePair(
  format: PromptFormat,
  order: PromptOrder,
  { query, positive, negative }: RelevanceTriple,
  lengths?: FixedLengths,
): PromptPair {
  const of = (document: string) =>
    fixedLengthPrompt(format, order, { query, documents: [document] }, lengths);
  return pairOf(of(positive), of(negative));
}

/** `pairwisePair` of fixed lengths. */
export function fixedLengthPairwisePair(
  format: PromptFormat,
  order: Exclude<PromptOrder, "QDI">,
  { query, positive, negative }: RelevanceTriple,
  lengths?: FixedLengths,
): PromptPair {
  const of = (a: string, b: string) =>
    fixedLengthPrompt(format, order, { query, documents: [a, b] }, lengths);
  return pairOf(of(positive, negative), of(negative, positive));
}

function pairOf(clean: TokenizedPrompt, corrupted: TokenizedPrompt): PromptPair {
  return { clean: clean.ids, corrupted: corrupted.ids, ranges: clean.ranges };
}

/** The first `length` of the ids repeated without end. */
function repeatedTo(ids: Int32Array, length: number): Int32Array {
  if (!(Number.isInteger(length) && length >= 1))
    throw new RangeError(`A field has a whole number of tokens from 1 on, not ${length}.`);
  return Int32Array.from({ length }, (_, i) => ids[i % ids.length]);
}
