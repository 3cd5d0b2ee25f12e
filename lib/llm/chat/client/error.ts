/** What went wrong with a request, as far as it tells what to do about it. */
export type ChatErrorKind =
  /** 400, 413, 415, 422 and the like: the request itself is wrong. */
  | "badRequest"
  /** Prompt and completion do not fit into the model's context. */
  | "contextLength"
  /** 401 */
  | "authentication"
  /** 403 */
  | "permission"
  /** 404 */
  | "notFound"
  /** 409 */
  | "conflict"
  /** 429 */
  | "rateLimit"
  /** 429 that no waiting mends: the account is used up. */
  | "quota"
  /** 5xx, or an error that the server sent within a stream. */
  | "server"
  /** No connection, or one that broke. */
  | "connection"
  /** Connecting, the first byte or the next chunk took too long, or the server said so (408). */
  | "timeout"
  /** All of it took too long: the same request would again. */
  | "deadline"
  /** The answer is not what the protocol says. */
  | "protocol"
  /** A limit of ours would be passed. */
  | "budget"
  /** The server failed so often in a row that it is left alone for a while. */
  | "circuitOpen"
  /** The caller's signal. */
  | "aborted";

export interface ChatErrorDetails {
  readonly status?: number;
  /** The protocol's name of the error, such as "model_not_found". */
  readonly code?: string;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number;
  /** What had been written before the error. */
  readonly partial?: string;
  /** The server's name of the request, to look it up in its log. */
  readonly requestId?: string;
  readonly cause?: unknown;
}

/** A request to a chat server that got no answer. */
export class ChatError extends Error {
  readonly status?: number;
  readonly code?: string;
  readonly retryAfter?: number;
  readonly partial: string;
  readonly requestId?: string;
  /** How many attempts were made in all. */
  attempts = 1;

  constructor(
    readonly kind: ChatErrorKind,
    message: string,
    { status, code, retryAfter, partial = "", requestId, cause }: ChatErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ChatError";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.partial = partial;
    this.requestId = requestId;
  }
}

const TRANSIENT: readonly ChatErrorKind[] = ["conflict", "rateLimit", "server", "connection", "timeout"];

/** Whether the same request may succeed later. @see OlymMATH spec, section 3b: 408, 409, 429, 5xx and the network */
export function isTransient(error: unknown): error is ChatError {
  return error instanceof ChatError && TRANSIENT.includes(error.kind);
}

/** What an error body says, in any of the forms that servers use. */
export interface ErrorBody {
  readonly message?: string;
  readonly code?: string;
}

/** Reads `{"error": {"message", "code", "type"}}`, `{"error": "..."}`, `{"message", "code"}` and `{"detail": "..."}`. */
export function readErrorBody(body: unknown): ErrorBody {
  if (typeof body !== "object" || body === null) return {};
  const { error, message, detail, code, type } = body as Record<string, unknown>;
  if (typeof error === "object") return readErrorBody(error);
  const text = [error, message, detail].find((entry) => typeof entry === "string") as string | undefined;
  const name = [code, type].find((entry) => typeof entry === "string" || typeof entry === "number");
  return { message: text, code: name === undefined ? undefined : String(name) };
}

const TOO_LONG = /context (length|window|size)|too many tokens|prompt is too long/i;

/** The kind of error that a status stands for, with what the body says. */
export function kindOfStatus(status: number, { message = "", code = "" }: ErrorBody): ChatErrorKind {
  if (status === 401) return "authentication";
  if (status === 403) return "permission";
  if (status === 404) return "notFound";
  if (status === 408) return "timeout";
  if (status === 409) return "conflict";
  if (status === 429) return code === "insufficient_quota" ? "quota" : "rateLimit";
  if (status >= 500) return "server";
  if (status < 400) return "protocol"; // a redirection is not followed: it would take the key elsewhere
  return code === "context_length_exceeded" || TOO_LONG.test(message) ? "contextLength" : "badRequest";
}
