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

/** Other runs than the preset's own, which the report does not show. */
const SETTINGS = ["simulatedUsers=50"];

let folder: string;
let store: RunStore;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "mtgrec-paper-"));
  store = new RunStore(folder);
  const { variants } = experiment.ablations.main;
  const make = async (settings: readonly string[], names: readonly string[], seeds: readonly number[]) => {
    const overrides = parseOverrides(configuration.schema, settings);
    const config = resolveConfig("mtgrec", configuration, "smoke", overrides);
    const configurations = variants
      .filter(({ name }) => names.includes(name))
      .map(({ label, change }) => ({ label, config: { ...config, ...change } }));
    await makeRunsInProcess(experiment, configurations, seeds, { store });
  };
  await make(
    [],
    variants.map(({ name }) => name),
    [1, 2],
  );
  await make(SETTINGS, ["full"], [1]);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("claims are judged on the runs of the settings, and on none of others", async () => {
  const verdicts = await storedClaims(store, "smoke", [], [1, 2]);
  expect(verdicts).toHaveLength(14);
  const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim)!;
  expect(of("C1 control")).toMatchObject({ verdict: "undecided", seeds: 2 });
  expect(of("C1 control").effect?.difference).toBeTypeOf("number");
  expect(of("C2 above").note).toBe("no runs of uniform");
  const others = await storedClaims(store, "smoke", SETTINGS, [1]);
  expect(others.filter(({ effect }) => effect !== undefined).map(({ claim }) => claim)).toEqual(["C7"]);
  await expect(storedClaims(store, "smoke", ["tokeniser=3"], [1])).rejects.toThrow(/tokenizers/);
});

test("the report has claims first, then the tables of complete ablations, figures and every run once", async () => {
  const { tables, figures, runs } = await storedReport(store, "smoke", [1, 2]);
  expect(tables.map(({ title }) => title.replace(/^.*?: /, ""))).toEqual([
    "Claims (effect, in NDCG@10 unless the claim says otherwise)",
    "models (table 2)",
    "MTGRec and what it is compared with, and no more",
    "items written differently by snapshots (table 5)",
    "claims",
  ]);
  const [overview] = tables;
  expect(overview.rows).toHaveLength(14);
  expect(Object.keys(overview.rows[0])).toHaveLength(4); // claim, sentence, place in the paper, the one data set
  const of = (claim: string) => Object.values(overview.rows.find((row) => row.claim === claim)!).at(-1);
  expect(of("C7")).toMatch(/^undecided \(-?\d\.\d{4}\)$/);
  expect(of("C3")).toBe("no runs of unrelated");
  expect(Object.keys(figures)).toEqual(
    ["models", "popularity", "components", "churn", "codes", "chances"].map((name) => `catalogue-${name}`),
  );
  // MTGRec, its control, TIGER++ and MTGRec without fine-tuning; the control's pre-training has no name.
  expect(runs.map(({ name }) => name).sort()).toEqual(
    ["TIGER++", "TIGER++", "full", "full", "single", "single", "untuned", "untuned"].sort(),
  );
  expect(new Set(runs.map(({ run }) => run.id)).size).toBe(8);
}, 60_000);

test("without runs there is nothing to tell, for one preset or for all of the command line's", async () => {
  expect(await storedReport(store, "smoke", [9])).toMatchObject({ tables: [], figures: {}, runs: [] });
  expect(await storedReport(store, "cpu", [9])).toMatchObject({ tables: [], figures: {}, runs: [] });
});
