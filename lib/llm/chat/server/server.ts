import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type ChatModel, ModelInputError } from "../chatModel";
import { type Clock, systemClock } from "../clock";
import { createTurns } from "../turns";
import { answer } from "./answer";
import { checkBodyHead, readJson } from "./body";
import { chatDialect, type Dialect, textDialect } from "./dialect";
import { ClientGone, errorBody, HttpError, refuseConnection } from "./error";
import { checkHost, checkKey, decoded, isLoopback, requireMethod } from "./head";
import { type CompletionTask, readChatRequest, readTextRequest } from "./requests";

export interface ServerLimits {
  /** Bytes of a request's body. Default 4 MiB. */
  readonly bodyBytes: number;
  /** Milliseconds until a body must have come. Default 30,000. */
  readonly bodyTime: number;
  /** Bytes of a request's head. Default 16 KiB. */
  readonly headBytes: number;
  /** Milliseconds until a head must have come, by Node's own clock as is the next; 0: no limit. Default 60,000. */
  readonly headTime: number;
  /** Milliseconds that a connection stays open without a request; 0: no limit. Default 75,000, more than most clients keep theirs. */
  readonly idleTime: number;
  /** Milliseconds that a client may take to read what was written. Default 60,000. */
  readonly writeTime: number;
  /** Requests that run at a time. Default 1: a model in this process has the processor to itself. */
  readonly running: number;
  /** Requests that wait for their turn. Default 16. */
  readonly queued: number;
  /** Completions of one request. Default 16. */
  readonly choices: number;
  /** Connections at a time. Default 128. */
  readonly connections: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  bodyBytes: 4 * 1024 * 1024,
  bodyTime: 30_000,
  headBytes: 16 * 1024,
  headTime: 60_000,
  idleTime: 75_000,
  writeTime: 60_000,
  running: 1,
  queued: 16,
  choices: 16,
  connections: 128,
};

export interface ChatServerOptions {
  readonly models: readonly ChatModel[];
  /** Default "127.0.0.1": no other machine can reach it. Any other address needs `apiKey`. */
  readonly host?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
  /** What requests must carry. Default: nothing. */
  readonly apiKey?: string;
  readonly limits?: Partial<ServerLimits>;
  /** Is told of what went wrong here; the client is told the request's name only. */
  readonly onError?: (error: unknown, requestId: string) => void;
  readonly clock?: Clock;
  /** Names of requests. Default: random UUIDs. */
  readonly createId?: () => string;
}

export interface ChatServer {
  /** The address up to and including "/v1". */
  readonly url: string;
  /**
   * Takes no more requests, sends those away that wait, lets those that run finish, and aborts them when `grace` milliseconds are over (default 10,000).
   * Resolves when every connection is closed. To call it again waits for the same.
   */
  close(grace?: number): Promise<void>;
}

/** Milliseconds for aborted requests to say so before their connections are cut, and for a body that is not wanted to end. */
const LAST_WORDS = 1_000;
const ROUTES: Readonly<Record<string, { dialect: Dialect; read: (body: unknown) => CompletionTask }>> = {
  "/v1/chat/completions": { dialect: chatDialect, read: readChatRequest },
  "/v1/completions": { dialect: textDialect, read: readTextRequest },
};

