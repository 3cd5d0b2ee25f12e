import { type RenderedChat, renderChatWithSpans } from "../../../llm/tokenizer/chatTemplate";
import { TokenizerError } from "../../../llm/tokenizer/error";
import type { Encoding, Tokenizer } from "../../../llm/tokenizer/tokenizer";

/** How a model wants to be asked. */
export interface PromptFormat {
  readonly tokenizer: Tokenizer;
  /** The text that the model reads, with the place of its one content. */
  render(content: string): RenderedChat;
  /** Whether the token that begins a sequence is put before the text; a template writes it itself. */
  readonly bos: boolean;
}

/**
 * One turn of the user in the model's own chat template, the header of the answer behind it: what a model tuned to follow instructions is asked by.
 * @param date  today, for templates that write it; without one they write a date of their own, so that a prompt is always the same
 * @throws TokenizerError where the tokenizer has no chat template
 */
export function chatFormat(tokenizer: Tokenizer, date?: Date): PromptFormat {
  const { chatTemplate, bos, eos } = tokenizer;
  if (chatTemplate === undefined)
    throw new TokenizerError(
      "This model's file has no chat template.",
      "Use the plain format, or a model that was trained on chats.",
    );
  const textOf = (id: number | undefined) =>
    id === undefined ? undefined : tokenizer.decode([id], { special: true });
  const request = { addGenerationPrompt: true, bos: textOf(bos), eos: textOf(eos), date };
  return {
    tokenizer,
    bos: false,
    render: (content) =>
      renderChatWithSpans(chatTemplate, { ...request, messages: [{ role: "user", content }] }),
  };
}

/** The prompt as it is: for a model that was not tuned on chats. */
export function plainFormat(tokenizer: Tokenizer): PromptFormat {
  return {
    tokenizer,
    bos: tokenizer.addsBos,
    render: (content) => ({ text: content, contents: [{ start: 0, end: content.length, trimmed: 0 }] }),
  };
}

/** A rendered prompt as tokens: the template's special tokens are parsed, those that a document holds are only text. */
export function encodeRendered(
  { tokenizer, bos }: PromptFormat,
  { text, contents }: RenderedChat,
  answer = "",
): Encoding {
  const end = { start: text.length, end: text.length + answer.length };
  const verbatim = answer === "" ? contents : [...contents, end];
  return tokenizer.encodeWithOffsets(text + answer, { special: true, verbatim, bos });
}
