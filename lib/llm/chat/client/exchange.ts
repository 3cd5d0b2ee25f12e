import * as http from "node:http";
import * as https from "node:https";
import type { Clock } from "../clock";
import { ChatError } from "./error";

/** Milliseconds; Infinity for none. */
export interface Timeouts {
  /** Until the connection stands, name look-up and TLS included. */
  readonly connect: number;
  /** From then until the answer's head. A server that does not stream thinks all its thoughts in this time. */
  readonly firstByte: number;
  /** Between two chunks of the answer, while somebody waits for the next. */
  readonly idle: number;
  /** Of one attempt, from its beginning to its last byte. */
  readonly total: number;
}

/** @see OlymMATH spec, section 3b: 30 minutes in all, since models that reason take long; the others are our choice */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connect: 10_000,
  firstByte: Number.POSITIVE_INFINITY,
  idle: 120_000,
  total: 1_800_000,
};

export interface ExchangeRequest {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  readonly agent: http.Agent;
  readonly signal?: AbortSignal;
}

export interface Exchange {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** To be called in the end. Where the answer is not complete it closes the connection, and so tells the server to stop. */
  close(): void;
}

/** An agent that keeps connections open between requests; the open ones do not keep the process alive. */
export function createAgent(url: URL): http.Agent {
  const options = { keepAlive: true };
  return url.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
}

/**
 * Sends one request; resolves with the head of the answer, whatever its status. Redirections are not followed: the key would go with them. `node:http` and
 * not `fetch`, whose own limits of five minutes for head and chunks cannot be changed, and which knows no time for connecting alone.
 * @throws ChatError "connection", "timeout", "deadline" or "aborted", here and while the body is read
 */
export function exchange(options: ExchangeRequest): Promise<Exchange> {
  const { url, method, headers, body, timeouts, clock, agent, signal } = options;
  const send = url.protocol === "https:" ? https.request : http.request;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortedBy(signal));
      return;
    }
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const request = send(url, { method, agent, headers: { ...headers, ...length } });
    /** Why we ended it ourselves. */
    let reason: ChatError | undefined;
    let cancelAlarm = () => {};
    const end = (error: ChatError) => {
      reason ??= error;
      request.destroy(reason);
    };
    const late = (kind: "timeout" | "deadline", what: string, ms: number) => () =>
      end(new ChatError(kind, `${url.origin}: ${what} ${ms / 1000} s.`));
    const expect = (what: string, ms: number) => {
      cancelAlarm();
      cancelAlarm = clock.alarm(ms, late("timeout", what, ms));
    };
    const abort = () => end(abortedBy(signal!));
    const cancelDeadline = clock.alarm(
      timeouts.total,
      late("deadline", "the answer was not complete after", timeouts.total),
    );
    const settle = () => {
      cancelAlarm();
      cancelDeadline();
      signal?.removeEventListener("abort", abort);
    };
    signal?.addEventListener("abort", abort, { once: true });

    expect("there was no connection after", timeouts.connect);
    request.on("socket", (socket) => {
      const connected = () => expect("the server did not answer within", timeouts.firstByte);
      if (socket.connecting) socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected);
      else connected();
    });
    request.on("error", (error) => {
      settle();
      reject(reason ?? broken(url, error));
    });
    request.on("response", (response) => {
      cancelAlarm();
      const close = () => {
        settle();
        if (!response.complete) request.destroy();
      };
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: chunks(response),
        close,
      });
    });
    request.end(body);

    async function* chunks(response: http.IncomingMessage): AsyncGenerator<Uint8Array, void> {
      const reader: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
      try {
        for (;;) {
          expect("nothing more arrived for", timeouts.idle);
          const { done, value } = await reader.next();
          cancelAlarm();
          if (done) return;
          yield value;
        }
      } catch (error) {
        throw reason ?? broken(url, error);
      }
    }
  });
}

function abortedBy(signal: AbortSignal): ChatError {
  return new ChatError("aborted", "The request was aborted.", { cause: signal.reason });
}

function broken(url: URL, error: unknown): ChatError {
  const why = error instanceof Error ? error.message || error.name : String(error);
  return new ChatError("connection", `${url.origin}: the connection failed: ${why}.`, { cause: error });
}
