import type { ChatMessage } from "../chatModel";

/** How a completion is sampled. What is left out is the server's default. */
export interface SamplingOptions {
  /** Default: the client's. */
  readonly model?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  /** This and the next two: not every server knows them. */
  readonly topK?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly stop?: readonly string[];
  /** Vary it between samples of one prompt: servers that keep to it repeat themselves. */
  readonly seed?: number;
  /** How many alternatives to report with each token. */
  readonly logprobs?: number;
  /** More fields of the body, as the server calls them; undefined takes a field away. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface ChatRequest extends SamplingOptions {
  readonly messages: readonly ChatMessage[];
  /** The last message is an assistant's to be continued. Servers of the kind of vLLM and ours know this. */
  readonly continueFinal?: boolean;
}

export interface CompletionRequest extends SamplingOptions {
  /** Text as it is, chat template included. */
  readonly prompt: string;
}

export type AnyRequest = ChatRequest | CompletionRequest;

/** The path below the base address, and the body. */
export function wireRequest(
  request: AnyRequest,
  defaultModel: string | undefined,
  stream: boolean,
): { readonly path: string; readonly body: string } {
  const { model = defaultModel, logprobs, extra } = request;
  if (model === undefined)
    throw new RangeError("No model is named: give `model` to the client or to the request.");
  const isChat = "messages" in request;
  const body = {
    model,
    ...(isChat ? chatFields(request) : { prompt: request.prompt, logprobs }),
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_k: request.topK,
    min_p: request.minP,
    repetition_penalty: request.repetitionPenalty,
    stop: request.stop?.length ? request.stop : undefined,
    seed: request.seed,
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
    ...extra,
  };
  return { path: isChat ? "/chat/completions" : "/completions", body: JSON.stringify(body) };
}

function chatFields({ messages, continueFinal, logprobs }: ChatRequest): Record<string, unknown> {
  return {
    messages,
    ...(continueFinal ? { continue_final_message: true, add_generation_prompt: false } : {}),
    ...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
  };
}

/** All text of a request, to estimate its tokens. */
export function promptText(request: AnyRequest): string {
  if ("prompt" in request) return request.prompt;
  return request.messages.map(({ role, content }) => `${role}\n${content}`).join("\n");
}
