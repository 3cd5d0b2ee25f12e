import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { exportTensorboard } from "../experiment/runExport";
import { RunStore } from "../experiment/store";
import { CommandError } from "./errors";
import { type ProjectPaths, projectPaths, venvProgram } from "./paths";

const LIST = "requirements-tensorboard.txt";

/**
 * `reprise tensorboard`: TensorBoard on the stored runs, until the user ends it. It is installed at its first use.
 * @param experiment  only this one's runs
 * @param given       further arguments of TensorBoard (`--port 6007`)
 * @returns its exit code
 */
export async function openTensorboard(
  experiment: string | undefined,
  given: readonly string[],
  paths: ProjectPaths = projectPaths(),
): Promise<number> {
  const runs = new RunStore(undefined, (warning) => console.error(`! ${warning}`)).list(experiment);
  if (runs.length === 0)
    throw new CommandError("there are no runs to show", ["npx reprise ablate t2arec losses --preset smoke"]);
  const program = tensorboardProgram(paths);
  // A folder of the events alone: TensorBoard would read through all that the runs have left beside them.
  const events = mkdtempSync(join(os.tmpdir(), "reprise-tensorboard-"));
  exportTensorboard(runs, events);
  console.log(`${runs.length} runs; Ctrl-C ends TensorBoard.`);
  const child = spawn(program, ["--logdir", events, ...given], { stdio: "inherit" });
  const wait = () => {};
  process.on("SIGINT", wait);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 0));
    });
  } finally {
    process.off("SIGINT", wait);
    rmSync(events, { recursive: true, force: true });
  }
}

/** The program of `.venv`, installed from the pinned list where it is missing. */
function tensorboardProgram(paths: ProjectPaths): string {
  const program = join(paths.bin, "tensorboard");
  if (existsSync(program)) return program;
  console.log("Installing TensorBoard into .venv (about 30 MB, once) ..");
  const options = [
    "--no-input",
    "--disable-pip-version-check",
    "--require-hashes",
    "--only-binary=:all:",
    "--no-deps",
  ];
  const { status } = spawnSync(
    venvProgram("python", paths),
    ["-m", "pip", "install", "--quiet", ...options, "-r", join(paths.root, LIST)],
    {
      stdio: "inherit",
    },
  );
  if (status !== 0)
    throw new CommandError("TensorBoard could not be installed (see above)", [
      "check the network, and run the same command again",
    ]);
  return program;
}
