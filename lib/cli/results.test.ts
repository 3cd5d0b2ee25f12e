import { utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { readNotebook } from "./notebooks";
import { figureFiles, resultsFromFile, resultsFromNotebook } from "./results";
import { notebookText, temporaryProject } from "./testing";

const rows = [
  { model: "SASRec", ndcg: { mean: 0.07154, std: 0.0021 }, paper: 0.0715 },
  { model: "T2ARec", ndcg: { mean: 0.0688, std: 0.001 }, paper: null },
];

it("the tables of results.json are shown with their titles", () => {
  const { root } = temporaryProject({
    "results.json": JSON.stringify({
      commit: "abc",
      tables: [{ title: "Main", columns: ["model", "ndcg", "paper"], rows }],
    }),
  });
  expect(resultsFromFile(join(root, "results.json"))).toBe(
    [
      "Main",
      "",
      "model              ndcg   paper",
      "------  ---------------  ------",
      "SASRec  0.0715 ± 0.0021  0.0715",
      "T2ARec  0.0688 ± 0.0010       –",
    ].join("\n"),
  );
});

it("a file that is missing, has no tables, or is from before the run says nothing", () => {
  const { root } = temporaryProject({
    "none.json": "{}",
    "old.json": JSON.stringify({ tables: [{ title: "Main", rows }] }),
  });
  expect(resultsFromFile(join(root, "missing.json"))).toBeUndefined();
  expect(resultsFromFile(join(root, "none.json"))).toBeUndefined();
  utimesSync(join(root, "old.json"), 1, 1);
  expect(resultsFromFile(join(root, "old.json"), 2_000)).toBeUndefined();
  expect(resultsFromFile(join(root, "old.json"), 500)).toMatch(/^Main/);
});

it("a notebook's results are the words of its tagged cell, streams joined as they came", () => {
  const outputs = [
    { output_type: "stream", name: "stdout", text: ["one\n"] },
    { output_type: "stream", name: "stdout", text: "two\n" },
    { output_type: "display_data", data: { "text/html": "<b>", "text/plain": ["a  b\n", "1  2"] } },
    { output_type: "display_data", data: { "image/png": "…" } },
  ];
  const { root } = temporaryProject({
    "with.ipynb": notebookText([{ source: "x" }, { source: "y", tags: ["results"], outputs }]),
    "without.ipynb": notebookText([{ source: "x", outputs }]),
  });
  expect(resultsFromNotebook(readNotebook(join(root, "with.ipynb")))).toBe("one\ntwo\na  b\n1  2");
  expect(resultsFromNotebook(readNotebook(join(root, "without.ipynb")))).toBeUndefined();
});

it("figures are looked for where REPRISE_FIGURES sends them", () => {
  vi.stubEnv("REPRISE_FIGURES", "/elsewhere");
  expect(temporaryProject().figures).toBe("/elsewhere");
  vi.stubEnv("REPRISE_FIGURES", "none");
  const { figures, root } = temporaryProject();
  expect(figures).toBe(join(root, "figures"));
  vi.unstubAllEnvs();
});

it("of a paper's figures those are named that the run has written", () => {
  vi.stubEnv("REPRISE_FIGURES", "");
  const { figures } = temporaryProject({
    "figures/p/b.svg": "",
    "figures/p/a.png": "",
    "figures/p/c.json": "",
    "figures/p/old.svg": "",
  });
  utimesSync(join(figures, "p/old.svg"), 1, 1);
  expect(figureFiles(join(figures, "p"), 2_000)).toEqual([
    join(figures, "p/a.png"),
    join(figures, "p/b.svg"),
  ]);
  expect(figureFiles(join(figures, "q"))).toEqual([]);
});
