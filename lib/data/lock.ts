import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataError } from "./error";

export interface LockOptions {
  /** Milliseconds to wait for another process. Default 30 minutes. */
  timeout?: number;
  /** Milliseconds between looks. Default 200. */
  interval?: number;
}

/** Milliseconds after which a lock without a process id counts as abandoned. */
const ANONYMOUS_PATIENCE = 10_000;

/**
 * Runs `work` while no other process holds the same lock (test workers fetching one data set at a time). A lock is a folder
 * with its holder's process id; one whose holder is gone counts as free.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { timeout = 1_800_000, interval = 200 }: LockOptions = {},
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const start = Date.now();
  while (!(await acquire(path))) {
    if (Date.now() - start > timeout) {
      const problem = `Another process has held the lock for ${Math.round(timeout / 1000)} s.`;
      throw new DataError(problem, { file: path }, "If no other process is fetching, delete this folder.");
    }
    await new Promise((resume) => setTimeout(resume, interval));
  }
  try {
    return await work();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function acquire(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    await writeFile(join(path, "pid"), String(process.pid));
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    if (await isAbandoned(path)) await rm(path, { recursive: true, force: true });
    return false;
  }
}

/** Its holder is gone, or died between making the folder and writing its id. */
async function isAbandoned(path: string): Promise<boolean> {
  const holder = Number(await readFile(join(path, "pid"), "utf8").catch(() => ""));
  if (Number.isInteger(holder) && holder > 0) return !isAlive(holder);
  const made = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  return Date.now() - made > ANONYMOUS_PATIENCE;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
