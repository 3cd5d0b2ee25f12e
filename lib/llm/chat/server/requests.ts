import { z } from "zod";
import { nearestName } from "../../../data/nearest";
import type { ChatMessage, ModelInput, ModelRequest } from "../chatModel";
import { HttpError } from "./error";

/** What a request asks for, in our words. */
export interface CompletionTask extends Omit<ModelRequest, "input"> {
  readonly model: string;
  /** One for chat, one or more for text; each is completed `n` times. */
  readonly inputs: readonly ModelInput[];
  readonly n: number;
  readonly stream: boolean;
  /** A stream ends with a chunk that says how many tokens there were. */
  readonly includeUsage: boolean;
}

/** Of text completions, by the protocol; a chat's answer may fill the context. */
const TEXT_MAX_TOKENS = 16;
const MOST_STOPS = 16;
const MOST_ALTERNATIVES = 20;

const sampling = {
  model: z.string().min(1),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.number().int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(MOST_STOPS)]).nullish(),
  seed: z.number().int().safe().nullish(),
  n: z.number().int().min(1).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).strict().nullish(),
};

const textPart = z.object({ type: z.literal("text"), text: z.string() }).strict();
const message = z
  .object({
    role: z.enum(["system", "developer", "user", "assistant", "tool"]),
    content: z.union([z.string(), z.array(textPart)]),
    name: z.string().nullish(),
    tool_call_id: z.string().nullish(),
  })
  .strict();

const chatSchema = z
  .object({
    ...sampling,
    messages: z.array(message).min(1),
    max_completion_tokens: z.number().int().min(1).nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.number().int().min(0).max(MOST_ALTERNATIVES).nullish(),
    add_generation_prompt: z.boolean().nullish(),
    continue_final_message: z.boolean().nullish(),
  })
  .strict();

const textSchema = z
  .object({
    ...sampling,
    prompt: z.union([z.string(), z.array(z.string()).min(1)]),
    logprobs: z.number().int().min(0).max(MOST_ALTERNATIVES).nullish(),
  })
  .strict();

/** Fields that do not bear on the text. */
const IGNORED = ["user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"];

/** Fields that would change the text if they were known here, and the values that would not. Null would not in any case. */
const UNSUPPORTED: Readonly<Record<string, (value: unknown) => boolean>> = {
  presence_penalty: (value) => value === 0,
  frequency_penalty: (value) => value === 0,
  logit_bias: isEmpty,
  tools: isEmpty,
  tool_choice: (value) => value === "none" || value === "auto",
  parallel_tool_calls: () => true,
  functions: isEmpty,
  function_call: (value) => value === "none" || value === "auto",
  response_format: (value) => (value as { type?: unknown }).type === "text",
  modalities: (value) => JSON.stringify(value) === '["text"]',
  reasoning_effort: () => false,
  audio: () => false,
  prediction: () => false,
  echo: (value) => value === false,
  suffix: (value) => value === "",
  best_of: (value) => value === 1,
};

/** Reads the body of `/v1/chat/completions`. @throws HttpError 400 that names the field */
export function readChatRequest(body: unknown): CompletionTask {
  const request = validated(chatSchema, body);
  const messages: ChatMessage[] = request.messages.map(({ role, content }) => ({
    role,
    content: typeof content === "string" ? content : content.map(({ text }) => text).join(""),
  }));
  const continueFinal = request.continue_final_message ?? false;
  if (continueFinal && messages[messages.length - 1].role !== "assistant")
    refuse("The last message must be the assistant's, to be continued.", "continue_final_message");
  // The two say one thing twice: to begin an answer, or to go on with one.
  if ((request.add_generation_prompt ?? !continueFinal) === continueFinal)
    refuse("Must be the opposite of continue_final_message.", "add_generation_prompt");
  if (request.top_logprobs != null && !request.logprobs) refuse("Needs logprobs: true.", "top_logprobs");
  return {
    ...common(request),
    inputs: [{ messages, continueFinal }],
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    logprobs: request.logprobs ? (request.top_logprobs ?? 0) : undefined,
  };
}

/** Reads the body of `/v1/completions`. @throws HttpError 400 that names the field */
export function readTextRequest(body: unknown): CompletionTask {
  const request = validated(textSchema, body);
  const prompts = typeof request.prompt === "string" ? [request.prompt] : request.prompt;
  return {
    ...common(request),
    inputs: prompts.map((prompt) => ({ prompt })),
    maxTokens: request.max_tokens ?? TEXT_MAX_TOKENS,
    logprobs: request.logprobs ?? undefined,
  };
}

type Sampling = z.infer<z.ZodObject<typeof sampling>>;

function common(request: Sampling): Omit<CompletionTask, "inputs" | "maxTokens" | "logprobs"> {
  const stop = typeof request.stop === "string" ? [request.stop] : (request.stop ?? []);
  if (stop.includes("")) refuse("A stop string must not be empty.", "stop");
  const topK = request.top_k ?? 0;
  return {
    model: request.model,
    temperature: request.temperature ?? 1,
    topP: request.top_p ?? 1,
    topK: topK > 0 ? topK : undefined, // 0 and -1: all tokens
    minP: request.min_p ?? undefined,
    repetitionPenalty: request.repetition_penalty ?? undefined,
    stop,
    seed: request.seed ?? undefined,
    n: request.n ?? 1,
    stream: request.stream ?? false,
    includeUsage: request.stream_options?.include_usage ?? false,
  };
}

function validated<T>(schema: z.ZodType<T> & { shape: object }, body: unknown): T {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    refuse("The body must be a JSON object.");
  const isKnown = ([name, value]: [string, unknown]): boolean => {
    if (IGNORED.includes(name)) return false;
    if (!Object.hasOwn(UNSUPPORTED, name)) return true;
    if (value !== null && !UNSUPPORTED[name](value)) refuse("This server does not support it.", name);
    return false;
  };
  // From entries: a field "__proto__" is a field like any other.
  const known = Object.fromEntries(Object.entries(body).filter(isKnown));
  const result = schema.safeParse(known);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues[0]);
  if (issue.code !== "unrecognized_keys") refuse(`${issue.message}.`, issue.path.join("."));
  const name = [...issue.path, issue.keys[0]].join(".");
  const nearest = nearestName(issue.keys[0], Object.keys(schema.shape));
  refuse(`There is no such field${nearest ? `; is "${nearest}" meant?` : "."}`, name);
}

/** Of a value that may be one thing or another, what is wrong with it as the thing that it comes closest to. */
function deepest(issue: z.ZodIssue): z.ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.unionErrors.map(({ issues }) => deepest(issues[0]));
  const deeper = inner.filter(({ path }) => path.length > issue.path.length);
  return deeper[0] ?? { ...inner[0], message: inner.map(({ message }) => message).join(", or ") };
}

function refuse(problem: string, param?: string): never {
  throw new HttpError(400, param ? `${param}: ${problem}` : problem, { param, code: "invalid_value" });
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
