import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** An answer that says why a request was refused. */
export class HttpError extends Error {
  readonly code: string | null;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: number,
    message: string,
    {
      code = null,
      param = null,
      headers = {},
    }: { code?: string | null; param?: string | null; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.name = "HttpError";
    this.code = code;
    this.param = param;
    this.headers = headers;
  }
}

/** The protocol's error body. */
export function errorBody({ status, message, code, param }: HttpError): string {
  return JSON.stringify({ error: { message, type: typeOf(status), param, code } });
}

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 404) return "not_found_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

/** There is nobody left to answer. */
export class ClientGone extends Error {
  constructor(why = "The client has gone.") {
    super(why);
    this.name = "ClientGone";
  }
}

/** Answers what is no HTTP request, or has too long a head, or does not come to its end: Node has no response for it. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, message] = CONNECTION_ERRORS[error.code ?? ""] ?? [400, "This is no HTTP request."];
  const body = errorBody(new HttpError(status, message));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Node's names of them. */
const CONNECTION_ERRORS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "The head of the request is too long."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The head of the request took too long."],
};
