import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock";
import { ClientGone, HttpError } from "./error";

export interface BodyLimits {
  /** Bytes. */
  readonly bytes: number;
  /** Milliseconds until all of it must have come. */
  readonly time: number;
}

/**
 * Checks what a request's head says about its body.
 * @throws HttpError 413, 415
 */
export function checkBodyHead({ headers }: IncomingMessage, { bytes }: BodyLimits): void {
  const [type, ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  // Anything else could be sent by a form of any web page, without the browser asking first.
  if (type.trim() !== "application/json")
    throw new HttpError(415, `The body must be application/json; got ${type.trim() || "no content-type"}.`);
  const charset = parameters.map((entry) => /^\s*charset\s*=\s*"?([^"\s]*)/.exec(entry)?.[1]).find(Boolean);
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8")
    throw new HttpError(415, `The body must be UTF-8; got ${charset}.`);
  const encoding = headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding !== "identity") throw new HttpError(415, `The body must not be compressed; got ${encoding}.`);
  if (Number(headers["content-length"] ?? 0) > bytes) throw tooLarge(bytes);
}

/**
 * Reads a request's body as JSON.
 * @throws HttpError 400, 408, 413; ClientGone
 */
export async function readJson(
  request: IncomingMessage,
  { bytes: most, time }: BodyLimits,
  clock: Clock,
): Promise<unknown> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    let bytes = 0;
    const cancel = clock.alarm(time, () =>
      end(new HttpError(408, `The body was not complete within ${time / 1000} s.`)),
    );
    const end = (error?: Error) => {
      cancel();
      request.off("data", take);
      if (error) reject(error);
      else resolve();
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) end(tooLarge(most));
      else chunks.push(chunk);
    };
    request.on("data", take);
    request.once("end", () => end());
    request.once("error", () => end(new ClientGone()));
    request.once("close", () => end(new ClientGone()));
  });
  return parse(Buffer.concat(chunks));
}

function parse(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError(400, "The body is not valid UTF-8.");
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpError(
      400,
      `The body is not valid JSON: ${error instanceof Error ? error.message : error}.`,
    );
  }
}

function tooLarge(bytes: number): HttpError {
  return new HttpError(413, `The body is larger than the ${bytes} bytes allowed.`);
}