/**
 * Serves models by the protocol of OpenAI's chat completions and completions, with `/v1/models` and `/health`.
 * @throws RangeError for an address that others can reach without a key, and for two models of one name
 */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const { host = "127.0.0.1", port = 0, apiKey, clock = systemClock, createId = randomUUID } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const models = new Map(options.models.map((model) => [model.name, model]));
  if (models.size < options.models.length) throw new RangeError("Two models have the same name.");
  const isLocal = isLoopback(host);
  if (!isLocal && apiKey === undefined)
    throw new RangeError(
      `${host} can be reached from other machines: give an apiKey, or serve on 127.0.0.1.`,
    );
  const started = Math.floor(clock.now() / 1000);
  const turns = createTurns(limits);
  /** Of requests that wait or run. */
  const active = new Map<AbortController, "queued" | "running">();
  /** The last one of each connection. */
  const responses = new WeakMap<Socket, ServerResponse>();
  let closing: Promise<void> | undefined;

  // The body's time is kept here.
  const times = { headersTimeout: limits.headTime, keepAliveTimeout: limits.idleTime, requestTimeout: 0 };
  const server = createServer({ maxHeaderSize: limits.headBytes, ...times }, (request, response) => {
    const id = createId();
    response.setHeader("x-request-id", id);
    responses.set(request.socket, response);
    response.once("close", () => {
      if (closing) server.closeIdleConnections(); // Node would keep it open for the next request
    });
    handle(request, response, id).catch((error) => refuse(request, response, explain(error, id)));
  });
  server.maxConnections = limits.connections;
  server.on("clientError", (error, socket: Socket) => {
    if (responses.get(socket)?.headersSent) socket.destroy();
    else refuseConnection(error, socket);
  });

  async function handle(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    const path = (request.url ?? "").split("?")[0];
    if (isLocal) checkHost(request.headers.host);
    if (path === "/health") {
      requireMethod(request, "GET");
      const { running, queued } = turns;
      sendJson(response, closing ? 503 : 200, { status: closing ? "closing" : "ok", running, queued });
      return;
    }
    checkKey(request.headers.authorization, apiKey);
    if (path === "/v1/models" || path.startsWith("/v1/models/")) {
      requireMethod(request, "GET");
      const name = decoded(path.slice("/v1/models/".length));
      const list = [...models.keys()].map(described);
      sendJson(response, 200, name === "" ? { object: "list", data: list } : described(find(name).name));
      return;
    }
    if (!Object.hasOwn(ROUTES, path)) throw new HttpError(404, `There is no ${path} here.`);
    requireMethod(request, "POST");
    if (closing) throw goingAway();
    checkBodyHead(request, { bytes: limits.bodyBytes, time: limits.bodyTime });
    const { dialect, read } = ROUTES[path];
    const body = await readJson(request, { bytes: limits.bodyBytes, time: limits.bodyTime }, clock);
    const task = read(body);
    const model = find(task.model);
    checkTask(task, model);
    await complete(response, { model, task, dialect, id });
  }

  /** Waits for a turn, and answers. */
  async function complete(
    response: ServerResponse,
    job: { model: ChatModel; task: CompletionTask; dialect: Dialect; id: string },
  ): Promise<void> {
    if (closing) throw goingAway();
    if (turns.full) {
      const problem = `${turns.running} requests run and ${turns.queued} wait: no more may. Try again later.`;
      throw new HttpError(429, problem, { code: "queue_full", headers: { "retry-after": "1" } });
    }
    const abort = new AbortController();
    const { signal } = abort;
    const gone = () => {
      if (!response.writableFinished) abort.abort(new ClientGone());
    };
    response.once("close", gone);
    if (response.closed) gone(); // while its body was read
    active.set(abort, "queued");
    try {
      const endTurn = await turns.take(signal);
      active.set(abort, "running");
      try {
        const explained = (error: unknown) => explain(signal.aborted ? signal.reason : error, job.id);
        const { writeTime } = limits;
        await answer(response, { ...job, clock, writeTime, signal, explain: explained });
      } finally {
        endTurn();
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      active.delete(abort);
    }
  }

  function described(name: string): object {
    return {
      id: name,
      object: "model",
      created: started,
      owned_by: "reprise",
      context_length: find(name).contextLength,
    };
  }

  function find(name: string): ChatModel {
    const model = models.get(name);
    if (model) return model;
    const problem = `There is no model "${name}" here; there is ${[...models.keys()].join(", ") || "none"}.`;
    throw new HttpError(404, problem, { code: "model_not_found", param: "model" });
  }

  function checkTask({ inputs, n, maxTokens = 0 }: CompletionTask, { contextLength }: ChatModel): void {
    if (inputs.length * n > limits.choices)
      throw new HttpError(400, `n: At most ${limits.choices} completions a request.`, { param: "n" });
    if (maxTokens > contextLength)
      throw new HttpError(
        400,
        `max_tokens: This model's maximum context length is ${contextLength} tokens; got ${maxTokens}.`,
        { param: "max_tokens", code: "context_length_exceeded" },
      );
  }

  function explain(error: unknown, id: string): HttpError {
    if (error instanceof HttpError) return error;
    if (error instanceof ClientGone) return new HttpError(499, error.message);
    if (error instanceof ModelInputError) return new HttpError(400, error.message, { code: error.code });
    options.onError?.(error, id);
    return new HttpError(500, `The request ${id} failed here. The server's log says why.`);
  }

  /** Answers with an error, and waits a moment for the rest of the body: to close while it comes would cut off the answer. */
  function refuse(request: IncomingMessage, response: ServerResponse, error: HttpError): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const body = errorBody(error);
    const isUnread = !request.complete;
    response.writeHead(error.status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...error.headers,
      ...(isUnread || closing ? { connection: "close" } : {}),
    });
    if (!isUnread) {
      response.end(body);
      return;
    }
    response.write(body);
    const end = () => {
      cancel();
      response.end();
    };
    const cancel = clock.alarm(LAST_WORDS, end);
    request.once("end", end);
    request.once("close", end);
    request.resume();
  }

  async function shutDown(grace: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const abortAll = (state?: "queued") => {
      for (const [abort, now] of active) if (state === undefined || now === state) abort.abort(goingAway());
    };
    abortAll("queued");
    const overdue = new AbortController();
    const hurry = (async () => {
      await clock.sleep(grace, overdue.signal);
      abortAll();
      await clock.sleep(LAST_WORDS, overdue.signal);
      server.closeAllConnections();
    })().catch((error) => {
      if (!overdue.signal.aborted) throw error;
    });
    await closed;
    overdue.abort();
    await hurry;
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { address, family, port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${actual}/v1`,
    close(grace = 10_000) {
      closing ??= shutDown(grace);
      return closing;
    },
  };
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function goingAway(): HttpError {
  return new HttpError(503, "The server is closing.", { code: "closing", headers: { "retry-after": "5" } });
}
