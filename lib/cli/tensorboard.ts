import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { exportTensorboard } from "../experiment/runExport";
import { CommandError } from "./errors";
import { type ProjectPaths, projectPaths, venvProgram } from "./paths";
import { openStore, runsOf } from "./store";

const LIST = "requirements-tensorboard.txt";

/**
 * `reprise tensorboard`: TensorBoard on the stored runs, until the user ends it. It is installed at its first use.
 * @param given  the experiment whose runs are shown, all of them without one; then TensorBoard's own options (`--port 6007`)
 * @returns 0, as Ctrl-C is how it ends
 * @throws CommandError where it cannot be installed or ends by itself with an error
 */
export async function openTensorboard(
  given: readonly string[],
  paths: ProjectPaths = projectPaths(),
): Promise<number> {
  const { experiment, options } = readArguments(given);
  const store = openStore();
  const runs = runsOf(store, experiment);
  if (runs.length === 0)
    throw new CommandError(`there are no runs in ${store.folder}`, [
      "npx reprise ablate t2arec losses --preset smoke",
    ]);
  const program = tensorboardProgram(paths);
  // A folder of the events alone: TensorBoard would read through all that the runs have left beside them.
  const events = mkdtempSync(join(os.tmpdir(), "reprise-tensorboard-"));
  try {
    exportTensorboard(runs, events);
    console.log(`${runs.length} runs; Ctrl-C ends TensorBoard.`);
    const code = await untilEnded(program, ["--logdir", events, ...options]);
    if (code !== 0)
      throw new CommandError(`TensorBoard ended with exit code ${code} (see above)`, [
        "where its port is in use: name another with --port, or none, and it takes one that is free",
      ]);
    return 0;
  } finally {
    rmSync(events, { recursive: true, force: true });
  }
}

/** @throws CommandError for an option that is ours to set */
function readArguments(given: readonly string[]): { experiment?: string; options: readonly string[] } {
  const [first, ...rest] = given;
  const named = first !== undefined && !first.startsWith("-");
  const options = named ? rest : given;
  if (options.some((option) => /^--logdir(_spec)?(=|$)/.test(option)))
    throw new CommandError("the folder of TensorBoard is made from the stored runs", [
      "leave --logdir out; REPRISE_RUNS names another store",
    ]);
  return { experiment: named ? first : undefined, options };
}

async function untilEnded(program: string, options: readonly string[]): Promise<number> {
  // A group of its own: a terminal's Ctrl-C would reach it as well as our signal, and it can end only once.
  const child = spawn(program, options, {
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
    // It loads TensorFlow, whose greetings would hide what it says itself.
    env: { TF_CPP_MIN_LOG_LEVEL: "3", TF_ENABLE_ONEDNN_OPTS: "0", ...process.env },
  });
  let asked = false;
  const end = () => {
    asked = true;
    child.kill("SIGTERM");
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(asked ? 0 : (code ?? 1)));
    });
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
}

/** The program of `.venv`, installed from the pinned list where it is missing, or was installed from another list or by half. */
function tensorboardProgram(paths: ProjectPaths): string {
  const list = join(paths.root, LIST);
  const stamp = join(paths.bin, "..", ".reprise-tensorboard");
  const program = join(paths.bin, "tensorboard");
  const python = venvProgram("python", paths);
  const wanted = createHash("sha256").update(readFileSync(list)).digest("hex");
  if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return program;
  console.log("Installing TensorBoard into .venv (about 30 MB, once) ..");
  const options = [
    "--no-input",
    "--disable-pip-version-check",
    "--require-hashes",
    "--only-binary=:all:",
    "--no-deps",
  ];
  const { status } = spawnSync(python, ["-m", "pip", "install", "--quiet", ...options, "-r", list], {
    stdio: "inherit",
  });
  if (status !== 0)
    throw new CommandError("TensorBoard could not be installed (see above)", [
      "check the network, and run the same command again",
    ]);
  writeFileSync(stamp, wanted);
  return program;
}
