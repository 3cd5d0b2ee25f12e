import type { ChatMessage, Usage } from "../../../llm/chat";

export const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0 };

/** Both together; details that neither has stay out. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum = {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
  };
  const cachedTokens = (a.cachedTokens ?? 0) + (b.cachedTokens ?? 0);
  const reasoningTokens = (a.reasoningTokens ?? 0) + (b.reasoningTokens ?? 0);
  return {
    ...sum,
    ...(cachedTokens > 0 ? { cachedTokens } : {}),
    ...(reasoningTokens > 0 ? { reasoningTokens } : {}),
  };
}

/** Tokens of so many bytes of UTF-8, where nobody has counted them: a third, rounded up, as the chat client estimates. */
export function estimatedTokens(bytes: number): number {
  return Math.ceil(bytes / 3);
}

/** The same of a prompt. */
export function estimatedPrompt(messages: readonly ChatMessage[]): number {
  return estimatedTokens(
    Buffer.byteLength(messages.map(({ role, content }) => `${role}\n${content}`).join("\n")),
  );
}
