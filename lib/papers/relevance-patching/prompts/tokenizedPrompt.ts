import type { Span } from "../../../llm/tokenizer/tokenizer";
import { tokenRange } from "../../../llm/tokenizer/tokenRanges";
import { encodeRendered, type PromptFormat } from "./promptFormat";
import { type FieldSpans, type PromptFields, type PromptOrder, promptText } from "./prompts";

/** A prompt as the model reads it. The judgement is read behind its last token. */
export interface TokenizedPrompt {
  readonly ids: Int32Array;
  /** Places of the tokens of each field, half-open. */
  readonly ranges: FieldSpans;
}

/**
 * A prompt in the model's format. The text is tokenised once, as a whole; a field's tokens are all that share a character with it, so that the token of its first
 * word has the space before the word.
 * @throws RangeError as `promptSections`
 * @see the paper's repository finds ranges by tokenising prefixes, which goes wrong where a token reaches over the bound
 */
export function tokenizePrompt(
  format: PromptFormat,
  order: PromptOrder,
  fields: PromptFields,
): TokenizedPrompt {
  const { text, spans } = promptText(order, fields);
  const rendered = format.render(text);
  const encoding = encodeRendered(format, rendered);
  const [content] = rendered.contents;
  // A template may cut blanks off the ends of the content: what they belonged to ends there.
  const inContent = (place: number) =>
    Math.min(content.end, Math.max(content.start, content.start + place - content.trimmed));
  const rangeOf = ({ start, end }: Span) =>
    tokenRange(encoding, { start: inContent(start), end: inContent(end) });
  const { query, documents, instruction } = spans;
  return {
    ids: encoding.ids,
    ranges: { query: rangeOf(query), documents: documents.map(rangeOf), instruction: rangeOf(instruction) },
  };
}
