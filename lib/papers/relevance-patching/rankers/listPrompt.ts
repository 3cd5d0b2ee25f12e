import type { Span } from "../../../llm/tokenizer/tokenizer";
import { tokenRange } from "../../../llm/tokenizer/tokenRanges";
import { encodeRendered, type PromptFormat } from "../prompts/promptFormat";
import { SEPARATOR } from "../prompts/prompts";

/** What stands before the paragraphs, and between them and the query. The wording is not that of ICR and QRHead, the order of the parts is. */
const BEFORE = "Read these numbered paragraphs.";
const BEHIND = "Find the paragraphs above that answer this query.";

/** A prompt that lists numbered documents, the query behind them. */
export interface ListPrompt {
  readonly ids: Int32Array;
  /** Tokens of each document, its number included. */
  readonly documents: readonly Span[];
  /** Where the tokens behind the documents begin: instruction, query, and the header of the answer. What is before does not depend on the query. */
  readonly tail: number;
}

/** @throws RangeError where there is no document */
export function listPrompt(format: PromptFormat, query: string, documents: readonly string[]): ListPrompt {
  if (documents.length === 0) throw new RangeError("There is no document to list.");
  let text = BEFORE;
  const spans = documents.map((document, i): Span => {
    text += SEPARATOR;
    const start = text.length;
    text += `[${i + 1}] ${document}`;
    return { start, end: text.length };
  });
  const behind = text.length + SEPARATOR.length;
  text += `${SEPARATOR}${BEHIND}${SEPARATOR}Query: ${query}`;

  const rendered = format.render(text);
  const [content] = rendered.contents;
  const encoding = encodeRendered(format, rendered);
  const rangeOf = ({ start, end }: Span) =>
    tokenRange(encoding, { start: content.start + start, end: content.start + end });
  return {
    ids: encoding.ids,
    documents: spans.map(rangeOf),
    tail: rangeOf({ start: behind, end: behind + BEHIND.length }).start,
  };
}
