import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";

/** A process, told apart from one that has its number later. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** When it started, as the system tells it. */
  readonly started: string;
}

/** The right to execute a run; nobody else has it until it is released or its holder has died. */
export interface Claim {
  release(): void;
}

/**
 * Claims a run, or tells who holds it. A claim is a file `<id>.<generation>` with its holder's identity; the highest generation
 * counts. Whoever finds a dead holder's claim makes the next generation by a hard link, which only one process can: so a claim is
 * taken over at once when its holder has been killed, and never by two.
 * @param folder  of the claims, on a disk that all processes see
 */
export function claim(folder: string, id: string): Claim | { readonly heldBy: ProcessIdentity } {
  mkdirSync(folder, { recursive: true });
  const mine = join(folder, `${id}.new-${process.pid}-${Math.random().toString(36).slice(2)}`);
  writeFileSync(mine, JSON.stringify(thisProcess()));
  try {
    for (;;) {
      const latest = Math.max(0, ...generations(folder, id));
      const holder = latest === 0 ? undefined : readHolder(join(folder, `${id}.${latest}`));
      if (holder === "gone") continue;
      if (holder !== undefined && isAlive(holder)) return { heldBy: holder };
      if (tryLink(mine, join(folder, `${id}.${latest + 1}`))) return { release: () => release(folder, id) };
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Frees a run: the files of all generations go, oldest first, so that ours counts until the end. */
function release(folder: string, id: string): void {
  for (const generation of generations(folder, id).sort((a, b) => a - b)) {
    rmSync(join(folder, `${id}.${generation}`), { force: true });
  }
}

/** Who executes a run now, if anyone. */
export function holderOf(folder: string, id: string): ProcessIdentity | undefined {
  const latest = Math.max(0, ...generations(folder, id));
  const holder = latest === 0 ? undefined : readHolder(join(folder, `${id}.${latest}`));
  return holder !== undefined && holder !== "gone" && isAlive(holder) ? holder : undefined;
}

function generations(folder: string, id: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${id}.`) && /^\d+$/.test(name.slice(id.length + 1)))
    .map((name) => Number(name.slice(id.length + 1)));
}

function readHolder(file: string): ProcessIdentity | "gone" {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw new Error(`${file} is no claim of a run: delete it. (${(error as Error).message})`);
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

let own: ProcessIdentity | undefined;

function thisProcess(): ProcessIdentity {
  own ??= { host: os.hostname(), pid: process.pid, started: startOf(process.pid) ?? "unknown" };
  return own;
}

/** A process of another machine counts as alive: it cannot be asked from here. */
function isAlive({ host, pid, started }: ProcessIdentity): boolean {
  return host !== os.hostname() || startOf(pid) === started;
}

/** When a process of this machine started; undefined where there is none of this number, or it waits to be buried. */
function startOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      // The fields after the command's name, which may hold spaces: state, parent, .. and as the 20th the start in clock ticks.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
      return fields[0] === "Z" || fields[0] === "X" ? undefined : `${bootId()} ${fields[19]}`;
    } catch {
      return undefined; // no such process
    }
  }
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined; // `ps` exits with 1 where there is no such process
  }
}

let boot: string | undefined;

/** Clock ticks count from the start of the machine. */
function bootId(): string {
  boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return boot;
}
