// @ts-check
// Makes an executed copy the committed notebook: `node scripts/keep-notebook.cjs runs/notebooks/tour-<date>.ipynb notebooks/tour.ipynb`.
"use strict";

const fs = require("node:fs");

/**
 * @typedef {{ cell_type: string, execution_count?: number | null, outputs?: { execution_count?: number | null }[], metadata: Record<string, unknown> & { tags?: string[] } }} Cell
 * @typedef {{ cells: Cell[], metadata: Record<string, any> }} Notebook
 */

/**
 * The notebook without what belongs to the run alone: papermill's metadata (with this machine's paths), times of execution, the cell
 * that set the preset. Cells are numbered as a run from top to bottom numbers them.
 * @param {Notebook} executed
 * @returns {Notebook}
 * @throws where the run had other parameters than the notebook's own, or did not reach its end
 */
function keptNotebook({ cells, metadata: { papermill, ...metadata }, ...rest }) {
  const { preset = "cpu", ...others } = papermill?.parameters ?? {};
  if (preset !== "cpu" || Object.keys(others).length > 0) {
    throw new Error(
      `this copy was run with ${JSON.stringify(papermill.parameters)}; the committed notebook shows the preset cpu and its own defaults`,
    );
  }
  let count = 0;
  const kept = cells.filter(({ metadata: { tags } }) => !tags?.includes("injected-parameters"));
  return {
    ...rest,
    cells: kept.map((cell) => {
      const { papermill: _, execution, ...own } = cell.metadata;
      if (own.tags?.length === 0) delete own.tags;
      if (cell.cell_type !== "code") return { ...cell, metadata: own };
      if (cell.execution_count == null) throw new Error("this copy was not run to its end");
      count++;
      const number = count;
      const outputs = cell.outputs?.map((output) =>
        output.execution_count == null ? output : { ...output, execution_count: number },
      );
      return { ...cell, metadata: own, execution_count: number, outputs };
    }),
    metadata,
  };
}

module.exports = { keptNotebook };

if (require.main === module) {
  const [from, to] = process.argv.slice(2);
  if (!from || !to) {
    console.error("usage: node scripts/keep-notebook.cjs <executed copy> <notebook>");
    process.exit(2);
  }
  try {
    const kept = keptNotebook(JSON.parse(fs.readFileSync(from, "utf8")));
    fs.writeFileSync(to, `${JSON.stringify(kept, null, 1)}\n`);
  } catch (error) {
    console.error(`${from}: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}
