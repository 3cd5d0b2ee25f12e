import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseOverrides, resolveConfig } from "../../experiment/configuration";
import { makeRunsInProcess } from "../../experiment/inProcess";
import { RunStore } from "../../experiment/store";
import { configuration } from "./config";
import { experiment } from "./experiment";
import { storedClaims, storedReport } from "./paper";

/** What the report's simulator is, at the smoke preset. */
const SETTINGS = [
  "dataset=simulator",
  "simulatedUsers=300",
  "windowLength=32",
  "batchSize=64",
  "patience=10",
  "prefixesPerUser=5",
];

let folder: string;
let store: RunStore;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "t2arec-paper-"));
  store = new RunStore(folder);
  const overrides = parseOverrides(configuration.schema, SETTINGS);
  const config = resolveConfig("t2arec", configuration, "smoke", overrides);
  const { variants } = experiment.ablations.losses;
  const configurations = variants.map(({ label, change }) => ({ label, config: { ...config, ...change } }));
  await makeRunsInProcess(experiment, configurations, [1, 2], { store });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("claims are judged on the runs of the settings, and on none of others", async () => {
  const verdicts = await storedClaims(store, "smoke", SETTINGS, [1, 2]);
  expect(verdicts).toHaveLength(12);
  const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim)!;
  expect(of("C3")).toMatchObject({ verdict: "undecided", seeds: 2 });
  expect(of("C3").effect?.difference).toBeTypeOf("number");
  expect(of("C2").note).toBe("no runs of Mamba4Rec");
  const others = await storedClaims(store, "smoke", ["dataset=simulator", "simulatedUsers=50"], [1, 2]);
  expect(others.every(({ effect }) => effect === undefined)).toBe(true);
  await expect(storedClaims(store, "smoke", ["datasett=simulator"], [1])).rejects.toThrow(/dataset/);
});

test("the report has the data sets that have runs: claims over all of them first, then tables, figures and every run once", async () => {
  const { tables, figures, runs } = await storedReport(store, "smoke", [1, 2]);
  expect(tables.map(({ title }) => title.replace(/^.*: /, ""))).toEqual([
    "Claims (effect, in NDCG@10 unless the claim says otherwise)",
    "models (table 2)",
    "losses (table 3)",
    "settings of the test-time step",
    "who knows the time of serving",
    "NDCG@10 after a planted shift and without",
    "claims",
  ]);
  const [overview] = tables;
  expect(overview.rows.map(({ claim }) => claim)).toContain("C7");
  expect(Object.keys(overview.rows[0])).toHaveLength(4); // claim, sentence, place in the paper, the one data set
  const c7 = Object.values(overview.rows.find(({ claim }) => claim === "C7")!).at(-1);
  expect(c7).toMatch(/^undecided \(-?\d\.\d{4}; measured: \d+ to \d+%\)$/);
  expect(Object.keys(figures)).toEqual(["simulator-losses"]);
  expect(new Set(runs.map(({ run }) => run.id)).size).toBe(runs.length);
  expect(runs).toHaveLength(2 * 7);
}, 60_000);

test("without runs there is nothing to tell", async () => {
  expect(await storedReport(store, "smoke", [9])).toMatchObject({ tables: [], figures: {}, runs: [] });
});
