import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { DataError } from "./error";
import { sha256OfFile } from "./hash";

/**
 * The hash of a file whose origin publishes none: that of its first download, in a file beside it that `sha256sum --check` reads too.
 */
export function recordPath(path: string): string {
  return `${path}.sha256`;
}

/**
 * The recorded hash, or undefined where none is.
 * @throws DataError where the record is not one
 */
export async function recordedHash(path: string): Promise<string | undefined> {
  const record = recordPath(path);
  if (!existsSync(record)) return undefined;
  const [, hash] = /^([0-9a-f]{64}) [ *]/.exec(await readFile(record, "utf8")) ?? [];
  if (hash !== undefined) return hash;
  throw new DataError(
    "The file does not begin with a SHA-256.",
    { file: record },
    "Remove it, and the next fetch makes it anew.",
  );
}

/**
 * Records the hash of a file just downloaded, or holds it to the one that an earlier download left.
 * @param downloaded where the file lies now
 * @param path       where it is going to lie
 * @throws DataError where the origin sends another file than before
 */
export async function recordDownload(downloaded: string, path: string): Promise<void> {
  const [earlier, hash] = [await recordedHash(path), await sha256OfFile(downloaded)];
  const record = recordPath(path);
  if (earlier !== undefined && earlier !== hash)
    throw new DataError(
      `The SHA-256 is ${hash}, that of the first download was ${earlier}: the origin's file has changed.`,
      { file: downloaded },
      `Remove ${record} to accept the new one.`,
    );
  if (earlier !== undefined) return;
  await writeFile(`${record}.part`, `${hash}  ${basename(path)}\n`);
  await rename(`${record}.part`, record);
}
