import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { ggufFile, smallModel } from "../../lib/llm/model/testing";
import { formatLoadFigures, LOAD_MODES, type LoadFigures, loadVerdicts } from "./figures";

const SCRIPT = path.join(__dirname, "loadOnce.ts");
/** For processes that start TensorFlow on a busy machine. */
const MOST_MILLISECONDS = 120_000;

const FIGURES: LoadFigures = {
  runtimeBytes: 4e8,
  loadSeconds: 1.5,
  loadProcessorSeconds: 1.25,
  loadedBytes: 1e9,
  loadPeakBytes: 1.1e9,
  firstPassSeconds: 2,
  passSeconds: 0.25,
  peakBytes: 1.4e9,
};

test("limits are told with their verdicts", () => {
  const slow = { ...FIGURES, loadSeconds: 5 };
  const large = { ...FIGURES, loadPeakBytes: 1.2e9 };
  const passes = (expanded: LoadFigures, quantised: LoadFigures) =>
    loadVerdicts({ expanded, quantised }).map(({ pass }) => pass);
  expect(passes(FIGURES, FIGURES)).toEqual([true, true, true]);
  expect(passes(large, slow)).toEqual([true, false, false]);
  const lines = formatLoadFigures({ expanded: FIGURES, quantised: slow }).split("\n");
  expect(lines.slice(0, 4)).toEqual([
    "expanded:",
    "  loaded in 1.50 s, 1.25 s of processors",
    "  memory 1000 MB when loaded, 1100 MB at its peak until then (400 MB of it the runtime)",
    "  forward pass of 128 tokens 250 ms, the first 2.00 s; peak of all 1400 MB",
  ]);
  expect(lines[9]).toBe("FAIL  loads quantised in less than 5 s: 5.00 s");
});

test(
  "a model is loaded and run both ways, in processes of their own",
  () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "reprise-loading-"));
    try {
      const file = path.join(folder, "small.gguf");
      const model = smallModel({ width: 64, headWidth: 16, inner: 64, maxPositions: 128 });
      writeFileSync(file, ggufFile(model, { types: () => "Q8_0" }));
      for (const mode of LOAD_MODES) {
        const output = execFileSync(process.execPath, ["--require", "tsx/cjs", SCRIPT, file, mode], {
          encoding: "utf8",
        });
        const figures = JSON.parse(output) as LoadFigures;
        expect(Object.keys(figures).sort()).toEqual(Object.keys(FIGURES).sort());
        for (const value of Object.values(figures)) expect(value).toBeGreaterThan(0);
        expect(figures.peakBytes).toBeGreaterThanOrEqual(figures.loadPeakBytes);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  MOST_MILLISECONDS,
);
