import { type PlannedRun, splitByState } from "../experiment/plan";
import { RunStore } from "../experiment/store";
import { type SweepSummary, sweep } from "../experiment/sweep";
import { parseJobs, parseMemory } from "./experiments";
import type { StatusStream } from "./statusLine";
import { sweepScreen } from "./sweepScreen";

/** Options of every command that makes runs. */
export interface SweepCommandOptions {
  jobs?: string;
  memory?: string;
  dryRun?: boolean;
}

/** The exit code after Ctrl-C. */
export const INTERRUPTED = 130;
/** How many lines of a failure are shown at the end. */
const SHOWN_LINES = 6;

/**
 * Makes the runs that are missing, showing how it goes; Ctrl-C stops after the running steps, a second one at once.
 * @returns the exit code, or undefined where every run is there
 */
export async function makeRuns(
  runs: readonly PlannedRun[],
  { jobs = "1", memory, dryRun = false }: SweepCommandOptions,
  { store, stream = process.stderr }: { store?: RunStore; stream?: StatusStream } = {},
): Promise<number | undefined> {
  const options = {
    jobs: parseJobs(jobs),
    memoryBytes: memory === undefined ? undefined : parseMemory(memory),
  };
  const screen = sweepScreen(stream);
  const from = store ?? new RunStore(undefined, (text) => screen.print(`! ${text}`));
  if (dryRun) {
    console.log(describePlan(runs, from));
    return 0;
  }
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    screen.print("Stopping after the running steps; press Ctrl-C again to stop at once.");
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const summary = await sweep(runs, {
      ...options,
      store: from,
      signal: stop.signal,
      onState: (state) => screen.state(state),
      onEnd: (run, end) => screen.end(run, end),
      onWarning: (text) => screen.print(`! ${text}`),
    });
    screen.stop();
    stream.write(`${describeSummary(summary)}\n`);
    if (stop.signal.aborted) return INTERRUPTED;
    return summary.failed.length > 0 ? 1 : undefined;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** What would run, and what is stored already. */
export function describePlan(runs: readonly PlannedRun[], store: RunStore): string {
  const stored = new Set(splitByState(runs, store).stored);
  const lines = runs.map((run) => `${stored.has(run) ? "stored " : "missing"}  ${run.id}  ${run.label}`);
  return [...lines, "", `${runs.length - stored.size} of ${runs.length} runs are missing.`].join("\n");
}

export function describeSummary({ stored, finished, failed, left }: SweepSummary): string {
  const counts = [
    `${finished.length} made`,
    ...(stored.length > 0 ? [`${stored.length} stored before`] : []),
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(left.length > 0 ? [`${left.length} left: the same command goes on with them`] : []),
  ];
  const failures = failed.map(
    ({ run, message }) => `✗ ${run.label} (${run.id})\n${indented(message, run.id)}`,
  );
  return [`Runs: ${counts.join(", ")}.`, ...failures].join("\n");
}

/** A failure without its stack, which `runs show` has. */
function indented(message: string, id: string): string {
  const lines = message.split("\n");
  const told = lines.filter((line) => !/^\s+at /.test(line));
  const more = told.length < lines.length ? [`npx reprise runs show ${id} tells where`] : [];
  return [...told.slice(0, SHOWN_LINES), ...more].map((line) => `    ${line}`).join("\n");
}
