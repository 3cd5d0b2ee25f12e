/** What a test needs of a notebook: run it as a user does, and look at what its cells showed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Cell, findNotebook, type Notebook, readNotebook, taggedCell } from "../cli/notebooks";
import { runPapermill } from "../cli/papermill";
import type { ParameterValue } from "../cli/parameters";
import { projectPaths, venvProgram } from "../cli/paths";
import { failedCell } from "../cli/run";

export interface ExecutedNotebook {
  readonly notebook: Notebook;
  /** The folder that the notebook has exported figures to, `<figures>/<paper>/<name>.svg`. */
  readonly figures: string;
  /** What a cell showed, as text: streams and the words of its displays. By tag, or the first that has this text in its source. */
  text(cell: { readonly tag: string } | { readonly source: string }): string;
  /** Removes what the run has left. */
  remove(): void;
}

/**
 * Executes a notebook of the project through papermill, in `.venv`. Its figures, its runs and its executed copy go to a temporary folder:
 * what is committed or stored stays as it is, and nothing is taken from the store.
 * @param name        of the notebook, without its ending; or its path
 * @param parameters  for its cell tagged `parameters`
 * @throws with the failed cell and its error, or with papermill's own words where no cell failed
 */
export async function executeNotebook(
  name: string,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): Promise<ExecutedNotebook> {
  const paths = projectPaths();
  const folder = mkdtempSync(join(tmpdir(), "reprise-notebook-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const output = join(folder, "executed.ipynb");
  const figures = join(folder, "figures");
  const { code, log } = await runPapermill({
    python: venvProgram("python", paths),
    notebook: findNotebook(name, paths.notebooks),
    output,
    parameters,
    folder: paths.root,
    environment: { REPRISE_FIGURES: figures, REPRISE_RUNS: join(folder, "runs") },
  });
  if (code !== 0) {
    const message = failureOf(output) ?? `papermill ended with ${code}:\n${log.join("\n")}`;
    remove();
    throw new Error(`${basename(name, ".ipynb")}: ${message}`);
  }
  const notebook = readNotebook(output);
  return { notebook, figures, remove, text: (cell) => textOf(findCell(notebook, cell)) };
}

function failureOf(output: string): string | undefined {
  try {
    return failedCell(readNotebook(output));
  } catch {
    return undefined; // papermill had written no copy yet
  }
}

function findCell(notebook: Notebook, wanted: { tag: string } | { source: string }): Cell {
  const cell =
    "tag" in wanted
      ? taggedCell(notebook, wanted.tag)
      : notebook.cells.find(
          ({ cell_type, source }) => cell_type === "code" && source.includes(wanted.source),
        );
  if (cell === undefined) throw new Error(`The notebook has no code cell with ${JSON.stringify(wanted)}.`);
  return cell;
}

/** The text of a cell's outputs, in order. */
export function textOf({ outputs = [] }: Cell): string {
  return outputs
    .map(({ text, data }) => {
      const plain = data?.["text/plain"];
      return text ?? (Array.isArray(plain) ? plain.join("") : String(plain ?? ""));
    })
    .join("\n");
}
