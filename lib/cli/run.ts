import { existsSync, mkdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { AblateOptions } from "./ablate";
import { CommandError } from "./errors";
import { isExperiment } from "./experiments";
import { type Cell, findNotebook, type Notebook, notebookNames, readNotebook, taggedCell } from "./notebooks";
import { runPapermill } from "./papermill";
import { declaredParameters, type ParameterValue, parseSettings } from "./parameters";
import { type ProjectPaths, projectPaths, venvProgram } from "./paths";
import { figureFiles, resultsFromFile, resultsFromNotebook } from "./results";
import { type StatusStream, statusLine, stopwatch } from "./statusLine";

export interface RunOptions {
  /** The notebook's `preset` parameter. */
  preset?: string;
  /** `name=value` settings. */
  parameter?: readonly string[];
  /** Where the executed copy goes; default `runs/notebooks/<name>-<date>.ipynb`. */
  output?: string;
}

/** `reprise run`: a notebook of this name; or, where there is none, the one comparison of an experiment. */
export async function runByName(
  name: string,
  { output, ...options }: RunOptions & AblateOptions = {},
): Promise<number> {
  if (notebookNames(projectPaths().notebooks).includes(name) || !isExperiment(name)) {
    const { preset, parameter } = options;
    return runNotebook(name, { preset, parameter, output });
  }
  const { runAblation }: typeof import("./ablate") = require("./ablate"); // not before it is asked for: it loads TensorFlow
  return runAblation(name, undefined, options);
}

/**
 * Executes a notebook with parameters by papermill, keeps the executed copy, and shows its results.
 * @returns the exit code: 0, 1 where a cell failed, 130 after Ctrl-C
 */
export async function runNotebook(
  nameOrPath: string,
  options: RunOptions = {},
  { paths = projectPaths(), stream = process.stdout }: { paths?: ProjectPaths; stream?: StatusStream } = {},
): Promise<number> {
  const python = venvProgram("python", paths);
  const file = findNotebook(nameOrPath, paths.notebooks);
  const notebook = readNotebook(file);
  const parameters = notebookParameters(notebook, options);
  const name = basename(file, ".ipynb");
  const output = outputFile(name, options.output, paths);
  const say = (text: string) => stream.write(`${text}\n`);
  say(`Running ${show(file)}${describeParameters(parameters)}`);
  const started = Date.now();
  const elapsed = stopwatch();
  const status = statusLine(stream);
  const executed = withInjectedCell(notebook, parameters);
  const position = { cell: 0, detail: "starting the kernel" };
  const refresh = () => status.set(`cell ${position.cell} of ${executed.cells.length}  ${position.detail}`);
  refresh();
  const { code, log } = await runPapermill({
    python,
    notebook: file,
    output,
    parameters,
    folder: paths.root,
    onCell: (cell) => {
      Object.assign(position, { cell, detail: headingAt(executed, cell) });
      refresh();
    },
    onLine: (line) => {
      position.detail = line;
      refresh();
    },
    onProgress: (text) => {
      position.detail = text.replace(/\s+/g, " ");
      refresh();
    },
  });
  status.stop();
  if (code === 0) {
    say(`Done in ${elapsed()}: the executed copy is ${show(output)}\n`);
    say(summary(name, output, started, paths));
    return 0;
  }
  if (code === 130 || code === 143) {
    say(`Stopped after ${elapsed()}; what was executed so far is in ${show(output)}`);
    return code;
  }
  const failed = existsSync(output) ? failedCell(readNotebook(output), stream.isTTY) : undefined;
  say(failed ?? `papermill failed with exit code ${code}:\n  ${log.slice(-15).join("\n  ")}`);
  say(
    `\nFailed after ${elapsed()}. ${failed ? `Look at it: npx reprise lab ${show(output)}` : "npx reprise doctor may tell why."}`,
  );
  return 1;
}

function show(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}

/**
 * The values for the notebook's parameters: the preset and the settings, typed as the notebook declares them.
 * @throws CommandError for an unknown parameter or a value that is not of its type
 */
export function notebookParameters(
  notebook: Notebook,
  { preset, parameter = [] }: Pick<RunOptions, "preset" | "parameter">,
): Record<string, ParameterValue> {
  const declared = declaredParameters(taggedCell(notebook, "parameters")?.source ?? "");
  return parseSettings([...(preset === undefined ? [] : [`preset=${preset}`]), ...parameter], declared);
}

function describeParameters(parameters: Record<string, ParameterValue>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return pairs.length > 0 ? ` with ${pairs.join(", ")}` : "";
}

function outputFile(name: string, wished: string | undefined, { runs }: ProjectPaths): string {
  const date = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const file = wished ? resolve(wished) : join(runs, "notebooks", `${name}-${date}.ipynb`);
  if (!file.endsWith(".ipynb")) throw new CommandError(`the output ${file} does not end in .ipynb`, []);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** The cells as papermill numbers them: where there are values to set, it puts one cell below the `parameters` cell, or on top. */
export function withInjectedCell(notebook: Notebook, parameters: Record<string, ParameterValue>): Notebook {
  if (Object.keys(parameters).length === 0) return notebook;
  const declared = taggedCell(notebook, "parameters");
  const cells = [...notebook.cells];
  const injected = { cell_type: "code", source: "", metadata: { tags: ["injected-parameters"] } };
  cells.splice(declared ? cells.indexOf(declared) + 1 : 0, 0, injected);
  return { ...notebook, cells };
}

/** The last heading at or above a cell (1-based), which tells a reader where the run is. */
export function headingAt(notebook: Notebook, cell: number): string {
  const above = notebook.cells.slice(0, cell).reverse();
  for (const { cell_type, source } of above) {
    const heading = cell_type === "markdown" ? /^#{1,4}\s+(.+)$/m.exec(source)?.[1] : undefined;
    if (heading) return heading.trim();
  }
  return "";
}

/** The error of the first cell that failed, with its number and its source, or undefined where none did. */
export function failedCell(notebook: Notebook, inColour = false): string | undefined {
  // Not counted: the notes that papermill puts in to point at the failure.
  const cells = notebook.cells.filter(({ metadata }) => !metadata.tags?.includes("papermill-error-cell-tag"));
  const index = cells.findIndex((cell) => errorOf(cell));
  if (index < 0) return undefined;
  const error = errorOf(cells[index]);
  const coloured = (error?.traceback ?? []).join("\n").trim();
  const traceback = inColour ? coloured : stripVTControlCharacters(coloured);
  const what = `${error?.ename}: ${error?.evalue}`;
  const source = cells[index].source.split("\n").map((line) => `  │ ${line}`);
  return [`Cell ${index + 1} failed:`, ...source, "", traceback || what].join("\n");
}

function errorOf(cell: Cell) {
  return cell.outputs?.find((output) => output.output_type === "error");
}

/** What a person wants to see after a run: the results, the figures, and how to go on. */
function summary(name: string, output: string, started: number, { figures }: ProjectPaths): string {
  const folder = join(figures, name);
  const results =
    resultsFromFile(join(folder, "results.json"), started) ?? resultsFromNotebook(readNotebook(output));
  const pictures = figureFiles(folder, started);
  return [
    ...(results ? [results, ""] : []),
    ...(pictures.length > 0 ? ["Figures:", ...pictures.map((file) => `  ${show(file)}`), ""] : []),
    `See it: npx reprise lab ${show(output)}`,
  ].join("\n");
}
