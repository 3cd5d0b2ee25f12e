import { type ChatMessage, type ModelInput, ModelInputError } from "../chat/chatModel";
import { renderChatWithSpans, type Span, type Tokenizer, TokenizerError } from "../tokenizer";

/**
 * The tokens of what a model is to go on from. Special tokens are parsed in what a chat template writes and in a raw prompt, which is one that somebody else
 * has rendered; in messages they are only text.
 * @throws ModelInputError where the chat template refuses the messages, or there is no token
 */
export function promptTokens(tokenizer: Tokenizer, input: ModelInput): number[] {
  const tokens = "prompt" in input ? rawTokens(tokenizer, input.prompt) : chatTokens(tokenizer, input);
  if (tokens.length === 0)
    throw new ModelInputError("The prompt is empty: write something.", "invalid_value");
  return tokens;
}

function rawTokens(tokenizer: Tokenizer, prompt: string): number[] {
  const { bos, addsBos } = tokenizer;
  const isBegun = bos !== undefined && prompt.startsWith(tokenizer.decode([bos], { special: true }));
  return [...tokenizer.encode(prompt, { special: true, bos: addsBos && !isBegun })];
}

function chatTokens(
  tokenizer: Tokenizer,
  { messages, continueFinal }: Extract<ModelInput, { messages: unknown }>,
): number[] {
  try {
    const { text, contents } = rendered(tokenizer, messages, !continueFinal);
    if (!continueFinal) return [...tokenizer.encode(text, { special: true, verbatim: contents })];
    // The turn is cut off behind its content, with the spaces that the template cuts: they are the model's own.
    const { start, trimmed } = contents[contents.length - 1];
    const begun = text.slice(0, start) + messages[messages.length - 1].content.slice(trimmed);
    const verbatim: Span[] = [...contents.slice(0, -1), { start, end: begun.length }];
    return [...tokenizer.encode(begun, { special: true, verbatim })];
  } catch (error) {
    if (error instanceof TokenizerError) throw new ModelInputError(error.message, "invalid_value");
    throw error;
  }
}

function rendered(tokenizer: Tokenizer, messages: readonly ChatMessage[], addGenerationPrompt: boolean) {
  const { chatTemplate, bos, eos } = tokenizer;
  if (chatTemplate === undefined)
    throw new ModelInputError(
      "This model's file has no chat template: ask for a completion of a text, at /v1/completions.",
      "invalid_value",
    );
  const textOf = (id: number | undefined) =>
    id === undefined ? undefined : tokenizer.decode([id], { special: true });
  return renderChatWithSpans(chatTemplate, {
    // What newer models call a developer, the templates of these call the system.
    messages: messages.map(({ role, content }) => ({
      role: role === "developer" ? "system" : role,
      content,
    })),
    addGenerationPrompt,
    bos: textOf(bos),
    eos: textOf(eos),
  });
}
