import { connect, type Socket } from "node:net";
import type { ChatModel } from "../chatModel";
import { createTestClock, type ScriptedModel, scriptedModel, settled, type TestClock } from "../testing";
import { type ChatServer, type ChatServerOptions, startChatServer } from "./server";

export interface ServerScene extends ChatServer {
  readonly clock: TestClock;
  /** Errors that the server reported of itself. */
  readonly errors: unknown[];
  /** Sends a request to a path below the server's root; an object is sent as JSON. */
  send(path: string, body?: object | string, init?: RequestInit): Promise<Answered>;
  /** Sends bytes as they are, and returns all that comes until the server hangs up. */
  raw(text: string | Buffer): Promise<string>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says, for a test to look into
  readonly json: any;
}

/** Runs `act` beside a server of this model on a free port. */
export async function withChatServer(
  model: ChatModel | readonly ChatModel[],
  act: (scene: ServerScene) => Promise<void>,
  options: Partial<ChatServerOptions> = {},
): Promise<void> {
  const clock = createTestClock({ start: 5_000 });
  const errors: unknown[] = [];
  let requests = 0;
  const server = await startChatServer({
    models: "complete" in model ? [model] : model,
    clock,
    onError: (error) => errors.push(error),
    createId: () => `r${++requests}`,
    ...options,
    // However slow the machine is.
    limits: { headTime: 0, idleTime: 0, ...options.limits },
  });
  const { port, origin } = new URL(server.url);
  try {
    await act({
      ...server,
      clock,
      errors,
      async send(path, body, { headers, ...init } = {}) {
        const response = await fetch(`${origin}${path}`, {
          method: body === undefined ? "GET" : "POST",
          headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
          body: typeof body === "object" ? JSON.stringify(body) : body,
          ...init,
        });
        const text = await response.text();
        const isJson = response.headers.get("content-type") === "application/json";
        return {
          status: response.status,
          headers: response.headers,
          text,
          json: isJson ? JSON.parse(text) : undefined,
        };
      },
      raw: (text) =>
        new Promise((resolve, reject) => {
          const socket: Socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
          let answer = "";
          socket.setEncoding("utf8");
          socket.on("data", (part) => {
            answer += part;
          });
          socket.on("close", () => resolve(answer));
          socket.on("error", reject);
        }),
    });
  } finally {
    const closed = server.close(0);
    await clock.advance(60_000);
    await closed;
  }
}

export const CHAT = "/v1/chat/completions";
export const ASKED = { model: "scripted", messages: [{ role: "user", content: "Hello?" }] };

/** A model that says "Hello" in two tokens. */
export function hello(): ScriptedModel {
  return scriptedModel(["Hel", "lo"]);
}

/** A model that says "Hello", and waits in the middle of it until the gate of its request is opened. */
export function waiting(): { readonly model: ScriptedModel; readonly gates: (() => void)[] } {
  const gates: (() => void)[] = [];
  const model = scriptedModel((_, signal) => [
    "Hel",
    () =>
      new Promise<void>((resolve, reject) => {
        gates.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    "lo",
  ]);
  return { model, gates };
}

/** Waits for what other parts of this process bring about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled();
}

/** The JSON values of a stream's events. */
export function events(text: string): unknown[] {
  return text
    .trimEnd()
    .split("\n\n")
    .map((event) => event.slice("data: ".length))
    .map((data) => (data === "[DONE]" ? data : JSON.parse(data)));
}
