import type { TokenLogprob } from "../chat/chatModel";
import type { Tokenizer } from "../tokenizer";
import type { Draw, TokenLogProbability } from "./sampler";

/** What a token adds to a text. */
export interface Written {
  /** Empty while a character lacks bytes. */
  readonly text: string;
  /** Of the last token only. "stop": the model's own end; it is no part of the text. */
  readonly finish?: "stop" | "length";
}

/** One completion as it is written. */
export interface Writing {
  /** For the next token. */
  readonly draw: Draw;
  /** Tokens so far, with the one that ends the text. */
  readonly tokens: readonly number[];
  push(token: number): Written;
}

export interface WritingOptions {
  readonly seed: number;
  /** At least 1. */
  readonly maxTokens: number;
  /** Whether the tokens that have occurred are to be known. */
  readonly countsSeen: boolean;
}

export function writing(
  tokenizer: Tokenizer,
  prompt: readonly number[],
  { seed, maxTokens, countsSeen }: WritingOptions,
): Writing {
  const decoder = tokenizer.streamDecoder();
  const tokens: number[] = [];
  const seen = countsSeen ? new Uint8Array(tokenizer.size) : undefined;
  if (seen) for (const token of prompt) seen[token] = 1;
  return {
    tokens,
    get draw() {
      return { seed, step: tokens.length, seen };
    },
    push(token) {
      tokens.push(token);
      if (seen) seen[token] = 1;
      if (tokenizer.stops.has(token)) return { text: decoder.end(), finish: "stop" };
      const text = decoder.push(token);
      return tokens.length < maxTokens ? { text } : { text: text + decoder.end(), finish: "length" };
    },
  };
}

/** As the protocol tells of it. */
export function tokenLogprob(
  tokenizer: Tokenizer,
  token: number,
  { logprob, top }: TokenLogProbability,
): TokenLogprob {
  const described = (id: number, value: number) => ({
    token: tokenizer.decode([id], { special: true }),
    logprob: value,
    bytes: [...tokenizer.tokenBytes(id)],
  });
  return { ...described(token, logprob), top: top.map((one) => described(one.token, one.logprob)) };
}
