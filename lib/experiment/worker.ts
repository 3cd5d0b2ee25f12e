/*
 * The process that makes one run of a sweep: started by `sweep.ts`, told by a message what to do, and gone when it is done.
 */
import { join } from "node:path";
import { projectRoot } from "../data/root";
import { execute, type Outcome, type RunProgress } from "./execute";
import type { Experiment } from "./experiment";
import { RunStore } from "./store";

/** What a worker is told. */
export interface WorkerTask {
  /** The experiment's module, relative to the project's folder. */
  readonly entry: string;
  readonly config: unknown;
  readonly seed: number;
  readonly code: string;
  /** The store's folder. */
  readonly store: string;
}

/** What a worker tells. */
export type WorkerMessage =
  | { readonly kind: "progress"; readonly progress: RunProgress }
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "outcome"; readonly status: "stored" | "finished" | "busy" | "interrupted" }
  | { readonly kind: "outcome"; readonly status: "failed"; readonly message: string };

const PROGRESS_EVERY_MS = 200;

/** Asks the worker to stop; any other message is its task. */
export const STOP = "stop";

function serve(): void {
  const stopping = new AbortController();
  // Ctrl-C reaches the whole group of processes; the sweep says what it means. Without the sweep there is nobody to work for.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(1));
  process.on("message", (message: WorkerTask | typeof STOP) => {
    if (message === STOP) stopping.abort();
    else void work(message, stopping.signal);
  });
}

async function work({ entry, config, seed, code, store }: WorkerTask, signal: AbortSignal): Promise<void> {
  const { experiment }: { experiment: Experiment<unknown> } = require(join(projectRoot(), entry));
  let told = 0;
  const outcome = await execute(experiment, config, seed, {
    store: new RunStore(store, (text) => tell({ kind: "warning", text })),
    signal,
    code,
    onProgress(progress) {
      if (performance.now() - told < PROGRESS_EVERY_MS) return;
      told = performance.now();
      tell({ kind: "progress", progress });
    },
  });
  // Leaves when the sweep has the message.
  process.send?.(outcomeMessage(outcome), undefined, undefined, () => process.exit(0));
}

function outcomeMessage(outcome: Outcome): WorkerMessage {
  if (outcome.status === "failed") return { kind: "outcome", status: "failed", message: outcome.message };
  return { kind: "outcome", status: outcome.status };
}

function tell(message: WorkerMessage): void {
  process.send?.(message);
}

if (require.main === module) serve();
