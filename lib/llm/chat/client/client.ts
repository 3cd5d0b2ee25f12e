import { z } from "zod";
import type { Usage } from "../chatModel";
import { type Clock, systemClock } from "../clock";
import { type AdmissionOptions, createAdmissions } from "./admission";
import { readAnswer, readError, readText } from "./answer";
import { DEFAULT_RETRY, type RetryPolicy, waitBeforeRetry } from "./backoff";
import type { Spending } from "./budget";
import { type BreakerOptions, DEFAULT_BREAKER } from "./circuitBreaker";
import { ChatError, type ChatErrorKind, isTransient } from "./error";
import { createAgent, DEFAULT_TIMEOUTS, type Exchange, exchange, type Timeouts } from "./exchange";
import { createReplyBuilder, type Delta, type Reply } from "./reply";
import { type AnyRequest, promptText, wireRequest } from "./request";

export interface ChatClientOptions extends AdmissionOptions {
  /** The address up to and including "/v1". */
  readonly baseUrl: string;
  /** It is sent, and appears nowhere else: not in errors, not in records. */
  readonly apiKey?: string;
  /** Of requests that name none. */
  readonly model?: string;
  readonly timeouts?: Partial<Timeouts>;
  readonly retry?: Partial<RetryPolicy>;
  readonly breaker?: Partial<BreakerOptions>;
  /** Estimates the tokens of a prompt, for budget and rates, until the server says. Default: a third of its bytes, rounded up. */
  readonly countTokens?: (text: string) => number;
  /** Is told of each attempt when it has ended. */
  readonly onAttempt?: (record: AttemptRecord) => void;
  readonly clock?: Clock;
  /** Uniform in [0, 1): the jitter of the waits between attempts. */
  readonly random?: () => number;
}

export interface AttemptRecord {
  readonly path: string;
  /** Of its request, from 1. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** "abandoned": whoever read the stream read no further. */
  readonly outcome: "answered" | "abandoned" | ChatErrorKind;
  readonly error?: string;
  /** What was booked: the server's count, else our estimate. */
  readonly usage: Usage;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Whether the server streams; that keeps the connection alive through long thoughts. Default true. */
  readonly stream?: boolean;
  /** Begins to watch one attempt: what it returns is called with each part, and ends the request by true; the reply's finish reason is then "cut". */
  readonly watch?: () => (delta: Delta) => boolean;
}

/** A client of servers that speak the protocol of OpenAI's chat completions. */
export interface ChatClient {
  /**
   * One completion: of messages by `/chat/completions`, of a prompt by `/completions`.
   * @throws ChatError when all attempts have failed, or another would be no use
   */
  complete(request: AnyRequest, call?: CallOptions): Promise<Reply>;
  /**
   * The parts of a completion as they come; returns the whole. Tries again until the first part has come; what breaks after it is an error that holds what
   * there was. To stop reading cancels the request.
   */
  stream(request: AnyRequest, call?: CallOptions): AsyncGenerator<Delta, Reply>;
  /** The names of the server's models. */
  models(call?: CallOptions): Promise<string[]>;
  spent(): Spending;
  /** Closes idle connections. */
  close(): void;
}

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });
const NOTHING: Usage = { promptTokens: 0, completionTokens: 0 };
const LONGEST_LIST = 4 * 1024 * 1024;

/** Failures that say the server is not well. */
const UNWELL: readonly string[] = ["server", "connection", "timeout", "deadline"];

