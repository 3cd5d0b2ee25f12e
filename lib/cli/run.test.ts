import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { runNotebook } from "./run";
import { notebookText, recordingStream, temporaryProject } from "./testing";

vi.stubEnv("REPRISE_FIGURES", "");

const NOTEBOOK = notebookText([
  { source: "# A paper", type: "markdown" },
  { source: 'let preset: "smoke" | "cpu" = "cpu";\nlet seed: number = 0;', tags: ["parameters"] },
  { source: "## Training", type: "markdown" },
  {
    source: "train()",
    tags: ["results"],
    outputs: [{ output_type: "stream", name: "stdout", text: "ndcg 0.07\n" }],
  },
]);

/** Papermill's place is taken by a shell script: `$3` is the notebook, `$4` the executed copy. */
function project(script: string, files: Record<string, string> = {}) {
  const paths = temporaryProject({
    "notebooks/paper.ipynb": NOTEBOOK,
    ".venv/bin/python": `#!/bin/sh\n${script}\n`,
    ...files,
  });
  const stream = recordingStream();
  const run = (options = {}) => runNotebook("paper", options, { paths, stream });
  return { paths, stream, run };
}

const COPY = 'cp "$3" "$4"; echo "$@" > arguments';

describe("a notebook that runs to its end", () => {
  it("is kept under runs/, and its results and figures are shown", async () => {
    const { paths, stream, run } = project(`${COPY}; mkdir -p figures/paper; touch figures/paper/curve.svg`);
    expect(await run({ preset: "smoke", parameter: ["seed=3"] })).toBe(0);
    expect(stream.text).toMatch(/^Running .*paper\.ipynb with preset = "smoke", seed = 3\n/);
    expect(stream.text).toMatch(
      /ndcg 0\.07\n[\s\S]*Figures:\n {2}.*curve\.svg[\s\S]*See it: npx reprise lab .*paper-2/,
    );
    expect(readdirSync(join(paths.runs, "notebooks"))).toEqual([
      expect.stringMatching(/^paper-\d{4}-\d\d-\d\dT[\d-]+\.ipynb$/),
    ]);
    const encoded =
      readFileSync(join(paths.root, "arguments"), "utf8").match(/--parameters_base64 (\S+)/)?.[1] ?? "";
    expect(JSON.parse(Buffer.from(encoded, "base64").toString())).toEqual({ preset: "smoke", seed: 3 });
  });

  it("shows the tables of results.json where it has written one", async () => {
    const table = JSON.stringify({ tables: [{ title: "Main table", rows: [{ model: "SASRec" }] }] });
    const { stream, run } = project(
      `${COPY}; mkdir -p figures/paper; echo '${table}' > figures/paper/results.json`,
    );
    await run();
    expect(stream.text).toMatch(/Main table\n\nmodel\n------\nSASRec/);
    expect(stream.text).not.toContain("ndcg 0.07");
  });

  it("goes to the file that is asked for", async () => {
    const { paths, run } = project(COPY);
    expect(await run({ output: join(paths.root, "deep/copy.ipynb") })).toBe(0);
    expect(existsSync(join(paths.root, "deep/copy.ipynb"))).toBe(true);
    await expect(run({ output: "copy.txt" })).rejects.toThrow("does not end in .ipynb");
  });
});

describe("a notebook that fails", () => {
  const FAILED = notebookText([
    { source: "An error was found", type: "markdown", tags: ["papermill-error-cell-tag"] },
    { source: "fine()" },
    { source: "here", type: "markdown", tags: ["papermill-error-cell-tag"] },
    {
      source: "first();\nboom();",
      outputs: [
        {
          output_type: "error",
          ename: "RangeError",
          evalue: "too far",
          traceback: ["\u001b[31mRangeError: too far\u001b[0m", "line 2"],
        },
      ],
    },
  ]);

  it("shows the cell and its error, without colours in a file, and answers 1", async () => {
    const { stream, run } = project(`cp failed.ipynb "$4"; exit 1`, { "failed.ipynb": FAILED });
    expect(await run()).toBe(1);
    expect(stream.text).toContain("Cell 2 failed:\n  │ first();\n  │ boom();\n\nRangeError: too far\nline 2");
    expect(stream.text).toMatch(/Failed after 0:0\d\. Look at it: npx reprise lab/);
  });

  it("without an executed copy shows papermill's own words", async () => {
    const { stream, run } = project(`echo "No such kernel named reprise" >&2; exit 1`);
    expect(await run()).toBe(1);
    expect(stream.text).toMatch(
      /papermill failed with exit code 1:\n {2}No such kernel named reprise[\s\S]*doctor/,
    );
  });

  it("by Ctrl-C says where the rest is, and answers 130", async () => {
    const { stream, run } = project(`cp "$3" "$4"; kill -INT $$`);
    expect(await run()).toBe(130);
    expect(stream.text).toMatch(/Stopped after 0:0\d; what was executed so far is in/);
  });
});

describe("before anything starts", () => {
  it("a wrong parameter is refused", async () => {
    const { paths, run } = project("touch started");
    await expect(run({ parameter: ["sed=3"] })).rejects.toThrow('no parameter "sed"');
    await expect(run({ preset: "smoek" })).rejects.toThrow('"smoek" is not');
    expect(existsSync(join(paths.root, "started"))).toBe(false);
  });

  it("a missing set-up is told", async () => {
    const paths = temporaryProject({ "notebooks/paper.ipynb": NOTEBOOK });
    await expect(runNotebook("paper", {}, { paths })).rejects.toThrow(/python is not there/);
  });
});
