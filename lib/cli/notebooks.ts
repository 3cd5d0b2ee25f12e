import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { nearestName } from "../data/nearest";
import { CommandError } from "./errors";

const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(""))]);

const output = z
  .object({
    output_type: z.string(),
    name: z.string().optional(),
    text: text.optional(),
    data: z.record(z.unknown()).optional(),
    ename: z.string().optional(),
    evalue: z.string().optional(),
    traceback: z.array(z.string()).optional(),
  })
  .passthrough();

const notebookSchema = z.object({
  cells: z.array(
    z.object({
      cell_type: z.string(),
      source: text,
      metadata: z.object({ tags: z.array(z.string()).optional() }).passthrough(),
      outputs: z.array(output).optional(),
      execution_count: z.number().nullish(),
    }),
  ),
});

/** As much of a Jupyter notebook file (format 4) as the commands read. */
export type Notebook = z.infer<typeof notebookSchema>;
export type Cell = Notebook["cells"][number];

/**
 * @throws CommandError where the file is not a notebook
 */
export function readNotebook(path: string): Notebook {
  try {
    return notebookSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    const reason = error instanceof z.ZodError ? error.issues[0]?.message : String(error);
    throw new CommandError(`${path} is not a readable notebook: ${reason}`, [
      "open it in JupyterLab and save it again, or take the committed one: git checkout -- <file>",
    ]);
  }
}

/** The names of the notebooks in a folder, without their ending. */
export function notebookNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ipynb"))
    .map((file) => basename(file, ".ipynb"))
    .sort();
}

/**
 * The file of a notebook, given by name (`t2arec`) or by path.
 * @throws CommandError that names the nearest one where there is none
 */
export function findNotebook(nameOrPath: string, folder: string): string {
  const name = basename(nameOrPath, ".ipynb");
  const isPath = nameOrPath !== name;
  const file = isPath ? resolve(nameOrPath) : join(folder, `${name}.ipynb`);
  if (existsSync(file)) return file;
  const known = notebookNames(folder);
  const nearest = nearestName(name, known);
  throw new CommandError(
    isPath ? `there is no file ${file}` : `there is no notebook "${name}" in ${folder}`,
    nearest
      ? [`did you mean ${nearest}? npx reprise run ${nearest}`]
      : [`there are: ${known.join(", ") || "none yet"}`],
  );
}

/** The first cell with a tag, as papermill finds its parameters. */
export function taggedCell(notebook: Notebook, tag: string): Cell | undefined {
  return notebook.cells.find((cell) => cell.metadata.tags?.includes(tag));
}
