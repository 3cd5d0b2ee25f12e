import { type ChatModel, type ModelInput, ModelInputError, type TokenLogprob, type Usage } from "./chatModel";
import type { ChatClient } from "./client/client";
import { ChatError } from "./client/error";
import type { Reply } from "./client/reply";
import type { AnyRequest, SamplingOptions } from "./client/request";
import { createStopMatcher, cutAtStops } from "./stopStrings";

/** A chain of one question and one long answer, which tools interrupt. */
export interface Chain {
  /** The user's turn, with all instructions. */
  readonly user: string;
  /** What the assistant and its tools have written so far. Default: nothing. */
  readonly written?: string;
}

export interface GenerateOptions {
  readonly stop?: readonly string[];
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly repetitionPenalty?: number;
  readonly seed?: number;
  readonly logprobs?: number;
  readonly signal?: AbortSignal;
}

export interface Generation {
  /** With the stop string that ended it. */
  readonly text: string;
  /** "eos": the model's own end of turn. */
  readonly finish: "stop" | "length" | "eos";
  readonly usage?: Usage;
  /** Of the tokens that were written; the last of them may lie beyond the stop string. */
  readonly logprobs?: readonly TokenLogprob[];
}

/** Writes the next part of a chain. @see WebThinker spec, section 2.3 */
export type Generate = (chain: Chain, options?: GenerateOptions) => Promise<Generation>;

/** How a server is made to go on with what has been written. */
export type Continuation =
  /** `/v1/completions`, with the chat template applied here: what the paper's code does. */
  | { readonly kind: "raw"; readonly template: (user: string) => string }
  /** `/v1/chat/completions` of a server that continues the assistant's last message (vLLM, ours). */
  | { readonly kind: "prefill" }
  /** Any chat server: what was written is the assistant's turn, and a further turn of the user's asks to go on. */
  | { readonly kind: "turn"; readonly instruction: string };

export interface GenerateServer {
  readonly continuation: Continuation;
  /** Stop strings that the server takes, 4 by the protocol; those beyond are watched for here. */
  readonly mostStops?: number;
  /**
   * The beginning of what each stop string closes: where a server strips the stop string and does not tell which it was, a beginning that is still open
   * tells. The innermost open one is closed.
   */
  readonly opens?: Readonly<Record<string, string>>;
  /** More fields of the body. */
  readonly extra?: SamplingOptions["extra"];
}

/** Below this many tokens a completion is not worth asking for. */
const FEWEST_TOKENS = 16;

/** Generates through a server. */
export function remoteGenerate(client: ChatClient, server: GenerateServer): Generate {
  const { mostStops = 4, opens = {}, extra } = server;
  return async (chain, { signal, stop = [], ...sampling } = {}) => {
    /** Ends the request when text comes after a stop string; where the server ends it there, the usage still comes. */
    const watch = () => {
      const matcher = createStopMatcher(stop);
      return ({ text }: { text: string }) => {
        const isOver = matcher.stopped !== undefined && text !== "";
        matcher.push(text);
        return isOver;
      };
    };
    return halving(sampling.maxTokens, async (maxTokens) => {
      const asked = { ...promptOf(chain, server.continuation), ...sampling, maxTokens };
      const request: AnyRequest = { ...asked, stop: stop.slice(0, mostStops), extra };
      return finished(await client.complete(request, { signal, watch }), stop, opens);
    });
  };
}

/** Generates in this process. */
export function localGenerate(model: ChatModel, template: (user: string) => string): Generate {
  return async ({ user, written = "" }, { signal = new AbortController().signal, ...options } = {}) => {
    const { stop = [], temperature = 1, topP = 1 } = options;
    const input: ModelInput = { prompt: template(user) + written };
    return halving(options.maxTokens, async (maxTokens) => {
      const request = { ...options, input, stop, temperature, topP, maxTokens };
      const logprobs: TokenLogprob[] = [];
      let text = "";
      for await (const piece of cutAtStops(model.complete(request, signal), stop)) {
        text += piece.text;
        logprobs.push(...(piece.logprobs ?? []));
        if (piece.finishReason === undefined) continue;
        const { stopString = "", usage, finishReason } = piece;
        const finish = finishReason === "length" ? "length" : stopString === "" ? "eos" : "stop";
        const rest = options.logprobs === undefined ? {} : { logprobs };
        return { text: text + stopString, finish, usage, ...rest };
      }
      throw new Error("The model ended without a finish reason.");
    });
  };
}

/** Tries with half as many tokens, and so on, where prompt and completion do not fit the context. */
async function halving<T>(
  maxTokens: number | undefined,
  once: (maxTokens: number | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await once(maxTokens);
  } catch (error) {
    const isTooLong =
      (error instanceof ChatError && error.kind === "contextLength") ||
      (error instanceof ModelInputError && error.code === "context_length_exceeded");
    if (!isTooLong || maxTokens === undefined || maxTokens < 2 * FEWEST_TOKENS) throw error;
    return halving(Math.floor(maxTokens / 2), once);
  }
}

function promptOf(
  { user, written = "" }: Chain,
  continuation: Continuation,
):
  | { prompt: string }
  | { messages: { role: "user" | "assistant"; content: string }[]; continueFinal?: boolean } {
  if (continuation.kind === "raw") return { prompt: continuation.template(user) + written };
  const asked = { role: "user", content: user } as const;
  if (written === "") return { messages: [asked] };
  const answer = { role: "assistant", content: written } as const;
  if (continuation.kind === "prefill") return { messages: [asked, answer], continueFinal: true };
  return { messages: [asked, answer, { role: "user", content: continuation.instruction }] };
}

/** The text up to and including its first stop string, which is put back where the server took it away. */
function finished(
  { text, finishReason, stopReason, usage, logprobs }: Reply,
  stop: readonly string[],
  opens: Readonly<Record<string, string>>,
): Generation {
  const rest = { ...(usage ? { usage } : {}), ...(logprobs ? { logprobs } : {}) };
  const matcher = createStopMatcher(stop);
  const before = matcher.push(text);
  if (matcher.stopped !== undefined) return { text: before + matcher.stopped, finish: "stop", ...rest };
  if (finishReason === "length") return { text, finish: "length", ...rest };
  if (finishReason !== "stop")
    throw new ChatError("protocol", `The server ended the completion for "${finishReason}".`, {
      partial: text,
    });
  const stripped =
    typeof stopReason === "string" && stop.includes(stopReason)
      ? stopReason
      : stopReason === undefined
        ? innermostOpen(text, stop, opens)
        : undefined;
  return stripped === undefined
    ? { text, finish: "eos", ...rest }
    : { text: text + stripped, finish: "stop", ...rest };
}

function innermostOpen(
  text: string,
  stop: readonly string[],
  opens: Readonly<Record<string, string>>,
): string | undefined {
  let latest = -1;
  let open: string | undefined;
  for (const end of stop) {
    const begin = opens[end];
    const at = begin === undefined ? -1 : text.lastIndexOf(begin);
    if (at <= latest) continue;
    latest = at;
    open = end;
  }
  return open;
}
