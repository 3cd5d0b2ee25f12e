import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { TraceReport } from "../lib/tensor";
import type { Workload } from "./workload";

/** What a subject knows of itself when it is done. */
export interface Closing {
  /** Highest resident memory of its process, in bytes; absent for a subject in this process. */
  readonly peakBytes?: number;
  /** The same before the work was set up: the runtime alone. */
  readonly baseBytes?: number;
  readonly reports: readonly TraceReport[];
}

/** Something whose time is taken: a workload in this process, or one in another. */
export interface Subject {
  readonly name: string;
  /** Seconds of the first run of all. */
  readonly firstSeconds: number;
  /** Seconds a run, over so many runs in a row. */
  sample(runs: number): Promise<number>;
  close(): Promise<Closing>;
}

export function timeRuns(workload: Workload, runs: number): number {
  const start = performance.now();
  for (let i = 0; i < runs; i++) workload.run();
  return (performance.now() - start) / 1000 / runs;
}

export function localSubject(name: string, workload: Workload): Subject {
  const firstSeconds = timeRuns(workload, 1);
  return {
    name,
    firstSeconds,
    sample: async (runs) => timeRuns(workload, runs),
    async close() {
      const reports = workload.report();
      workload.dispose();
      return { reports };
    },
  };
}

/** A process that answers one line of JSON for each it gets; see serve.ts and torch/serve.py. */
export async function remoteSubject(
  name: string,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Subject> {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const failure = new Promise<never>((_, reject) => {
    child.once("error", (error) => reject(new Error(`${name}: ${command} did not start: ${error.message}`)));
  });
  failure.catch(() => undefined); // it is awaited only while an answer is outstanding
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const line = await Promise.race([lines.next(), failure]);
    if (line.done) {
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      throw new Error(`${name}: the process ended early with ${child.exitCode ?? child.signalCode}`);
    }
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const ready = await answer();
  return {
    name,
    firstSeconds: ready.firstSeconds as number,
    async sample(runs) {
      child.stdin!.write(`${JSON.stringify({ runs })}\n`);
      return (await answer()).seconds as number;
    },
    async close() {
      child.stdin!.write(`${JSON.stringify({ end: true })}\n`);
      const closing = (await answer()) as unknown as Closing;
      await ended(child);
      return closing;
    },
  };
}

/** The same workload in a fresh process of its own. */
export function isolatedSubject(
  name: string,
  { benchmark, size, variant }: { benchmark: string; size: number; variant: string },
  environment: Readonly<Record<string, string>> = {},
): Promise<Subject> {
  const args = ["--require", "tsx/cjs", path.join(__dirname, "serve.ts"), benchmark, String(size), variant];
  return remoteSubject(name, process.execPath, args, environment);
}

/** PyTorch's side of a benchmark, where REPRISE_TORCH_PYTHON names a Python that has it. */
export function torchSubjectProcess(
  name: string,
  { python, benchmark, size, variant }: { python: string; benchmark: string; size: number; variant: string },
): Promise<Subject> {
  const script = path.join(__dirname, "torch", "serve.py");
  return remoteSubject(name, python, [script, benchmark, String(size), variant]);
}

async function ended(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
