import { type ChatRequest, type RenderedChat, renderChatWithSpans } from "./chatTemplate";
import { TokenizerError } from "./error";
import type { Encoding, Tokenizer } from "./tokenizer";

/** A chat as the model reads it. */
export interface ChatPrompt extends RenderedChat, Encoding {}

/**
 * A chat through the tokenizer's own template: the special tokens that the template writes are parsed, those that a message holds are only text. The text
 * is encoded as one, so that the tokens at the bounds of a content are those that the model was trained on.
 * @throws TokenizerError where the tokenizer has no chat template, or as `renderChatWithSpans`
 */
export function encodeChat(tokenizer: Tokenizer, request: Omit<ChatRequest, "bos" | "eos">): ChatPrompt {
  const { chatTemplate, bos, eos } = tokenizer;
  if (chatTemplate === undefined)
    throw new TokenizerError(
      "This model's file has no chat template.",
      "Encode plain text, or use a model that was trained on chats.",
    );
  const textOf = (id: number | undefined) =>
    id === undefined ? undefined : tokenizer.decode([id], { special: true });
  const rendered = renderChatWithSpans(chatTemplate, { ...request, bos: textOf(bos), eos: textOf(eos) });
  const encoding = tokenizer.encodeWithOffsets(rendered.text, { special: true, verbatim: rendered.contents });
  return { ...rendered, ...encoding };
}
