import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { projectRoot } from "../data/root";
import { makeRunsInProcess } from "../experiment/inProcess";
import { RunStore } from "../experiment/store";
import { experiment } from "../recsys/baselinesExperiment";
import { storedReport } from "../recsys/baselinesReport";
import { variantConfigs } from "./experiments";
import { publishReport } from "./report";

let folder: string;
let readme: string;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "report-"));
  readme = join(folder, "README.md");
  vi.stubEnv("REPRISE_RUNS", join(folder, "runs"));
  vi.stubEnv("REPRISE_FIGURES", join(folder, "figures"));
  writeFileSync(readme, "# R\n<!-- results: baselines -->\nold\n<!-- /results: baselines -->\nend\n");
  const few = variantConfigs(experiment, experiment.ablations.models, "smoke", []).filter(({ label }) =>
    ["GRU4Rec", "SASRec"].includes(label),
  );
  await makeRunsInProcess(experiment, few, [1, 2], { store: new RunStore() });
}, 120_000);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("writes tables, figures, the numbers behind them and the README's section, from the stored runs alone", async () => {
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  const report = await storedReport(new RunStore(), "smoke", [1, 2]);
  await publishReport("baselines", report, { preset: "smoke", seeds: [1, 2], readme });
  const output = printed.mock.calls.flat().join("\n");
  printed.mockRestore();
  expect(output).toMatch(/GRU4Rec +\d\.\d{4} ± \d\.\d{4}/);
  const results = JSON.parse(readFileSync(join(folder, "figures", "baselines", "results.json"), "utf8"));
  expect(results).toMatchObject({ paper: "baselines", preset: "smoke", seeds: [1, 2] });
  expect(results.runs.map(({ name, seed }: { name: string; seed: number }) => `${name} ${seed}`)).toEqual([
    "GRU4Rec 1",
    "GRU4Rec 2",
    "SASRec 1",
    "SASRec 2",
  ]);
  const [gru] = results.tables[0].rows;
  expect(gru["NDCG@10"].mean).toBeCloseTo(
    (results.runs[0].metrics["NDCG@10"] + results.runs[1].metrics["NDCG@10"]) / 2,
    12,
  );
  const text = readFileSync(readme, "utf8");
  expect(text).toMatch(
    /^# R\n<!-- results: baselines -->[\s\S]*\| GRU4Rec [\s\S]*<!-- \/results: baselines -->\nend\n$/,
  );
  expect(text).not.toContain("old");
  expect(text).toMatch(/preset `smoke`, seeds 1, 2; 4 runs up to \d{4}-\d\d-\d\d at [0-9a-f]{12}/);
  expect(readFileSync(join(folder, "figures", "baselines", "models.svg"), "utf8")).toContain("SASRec");
}, 60_000);

test("the command says what to do where nothing is stored, or nothing is reported", () => {
  const said = (...words: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, ["scripts/reprise.cjs", "report", ...words], {
      cwd: projectRoot(),
      encoding: "utf8",
    });
    return { status, stderr };
  };
  expect(said("baselines", "--preset", "smoke", "--seeds", "7")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /no run of baselines with preset smoke and seeds 7 is stored\n.*ablate baselines/,
    ),
  });
  expect(said("t2arek")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /did you mean t2arec\?[\s\S]*there are: baselines, mtgrec, olymmath, relevance-patching, stream-rec, t2arec, utgrec/,
    ),
  });
  expect(said("baselines", "--preset", "huge")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/"huge" is no preset of baselines/),
  });
}, 60_000);
