import type { Alternative, TokenLogprob, Usage } from "../chatModel";

/** What is told of a choice, whole or in parts. */
export interface ChoiceText {
  readonly index: number;
  readonly text: string;
  readonly logprobs?: readonly TokenLogprob[];
  /** Characters of this choice's tokens before those of this part. */
  readonly offset: number;
  readonly finish?: {
    readonly reason: "stop" | "length";
    /** Null: the model's own end of turn. */
    readonly stopString: string | null;
  };
}

/** The shapes of one of the two protocols. */
export interface Dialect {
  /** What the names of completions begin with. */
  readonly prefix: string;
  readonly object: string;
  readonly chunkObject: string;
  choice(choice: ChoiceText): object;
  /** The chunk before a choice's text, where there is one. */
  opening?(index: number): object;
  chunk(choice: ChoiceText): object;
}

export const chatDialect: Dialect = {
  prefix: "chatcmpl-",
  object: "chat.completion",
  chunkObject: "chat.completion.chunk",
  choice: ({ text, ...rest }) => ({
    message: { role: "assistant", content: text, refusal: null },
    ...chatRest(rest),
  }),
  opening: (index) => ({
    delta: { role: "assistant", content: "" },
    ...chatRest({ index }),
  }),
  chunk: ({ text, ...rest }) => ({
    delta: text === "" && rest.finish ? {} : { content: text },
    ...chatRest(rest),
  }),
};

function chatRest({ index, logprobs, finish }: Partial<ChoiceText>): object {
  return {
    index,
    logprobs: logprobs ? { content: logprobs.map(chatToken), refusal: null } : null,
    ...ending(finish),
  };
}

/** `stop_reason` is vLLM's: which stop string it was, or null for the end of the turn. */
function ending(finish: ChoiceText["finish"]): object {
  return finish ? { finish_reason: finish.reason, stop_reason: finish.stopString } : { finish_reason: null };
}

function chatToken({ top, ...token }: TokenLogprob): object {
  return { ...chatAlternative(token), top_logprobs: top.map(chatAlternative) };
}

function chatAlternative({ token, logprob, bytes }: Alternative): object {
  return { token, logprob: finite(logprob), bytes: bytes ?? [...Buffer.from(token)] };
}

export const textDialect: Dialect = {
  prefix: "cmpl-",
  object: "text_completion",
  chunkObject: "text_completion",
  choice: textChoice,
  chunk: textChoice,
};

function textChoice({ index, text, logprobs, offset, finish }: ChoiceText): object {
  return { index, text, logprobs: logprobs ? textTokens(logprobs, offset) : null, ...ending(finish) };
}

function textTokens(logprobs: readonly TokenLogprob[], offset: number): object {
  let end = offset;
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => finite(logprob)),
    top_logprobs: logprobs.map(({ top }) =>
      Object.fromEntries(top.map(({ token, logprob }) => [token, finite(logprob)])),
    ),
    text_offset: logprobs.map(({ token }) => {
      const start = end;
      end += token.length;
      return start;
    }),
  };
}

/** JSON knows no infinity: the protocol writes -9999 for a token that cannot come. */
function finite(logprob: number): number {
  return Math.max(logprob, -9999);
}

export function wireUsage({ promptTokens, completionTokens, cachedTokens, reasoningTokens }: Usage): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(cachedTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
    ...(reasoningTokens === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}
