import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../../data/root";
import { type AbilityOptions, ableModel, madeUpSet, TEST_SETTINGS } from "../testingModel";

/** Helpers for tests of runs that are processes of their own. */

/** What such a process draws. */
export const KILLED_RUN = {
  sets: [madeUpSet("EN", 5), madeUpSet("ZH", 5)],
  samples: 32,
  settings: TEST_SETTINGS,
};

export function killedModel(pause?: AbilityOptions["pause"]) {
  return ableModel(KILLED_RUN.sets, () => ({ right: 0.5, trapped: 0.2 }), { pause });
}

export interface RunProcess {
  readonly isOver: boolean;
  /** Lets it begin, as soon as it has been loaded. */
  begin(): void;
  kill(): void;
  /** Resolves when it is over: with its exit code, or the signal that killed it, and what it has complained of. */
  readonly ended: Promise<{ readonly by: number | NodeJS.Signals; readonly complaints: string }>;
}

/** Starts a process that is to draw {@link KILLED_RUN} into a log. */
export function startRun(path: string, concurrency: number): RunProcess {
  const program = join(__dirname, "killedRun.ts");
  const child = spawn(process.execPath, ["--require", "tsx/cjs", program, path, String(concurrency)], {
    cwd: projectRoot(),
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  child.stdout.resume();
  return {
    get isOver() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    begin: () => void child.stdin.end("begin"),
    kill: () => void child.kill("SIGKILL"),
    ended: new Promise((resolve) => {
      child.once("close", (code, signal) => resolve({ by: code ?? signal!, complaints }));
    }),
  };
}
