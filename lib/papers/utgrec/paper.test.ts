import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunStore } from "../../experiment/store";
import { utgRecConfig } from "./config";
import { makeLedger, variantNames } from "./ledger";
import { storedClaims, storedReport } from "./paper";

let folder: string;
let store: RunStore;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "utgrec-paper-"));
  store = new RunStore(folder);
  await makeLedger(store, utgRecConfig("smoke"), [1], variantNames("main"));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("claims are judged on the runs of the settings, and on none of others", async () => {
  const verdicts = await storedClaims(store, "smoke", [], [1]);
  expect(verdicts).toHaveLength(13);
  const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim)!;
  expect(of("U2 free")).toMatchObject({ verdict: "undecided", seeds: 1 });
  expect(of("U2 free").effect?.difference).toBeTypeOf("number");
  expect(of("U4 tree").note).toBe("no runs of flat-books");
  const others = await storedClaims(store, "smoke", ["targetUsers=41"], [1]);
  expect(others.filter(({ effect }) => effect !== undefined)).toEqual([]);
  await expect(storedClaims(store, "smoke", ["rootCode=3"], [1])).rejects.toThrow(/rootCodes/);
});

test("the report has claims first, then the tables of complete ablations, figures and every run once", async () => {
  const { tables, figures, runs } = await storedReport(store, "smoke", [1]);
  expect(tables.map(({ title }) => title.replace(/^.*?: /, ""))).toEqual([
    "Claims (effect, in NDCG@10 unless the claim says otherwise)",
    "models (table 2)",
    "UTGRec, how it is transferred, and what it is compared with, and no more",
    "tokenizers of the target",
    "how well the next item can be foretold at all",
    "claims",
  ]);
  const [overview] = tables;
  expect(overview.rows).toHaveLength(13);
  expect(Object.keys(overview.rows[0])).toEqual(["claim", "sentence", "in the paper", "Simulated shops"]);
  expect(Object.keys(figures)).toEqual(
    ["models", "popularity", "components", "kept", "surviving", "codes"].map((name) => `sweep-${name}`),
  );
  expect(runs.map(({ name }) => name).sort()).toEqual([...variantNames("main")].sort());
  expect(new Set(runs.map(({ run }) => run.id)).size).toBe(7);
}, 60_000);

test("without runs there is nothing to tell", async () => {
  expect(await storedReport(store, "smoke", [9])).toMatchObject({ tables: [], figures: {}, runs: [] });
});
