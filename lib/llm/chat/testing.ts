import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatModel, ModelPiece, ModelRequest } from "./chatModel";
import type { Clock } from "./clock";

/** Helpers for the tests of client and server: time that passes when the test says so, models that say what they are told, servers that fail. */

export interface TestClock extends Clock {
  /** Lets time pass. What is due is woken in the order of its time, each before the next. */
  advance(ms: number): Promise<void>;
  /** The times of all sleeps asked for. */
  readonly sleeps: readonly number[];
  /** Resolves when somebody sleeps. */
  asleep(): Promise<void>;
  /** How many alarms are set. */
  readonly alarms: number;
}

export interface TestClockOptions {
  /** Sleepers are woken at once, and it is later then. */
  readonly skip?: boolean;
  readonly start?: number;
}

export function createTestClock({ skip = false, start = 0 }: TestClockOptions = {}): TestClock {
  interface Entry {
    readonly time: number;
    readonly isAlarm: boolean;
    readonly wake: () => void;
  }
  const entries = new Set<Entry>();
  const sleeps: number[] = [];
  const watchers: (() => void)[] = [];
  let now = start;

  async function advanceTo(end: number): Promise<void> {
    for (;;) {
      const due = [...entries].filter(({ time }) => time <= end).sort((a, b) => a.time - b.time)[0];
      if (due === undefined) break;
      entries.delete(due);
      now = Math.max(now, due.time);
      due.wake();
      await settled();
    }
    now = end;
  }

  return {
    now: () => now,
    sleeps,
    get alarms() {
      return [...entries].filter(({ isAlarm }) => isAlarm).length;
    },
    advance: (ms) => advanceTo(now + ms),
    asleep: () =>
      [...entries].some(({ isAlarm }) => !isAlarm)
        ? Promise.resolve()
        : new Promise((resolve) => watchers.push(resolve)),
    alarm(ms, ring) {
      if (ms === Number.POSITIVE_INFINITY) return () => {};
      const entry = { time: now + ms, isAlarm: true, wake: ring };
      entries.add(entry);
      return () => entries.delete(entry);
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      if (skip) return advanceTo(now + ms);
      await new Promise<void>((resolve, reject) => {
        const entry = { time: now + ms, isAlarm: false, wake: resolve };
        entries.add(entry);
        signal?.addEventListener(
          "abort",
          () => {
            entries.delete(entry);
            reject(signal.reason);
          },
          { once: true },
        );
        for (const watcher of watchers.splice(0)) watcher();
      });
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise, and what resolves it. */
export function gate<T = void>(): { readonly promise: Promise<T>; readonly open: (value: T) => void } {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

export interface ScriptedModel extends ChatModel {
  /** What it was asked. */
  readonly requests: readonly ModelRequest[];
  /** Signals of the requests. */
  readonly signals: readonly AbortSignal[];
}

/** What a script says next: text, a piece, or something to wait for or to throw. */
export type Step = string | Partial<ModelPiece> | (() => Promise<void>);

/** A model that says, whatever it is asked, what the script tells; each text is a token, and the prompt has 7. It ends by "stop" where the script does not say. */
export function scriptedModel(
  script: readonly Step[] | ((request: ModelRequest, signal: AbortSignal) => readonly Step[]),
  { name = "scripted", contextLength = 100 } = {},
): ScriptedModel {
  const requests: ModelRequest[] = [];
  const signals: AbortSignal[] = [];
  return {
    name,
    contextLength,
    requests,
    signals,
    async *complete(request, signal) {
      requests.push(request);
      signals.push(signal);
      let completionTokens = 0;
      let ended = false;
      for (const step of typeof script === "function" ? script(request, signal) : script) {
        if (typeof step === "function") {
          await step();
          continue;
        }
        const piece = typeof step === "string" ? { text: step } : step;
        if (piece.text) completionTokens++;
        ended = piece.finishReason !== undefined;
        yield { text: "", usage: { promptTokens: 7, completionTokens }, ...piece };
      }
      if (!ended) yield { text: "", usage: { promptTokens: 7, completionTokens }, finishReason: "stop" };
    },
  };
}

export interface FaultServer {
  /** With "/v1". */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

export type Answer = (response: ServerResponse, request: RecordedRequest) => unknown;

/** Runs `work` beside a server that answers the k-th request by the k-th answer, and further ones by the last. */
export async function withFaultServer<T>(
  answers: readonly Answer[],
  work: (server: FaultServer) => Promise<T>,
): Promise<T> {
  const requests: RecordedRequest[] = [];
  // Connections stay open however slow the machine is: Node would close them after 5 s.
  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const { method = "", url: path = "", headers } = request;
    const recorded = { method, path, headers, body: text === "" ? {} : JSON.parse(text) };
    requests.push(recorded);
    answers[Math.min(requests.length, answers.length) - 1](response, recorded);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    const { port } = server.address() as AddressInfo;
    return await work({ url: `http://127.0.0.1:${port}/v1`, requests });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Answers with a status, a JSON body and further headers. */
export function status(code: number, body: object, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

/** A chunk of a chat's stream. */
export function chunk(content: string, finish: string | null = null, more: object = {}): string {
  const choice = { index: 0, delta: { content }, finish_reason: finish, ...more };
  return `data: ${JSON.stringify({ id: "chatcmpl-1", model: "m", choices: [choice] })}\n\n`;
}

/** Answers with a stream of these parts, each sent before the next is written; "break" hangs up, "hang" waits for ever. */
export function stream(...parts: (string | Uint8Array)[]): Answer {
  return async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const part of parts) {
      if (part === "hang") return response.flushHeaders();
      if (part === "break") return void response.destroy();
      await new Promise((resolve) => response.write(part, resolve));
    }
    response.end();
  };
}

export const DONE = "data: [DONE]\n\n";
