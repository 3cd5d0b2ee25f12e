import { z } from "zod";
import type { Alternative, TokenLogprob, Usage } from "../chatModel";

/** A part of a completion, as it comes. */
export interface Delta {
  readonly text: string;
  /** What the model thinks before it answers, where the server tells it apart. */
  readonly reasoning: string;
  readonly logprobs?: readonly TokenLogprob[];
}

/** A completion. */
export interface Reply extends Delta {
  /** The server's name of it. */
  readonly id: string;
  /** The model that the server says has answered. */
  readonly model: string;
  /** Why it ended: "stop", "length", or another word of the server's; "cut" where we ended it ourselves. */
  readonly finishReason: string;
  /** The stop string that ended it, where the server tells; null: the model's own end of turn; undefined: the server does not tell. */
  readonly stopReason?: string | null;
  readonly usage?: Usage;
}

const alternative = z.object({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.number()).nullish(),
});
const ofChat = z.object({
  content: z.array(alternative.extend({ top_logprobs: z.array(alternative).nullish() })).nullish(),
});
const ofText = z.object({
  tokens: z.array(z.string()),
  /** The first token of an echoed prompt has none. */
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.number()).nullable()).nullish(),
});

const message = z.object({
  content: z.string().nullish(),
  /** Servers agree on no name for it. */
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
});

/** Of a whole answer and of a chunk of a stream, of chat and of text: the fields that we read, each optional as some server leaves it out. */
const answerSchema = z.object({
  id: z.string().nullish(),
  model: z.string().nullish(),
  choices: z.array(
    z.object({
      message: message.nullish(),
      delta: message.nullish(),
      text: z.string().nullish(),
      finish_reason: z.string().nullish(),
      stop_reason: z.union([z.string(), z.number()]).nullish(),
      logprobs: z.union([ofText, ofChat]).nullish(),
    }),
  ),
  usage: z
    .object({
      prompt_tokens: z.number(),
      completion_tokens: z.number().nullish(),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});
type Answer = z.infer<typeof answerSchema>;

/** Puts a completion together from the chunks of a stream, or from one whole answer. */
export interface ReplyBuilder {
  /** Adds one JSON value of the server. @returns what it adds to the text @throws Error where it is not what the protocol says */
  add(value: unknown): Delta;
  /** A finish reason has come: what may still come is the usage. */
  readonly finished: boolean;
  /** All text so far. */
  readonly text: string;
  readonly usage: Usage | undefined;
  reply(): Reply;
}

export function createReplyBuilder(): ReplyBuilder {
  const texts: string[] = [];
  const thoughts: string[] = [];
  const logprobs: TokenLogprob[] = [];
  let id = "";
  let model = "";
  let finish: string | undefined;
  let stopReason: string | null | undefined;
  let usage: Usage | undefined;
  let hasLogprobs = false;
  return {
    get finished() {
      return finish !== undefined;
    },
    get text() {
      return texts.join("");
    },
    get usage() {
      return usage;
    },
    add(value) {
      const answer = checked(value);
      id = answer.id || id;
      model = answer.model || model;
      usage = readUsage(answer.usage) ?? usage;
      const choice = answer.choices[0]; // none in the chunk that brings the usage
      if (choice === undefined) return { text: "", reasoning: "" };
      const part = choice.message ?? choice.delta;
      const text = part?.content ?? choice.text ?? "";
      const reasoning = part?.reasoning_content ?? part?.reasoning ?? "";
      const tokens = readLogprobs(choice.logprobs);
      texts.push(text);
      thoughts.push(reasoning);
      if (tokens) {
        hasLogprobs = true;
        for (const token of tokens) logprobs.push(token);
      }
      if (choice.finish_reason) {
        finish = choice.finish_reason;
        // A number is the id of a token that ends a turn.
        stopReason = typeof choice.stop_reason === "number" ? null : choice.stop_reason;
      }
      return { text, reasoning, logprobs: tokens };
    },
    reply() {
      return {
        id,
        model,
        text: texts.join(""),
        reasoning: thoughts.join(""),
        finishReason: finish ?? "cut",
        ...(stopReason === undefined ? {} : { stopReason }),
        ...(hasLogprobs ? { logprobs } : {}),
        ...(usage ? { usage } : {}),
      };
    },
  };
}

function checked(value: unknown): Answer {
  const result = answerSchema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  throw new Error(`field "${path.join(".")}": ${message}`);
}

function readUsage(usage: Answer["usage"]): Usage | undefined {
  if (!usage) return undefined;
  const cachedTokens = usage.prompt_tokens_details?.cached_tokens;
  const reasoningTokens = usage.completion_tokens_details?.reasoning_tokens;
  return {
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens ?? 0,
    ...(cachedTokens ? { cachedTokens } : {}),
    ...(reasoningTokens ? { reasoningTokens } : {}),
  };
}

function readLogprobs(logprobs: Answer["choices"][number]["logprobs"]): TokenLogprob[] | undefined {
  if (!logprobs) return undefined;
  if ("tokens" in logprobs) {
    return logprobs.tokens.flatMap((token, k) => {
      const logprob = logprobs.token_logprobs[k];
      if (typeof logprob !== "number") return [];
      const top = Object.entries(logprobs.top_logprobs?.[k] ?? {});
      return {
        token,
        logprob,
        top: top.map(([token, logprob]) => ({ token, logprob })).sort((a, b) => b.logprob - a.logprob),
      };
    });
  }
  return logprobs.content?.map(({ top_logprobs, ...token }) => ({
    ...readAlternative(token),
    top: (top_logprobs ?? []).map(readAlternative),
  }));
}

function readAlternative({ token, logprob, bytes }: z.infer<typeof alternative>): Alternative {
  return bytes ? { token, logprob, bytes } : { token, logprob };
}
