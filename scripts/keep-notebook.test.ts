import { expect, it } from "vitest";
import { keptNotebook } from "./keep-notebook.cjs";

const ran = { papermill: { duration: 1 }, execution: { "iopub.status.busy": "now" } };
const executed = (parameters: object, last: number | null = 3) => ({
  nbformat: 4,
  metadata: { kernelspec: { name: "reprise" }, papermill: { parameters, input_path: "/somewhere/in.ipynb" } },
  cells: [
    { cell_type: "markdown", source: "# A paper", metadata: { ...ran, tags: [] } },
    {
      cell_type: "code",
      source: "let a",
      execution_count: 1,
      outputs: [],
      metadata: { ...ran, tags: ["parameters"] },
    },
    {
      cell_type: "code",
      source: "{}",
      execution_count: 2,
      outputs: [],
      metadata: { tags: ["injected-parameters"] },
    },
    {
      cell_type: "code",
      source: "a",
      execution_count: last,
      outputs: [{ execution_count: 3 }, {}],
      metadata: ran,
    },
  ],
});

it("keeps cells and outputs, and nothing of the run", () => {
  expect(keptNotebook(executed({ preset: "cpu" }))).toEqual({
    nbformat: 4,
    metadata: { kernelspec: { name: "reprise" } },
    cells: [
      { cell_type: "markdown", source: "# A paper", metadata: {} },
      {
        cell_type: "code",
        source: "let a",
        execution_count: 1,
        outputs: [],
        metadata: { tags: ["parameters"] },
      },
      {
        cell_type: "code",
        source: "a",
        execution_count: 2,
        outputs: [{ execution_count: 2 }, {}],
        metadata: {},
      },
    ],
  });
});

it("refuses a copy that shows something else, or only a part", () => {
  expect(() => keptNotebook(executed({ preset: "smoke" }))).toThrow('{"preset":"smoke"}');
  expect(() => keptNotebook(executed({ seed: 3 }))).toThrow("its own defaults");
  expect(() => keptNotebook(executed({}, null))).toThrow("not run to its end");
});
