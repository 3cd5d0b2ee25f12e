/** The rules that every committed notebook keeps, so that it can be read in one go and taught from. */
import { readFileSync, statSync } from "node:fs";
import ts from "typescript";
import { type Cell, type Notebook, readNotebook, taggedCell } from "../cli/notebooks";

export interface NotebookLimits {
  readonly cells: readonly [least: number, most: number];
  readonly words: readonly [least: number, most: number];
}

/** Lines of code: more in a cell, or in all of them, belong to lib/. */
const mostLines = { cell: 10, notebook: 200 } as const;
/** A listener that feeds two curves is fine; a longer function is an algorithm. */
const mostStatements = 3;
const mostBytes = 2_000_000;

/**
 * What a committed notebook breaks, in sentences; none where all is well.
 *
 * Checked: size of the file, number of cells, of lines of code and of words; one cell tagged `parameters` and one tagged `results`; no loop
 * at the top level of a cell (the kernel runs one 300 times slower than inside a function) and no function of more than three statements
 * (an algorithm belongs to lib/); outputs of a whole run in order, without an error, without a bare object, and without a path of the machine that made them.
 */
export function brokenRules(file: string, limits: NotebookLimits): string[] {
  const bytes = statSync(file).size;
  return [
    ...(bytes > mostBytes ? [`the file has ${bytes} bytes, more than ${mostBytes}`] : []),
    ...(/"papermill": *\{/.test(readFileSync(file, "utf8"))
      ? ["it holds papermill's metadata: scripts/keep-notebook.cjs takes it out"]
      : []),
    ...notebookRules(readNotebook(file), limits),
  ];
}

/** `brokenRules` without the file's size. */
export function notebookRules(notebook: Notebook, { cells, words }: NotebookLimits): string[] {
  const code = notebook.cells.filter(({ cell_type }) => cell_type === "code");
  const lines = code.map(({ source }) => linesOfCode(source));
  const total = lines.reduce((sum, count) => sum + count, 0);
  const broken = [
    ...between("cells", notebook.cells.length, cells),
    ...between("words", wordCount(notebook), words),
    ...between("lines of code", total, [0, mostLines.notebook]),
    ...["parameters", "results"]
      .filter((tag) => taggedCell(notebook, tag) === undefined)
      .map((tag) => `no cell is tagged ${tag}`),
  ];
  code.forEach((cell, index) => {
    if (lines[index] > mostLines.cell) broken.push(at(cell, `${lines[index]} lines of code`));
    for (const what of structuresOf(cell.source)) broken.push(at(cell, what));
    for (const what of outputFaults(cell)) broken.push(at(cell, what));
  });
  const counts = code.map(({ execution_count }) => execution_count);
  if (counts.some((count, index) => count !== index + 1)) {
    broken.push(`the cells were not run once in order: ${counts.join(", ")}`);
  }
  return broken;
}

function between(what: string, count: number, [least, most]: readonly [number, number]): string[] {
  return count < least || count > most ? [`${count} ${what}, not ${least} to ${most}`] : [];
}

function at({ source }: Cell, what: string): string {
  return `${what} in the cell that begins: ${source.split("\n")[0]}`;
}

function linesOfCode(source: string): number {
  return source.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
}

/** Words of the Markdown cells: links count by their text, formulas and code not at all. */
export function wordCount(notebook: Notebook): number {
  return notebook.cells
    .filter(({ cell_type }) => cell_type === "markdown")
    .map(({ source }) =>
      source
        .replace(/```[\s\S]*?```|\$\$[\s\S]*?\$\$|\$[^$\n]+\$/g, " ")
        .replace(/\]\([^)]*\)/g, "] ")
        .split(/\s+/)
        .filter((word) => /[\p{L}\p{N}]/u.test(word)),
    )
    .reduce((sum, found) => sum + found.length, 0);
}

/** What a cell should leave to lib/. */
function structuresOf(source: string): string[] {
  const found: string[] = [];
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true);
  for (const statement of file.statements) {
    if (ts.isIterationStatement(statement, true)) found.push("a loop at the top level");
  }
  const visit = (node: ts.Node): void => {
    if (
      ts.isFunctionLike(node) &&
      "body" in node &&
      node.body !== undefined &&
      ts.isBlock(node.body as ts.Node)
    ) {
      if ((node.body as ts.Block).statements.length > mostStatements) {
        found.push("a function of many statements");
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** A home folder, a temporary one, a mount of some container, or a Windows drive. */
const machinePath =
  /(?<![\w.:/])\/(?:home|root|Users|tmp|work|workspace|opt|mnt|var)\/[\w.-]+|[A-Z]:\\\\?\w+/;

function outputFaults({ outputs = [] }: Cell): string[] {
  const faults = outputs
    .filter(({ output_type }) => output_type === "error")
    .map(({ ename, evalue }) => `the error ${ename}: ${evalue}`);
  // A figure or a table comes in richer forms too; text alone is what the kernel prints of an expression at a cell's end.
  const raw = outputs.find(({ data }) => data !== undefined && Object.keys(data).join() === "text/plain");
  if (raw !== undefined) faults.push("the bare value of its last line as output");
  // Pictures are base64, in which anything may stand.
  const pictures = (key: string, value: unknown) => (key.startsWith("image/png") ? undefined : value);
  const path = machinePath.exec(JSON.stringify(outputs, pictures));
  return path === null ? faults : [...faults, `the path ${path[0]}`];
}
