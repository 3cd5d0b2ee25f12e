import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DataError } from "./error";
import { checkGzip } from "./gzip";
import { sha256OfFile } from "./hash";

export interface DownloadOptions {
  url: string;
  /** Where the file lands; until it is verified it is called `<path>.part`. */
  path: string;
  /** Left out with `bytes` where the origin publishes neither. */
  sha256?: string;
  bytes?: number;
  /** Bytes so far, of `bytes`. */
  onProgress?: (received: number, total: number | undefined) => void;
  /** Tries in one call; each goes on where the last broke off. Default 3. */
  attempts?: number;
  /** Milliseconds without a byte after which a try is given up. Default 30,000. */
  stallTimeout?: number;
}

/**
 * Downloads a file. A broken download is resumed (HTTP Range), in this call and in later ones; the file gets its name only when size and
 * hash are right, so that what has the name can be used. One of unknown size and hash is whole when the server has sent as much as it
 * announced; a gzip file, by its name, must also be whole by its own checksum.
 * @throws DataError that names the address, with expected and actual size or hash
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { url, path, bytes, attempts = 3 } = options;
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  // Without a checksum nothing would tell that the rest is another file's.
  if (bytes === undefined && !path.endsWith(".gz")) await rm(part, { force: true });
  let problem = "";
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const resumed = (await sizeOf(part)) > 0;
    let broken = false;
    problem = "";
    try {
      await receive(options, part);
    } catch (error) {
      if (error instanceof DataError) throw error;
      broken = true;
      problem = reason(error);
    }
    const size = await sizeOf(part);
    if (bytes === undefined ? broken || size === 0 : size < bytes) {
      const cause = problem === "" ? "" : ` (${problem})`;
      problem = `The download broke off after ${size}${bytes === undefined ? "" : ` of ${bytes}`} bytes${cause}.`;
      continue;
    }
    const wrong = await whatIsWrong(options, part, size);
    if (wrong === undefined) {
      await rename(part, path);
      return;
    }
    await rm(part, { force: true });
    problem = wrong;
    // What was resumed may have been the beginning of another file; what was fetched whole is simply wrong.
    if (!resumed) break;
  }
  throw new DataError(problem, { file: url }, "Try again, or use another source.");
}

async function whatIsWrong(
  { path, sha256, bytes }: DownloadOptions,
  part: string,
  size: number,
): Promise<string | undefined> {
  if (bytes !== undefined && size !== bytes) return `The file has ${size} bytes, expected ${bytes}.`;
  if (sha256 !== undefined) {
    const actual = await sha256OfFile(part);
    return actual === sha256 ? undefined : `The SHA-256 is ${actual}, expected ${sha256}.`;
  }
  if (!path.endsWith(".gz")) return undefined;
  try {
    await checkGzip(part);
    return undefined;
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
}

async function receive(
  { url, bytes, onProgress, stallTimeout = 30_000 }: DownloadOptions,
  part: string,
): Promise<void> {
  let received = await sizeOf(part);
  if (bytes !== undefined && received >= bytes) {
    if (received === bytes) return;
    await rm(part);
    received = 0;
  }
  const abort = new AbortController();
  const stalled = () => abort.abort(new Error(`nothing arrived for ${stallTimeout / 1000} s`));
  let timer = setTimeout(stalled, stallTimeout);
  try {
    const headers: Record<string, string> = { "Accept-Encoding": "identity" }; // a gzip file is to come as it is
    if (received > 0) headers["Range"] = `bytes=${received}-`;
    const response = await fetch(url, { headers, signal: abort.signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      if (response.status === 416) {
        await rm(part, { force: true });
        throw new Error("the server's file is not longer than what was here: begun anew");
      }
      const problem = `The server answered ${response.status} ${response.statusText}.`;
      throw new DataError(problem, { file: url }, "Try again later, or use another source.");
    }
    const goesOn = response.status === 206 && startOf(response) === received;
    if (!goesOn) received = 0; // a server without Range sends the whole file
    const out = await open(part, goesOn ? "a" : "w");
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        timer = setTimeout(stalled, stallTimeout);
        received += chunk.length;
        if (bytes !== undefined && received > bytes) break;
        await out.appendFile(chunk);
        onProgress?.(received, bytes);
      }
    } finally {
      await out.close();
    }
    if (bytes !== undefined && received > bytes) {
      await rm(part);
      const problem = `The server sends more than the ${bytes} bytes expected.`;
      throw new DataError(problem, { file: url }, "Try again later, or use another source.");
    }
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

function startOf(response: Response): number {
  const match = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
  return match === null ? -1 : Number(match[1]);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** The innermost cause: fetch wraps "getaddrinfo ENOTFOUND .." in "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reason(error.cause);
}
