/** One message of a conversation. */
export interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content: string;
}

/** The logarithm of a token's probability, in nats, and those of the likeliest tokens at its place, likeliest first. */
export interface TokenLogprob extends Alternative {
  readonly top: readonly Alternative[];
}

export interface Alternative {
  readonly token: string;
  readonly logprob: number;
  /** The token in UTF-8: a token may be part of a character, which `token` then cannot show. */
  readonly bytes?: readonly number[];
}

/** Tokens so far. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Of `promptTokens`, those that a cache held. */
  readonly cachedTokens?: number;
  /** Of `completionTokens`, those spent on thinking. */
  readonly reasoningTokens?: number;
}

/** What the model is to go on from. */
export type ModelInput =
  | {
      readonly messages: readonly ChatMessage[];
      /** The last message is an assistant's that is not finished: its text is continued, no new turn begins. */
      readonly continueFinal: boolean;
    }
  /** Text as it is: no chat template. */
  | { readonly prompt: string };

/** One completion that a model is asked for. */
export interface ModelRequest {
  readonly input: ModelInput;
  /** Left out: as many as the context holds. */
  readonly maxTokens?: number;
  /** 0: the likeliest token each time. */
  readonly temperature: number;
  readonly topP: number;
  readonly topK?: number;
  readonly minP?: number;
  /** Divides the positive and multiplies the negative logits of tokens that have occurred; 1 does nothing. */
  readonly repetitionPenalty?: number;
  /** Whoever asks cuts the text at these in any case (`cutAtStops`): a model may use them to end sooner, and must not leave one half written. */
  readonly stop: readonly string[];
  readonly seed?: number;
  /** How many alternatives to report with each token; left out: no log-probabilities. */
  readonly logprobs?: number;
}

/** What a model writes next. */
export interface ModelPiece {
  /** May be empty: while a character is incomplete, or to say that the prompt has been read. */
  readonly text: string;
  /** Of the tokens of this piece. */
  readonly logprobs?: readonly TokenLogprob[];
  /** Up to and including this piece. */
  readonly usage: Usage;
  /** Of the last piece, and only of it. "stop": the model's own end of turn; "length": `maxTokens` or the context is used up. */
  readonly finishReason?: "stop" | "length";
}

/** A model that writes text, wherever it runs. */
export interface ChatModel {
  /** What requests call it. */
  readonly name: string;
  /** Tokens of prompt and completion together. */
  readonly contextLength: number;
  /**
   * Writes one completion, piece by piece. It ends soon after the signal aborts, by throwing its reason or by returning.
   * @throws ModelInputError where the request cannot be answered
   */
  complete(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelPiece>;
}

/** A request that a model cannot answer, through no fault of its own. */
export class ModelInputError extends Error {
  /**
   * @param message what is wrong, and what to do about it
   * @param code    the protocol's name of the error, such as "context_length_exceeded"
   */
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
    this.name = "ModelInputError";
  }
}

/**
 * How many tokens a completion may have: as many as asked for, or what the context has left.
 * @throws ModelInputError "context_length_exceeded" where prompt and completion do not fit together
 */
export function roomFor(
  { contextLength }: Pick<ChatModel, "contextLength">,
  promptTokens: number,
  maxTokens: number | undefined,
): number {
  const room = contextLength - promptTokens;
  if (room >= (maxTokens ?? 1)) return maxTokens ?? room;
  const wanted = maxTokens === undefined ? "" : ` and max_tokens ${maxTokens}`;
  throw new ModelInputError(
    `This model's maximum context length is ${contextLength} tokens; the prompt has ${promptTokens}${wanted}. Shorten the prompt${maxTokens === undefined ? "" : " or ask for fewer tokens"}.`,
    "context_length_exceeded",
  );
}
