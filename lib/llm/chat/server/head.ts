import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { HttpError } from "./error";

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/**
 * Refuses requests that a web page sends here by way of a name of its own (DNS rebinding): a browser writes that name into the request's head.
 * @throws HttpError 403
 */
export function checkHost(header: string | undefined): void {
  const name = (header ?? "").replace(/:\d+$/, "");
  if (!isLoopback(name))
    throw new HttpError(403, `This server answers to 127.0.0.1 and localhost; the request is for "${name}".`);
}

/** @throws HttpError 401 */
export function checkKey(header: string | undefined, key: string | undefined): void {
  if (key === undefined) return;
  const given = /^Bearer (.*)$/i.exec(header ?? "")?.[1];
  const problem = given === undefined ? "The request has no key" : "The key is wrong";
  if (given === undefined || !isEqual(given, key))
    throw new HttpError(401, `${problem}: send it as "Authorization: Bearer <key>".`, {
      code: "invalid_api_key",
      headers: { "www-authenticate": "Bearer" },
    });
}

/** In a time that does not tell where the two differ, nor how long they are. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** @throws HttpError 405 */
export function requireMethod({ method, url }: IncomingMessage, allowed: "GET" | "POST"): void {
  if (method === allowed) return;
  throw new HttpError(405, `${url} takes ${allowed}, not ${method}.`, { headers: { allow: allowed } });
}

/** A part of a path. @throws HttpError 400 */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, `The path has an escape that is none: ${text}.`);
  }
}
