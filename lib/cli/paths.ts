import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../data/root";
import { CommandError } from "./errors";

/** Where things lie in a project. */
export interface ProjectPaths {
  root: string;
  notebooks: string;
  /** The programs of `.venv`. */
  bin: string;
  runs: string;
  figures: string;
}

export function projectPaths(root = projectRoot()): ProjectPaths {
  return {
    root,
    notebooks: join(root, "notebooks"),
    bin: join(root, ".venv", "bin"),
    runs: join(root, "runs"),
    figures: figureFolder(root),
  };
}

/** Where a notebook exports its figures and results: `REPRISE_FIGURES` where it is set; with "none" nothing is exported. */
function figureFolder(root: string): string {
  const told = process.env["REPRISE_FIGURES"];
  return told && told !== "none" ? told : join(root, "figures");
}

/**
 * The path of a program of `.venv`.
 * @throws CommandError where the set-up has not put it there
 */
export function venvProgram(name: string, { bin } = projectPaths()): string {
  const program = join(bin, name);
  if (!existsSync(program)) throw new CommandError(`${program} is not there`, ["npm run setup"]);
  return program;
}