export function createChatClient(options: ChatClientOptions): ChatClient {
  const { apiKey, clock = systemClock, random = Math.random } = options;
  const { countTokens = (text) => Math.ceil(Buffer.byteLength(text) / 3), onAttempt } = options;
  const base = checkedAddress(options.baseUrl);
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const retry = { ...DEFAULT_RETRY, ...options.retry };
  const admissions = createAdmissions(options, { ...DEFAULT_BREAKER, ...options.breaker }, clock);
  const agent = createAgent(base);

  function open(
    method: "GET" | "POST",
    path: string,
    body?: string,
    signal?: AbortSignal,
  ): Promise<Exchange> {
    const headers: Record<string, string> = {
      accept: "application/json, text/event-stream",
      "user-agent": "reprise", // some gateways refuse requests without a name
    };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (apiKey !== undefined) headers["authorization"] = `Bearer ${apiKey}`;
    const url = new URL(`${base.href.replace(/\/$/, "")}${path}`);
    return exchange({ url, method, headers, body, timeouts, clock, agent, signal });
  }

  /** Every error as a ChatError, without the key, which a server may repeat in what it says. */
  function tidied(error: unknown, signal: AbortSignal | undefined, partial = ""): unknown {
    if (!(error instanceof ChatError))
      return signal?.aborted && error === signal.reason
        ? new ChatError("aborted", "The request was aborted.", { cause: error, partial })
        : error;
    const message = apiKey ? error.message.replaceAll(apiKey, "[key]") : error.message;
    return new ChatError(error.kind, message, {
      ...error,
      cause: error.cause,
      partial: error.partial || partial,
    });
  }

  /** One attempt, from its admission to its record. */
  async function* attempt(
    request: AnyRequest,
    { signal, stream = true, watch }: CallOptions,
    number: number,
  ): AsyncGenerator<Delta, Reply> {
    const { path, body } = wireRequest(request, options.model, stream);
    const promptTokens = countTokens(promptText(request));
    const admission = await admissions.admit(
      { promptTokens, completionTokens: request.maxTokens ?? 0 },
      signal,
    );
    const startedAt = clock.now();
    const builder = createReplyBuilder();
    let opened: Exchange | undefined;
    let outcome: AttemptRecord["outcome"] = "abandoned";
    let message: string | undefined;
    try {
      opened = await open("POST", path, body, signal);
      if (opened.status !== 200) throw await readError(opened, clock.now());
      const isEnough = watch?.();
      for await (const delta of readAnswer(opened, stream, builder)) {
        yield delta;
        if (isEnough?.(delta)) break;
      }
      outcome = "answered";
      return builder.reply();
    } catch (error) {
      const tidy = tidied(error, signal, builder.text);
      outcome = tidy instanceof ChatError ? tidy.kind : "protocol";
      message = tidy instanceof Error ? tidy.message : String(tidy);
      throw tidy;
    } finally {
      opened?.close();
      const { text, reasoning } = builder.reply();
      const isBilled = outcome === "answered" || outcome === "abandoned" || text !== "" || reasoning !== "";
      const estimate = { promptTokens, completionTokens: countTokens(text + reasoning) };
      const usage = builder.usage ?? (isBilled ? estimate : NOTHING);
      const isUnknown = outcome === "abandoned" || outcome === "aborted";
      admission.end(isUnknown ? "unknown" : UNWELL.includes(outcome) ? "failed" : "answered", usage);
      onAttempt?.({
        path,
        attempt: number,
        startedAt,
        endedAt: clock.now(),
        outcome,
        ...(message === undefined ? {} : { error: message }),
        usage,
      });
    }
  }

  /** Tries until it succeeds, fails for good, or has failed too often. */
  async function retrying<T>(
    signal: AbortSignal | undefined,
    once: (attempt: number) => Promise<T>,
  ): Promise<T> {
    for (let failures = 1; ; failures++) {
      let failure: unknown;
      try {
        return await once(failures);
      } catch (error) {
        failure = tidied(error, signal);
      }
      if (failure instanceof ChatError) failure.attempts = failures;
      if (!isTransient(failure)) throw failure;
      const wait = waitBeforeRetry(failures, failure.retryAfter, retry, random);
      if (wait === undefined) throw failure;
      await clock.sleep(wait, signal).catch((error) => {
        throw tidied(error, signal);
      });
    }
  }

  return {
    complete(request, call = {}) {
      return retrying(call.signal, async (number) => {
        const parts = attempt(request, call, number);
        for (;;) {
          const { done, value } = await parts.next();
          if (done) return value;
        }
      });
    },
    async *stream(request, call = {}) {
      const { parts, first } = await retrying(call.signal, async (number) => {
        const parts = attempt(request, call, number);
        return { parts, first: await parts.next() };
      });
      if (first.done) return first.value;
      try {
        yield first.value;
        return yield* parts;
      } finally {
        await parts.return(undefined as never);
      }
    },
    models: ({ signal } = {}) =>
      retrying(signal, async () => {
        const admission = await admissions.admit(NOTHING, signal);
        try {
          const opened = await open("GET", "/models", undefined, signal);
          try {
            if (opened.status !== 200) throw await readError(opened, clock.now());
            return readModels(await readText(opened.body, LONGEST_LIST, "refuse"));
          } finally {
            opened.close();
          }
        } finally {
          admission.end("unknown", NOTHING);
        }
      }),
    spent: admissions.spent,
    close: () => agent.destroy(),
  };
}

function readModels(text: string): string[] {
  try {
    return modelList.parse(JSON.parse(text)).data.map(({ id }) => id);
  } catch (cause) {
    throw new ChatError("protocol", "The server's list of models cannot be read.", { cause });
  }
}

function checkedAddress(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new RangeError(
      `The address must be like http://127.0.0.1:8080/v1; got ${JSON.stringify(baseUrl)}.`,
    );
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new RangeError(`${url.origin}: the address must have no user, query or fragment: give \`apiKey\`.`);
  return url;
}
