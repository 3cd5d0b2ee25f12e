import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { nearestName } from "../data/nearest";
import { CommandError } from "./errors";
import { notebookNames } from "./notebooks";
import { type ProjectPaths, projectPaths, venvProgram } from "./paths";

/**
 * JupyterLab's arguments: its root is the project, so that every notebook and figure is in reach; the arguments of the user come last
 * and win. A notebook may be given by its name alone.
 * @throws CommandError where a file to open is not there
 */
export function labArguments(given: readonly string[], paths: ProjectPaths): string[] {
  const names = notebookNames(paths.notebooks);
  const files = given.map((argument) => {
    if (argument.startsWith("-")) return argument;
    if (names.includes(argument)) return `${paths.notebooks}/${argument}.ipynb`;
    if (existsSync(argument)) return resolve(argument);
    const nearest = nearestName(argument, names);
    throw new CommandError(
      `there is no notebook or file "${argument}"`,
      nearest
        ? [`did you mean ${nearest}? npx reprise lab ${nearest}`]
        : [`there are: ${names.join(", ") || "none yet"}`],
    );
  });
  // In a container one is root as a rule; JupyterLab wants to be told that this is meant.
  const asRoot = process.getuid?.() === 0 ? ["--allow-root"] : [];
  return [
    `--ServerApp.root_dir=${paths.root}`,
    "--LabApp.default_url=/lab/tree/notebooks",
    "--MultiKernelManager.default_kernel_name=reprise",
    ...asRoot,
    ...files,
  ];
}

/**
 * `reprise lab`: JupyterLab of `.venv`, until the user ends it.
 * @returns its exit code
 */
export async function startLab(given: readonly string[], paths = projectPaths()): Promise<number> {
  const program = venvProgram("jupyter-lab", paths);
  const child = spawn(program, labArguments(given, paths), { cwd: paths.root, stdio: "inherit" });
  // Ctrl-C reaches JupyterLab from the terminal, and it asks before it ends: wait for its answer.
  const wait = () => {};
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on("SIGINT", wait).on("SIGTERM", forward);
  try {
    return await new Promise<number>((resolveCode, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolveCode(code ?? 1));
    });
  } finally {
    process.off("SIGINT", wait).off("SIGTERM", forward);
  }
}
