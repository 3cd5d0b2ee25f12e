import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The project's folder: the nearest one above this file, or above the working directory (where sources run from a
 * transpiled copy, as in the notebook kernel), whose package is `reprise`.
 */
export function projectRoot(): string {
  for (const start of [__dirname, process.cwd()]) {
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      if (isProject(folder)) return folder;
      if (dirname(folder) === folder) break;
    }
  }
  throw new Error(
    `The project's folder was not found above ${process.cwd()}: start from inside the project.`,
  );
}

function isProject(folder: string): boolean {
  const file = join(folder, "package.json");
  return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name === "reprise";
}
