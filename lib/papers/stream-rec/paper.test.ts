import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunStore } from "../../experiment/store";
import { streamRecConfig } from "./config";
import { makeLedger } from "./ledger";
import { storedClaims, storedReport } from "./paper";

const NAMES = ["TIGER", "sft", "full", "joint"];

let folder: string;
let store: RunStore;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "stream-rec-paper-"));
  store = new RunStore(folder);
  await makeLedger(store, streamRecConfig("smoke"), [1], NAMES);
  // Another run than the preset's own, which the report does not show.
  await makeLedger(store, streamRecConfig("smoke", { simulatedUsers: 30 }), [1], ["TIGER"]);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("claims are judged on the runs of the settings, and on none of others", async () => {
  const verdicts = await storedClaims(store, "smoke", [], [1]);
  expect(verdicts).toHaveLength(21);
  const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim);
  expect(of("S1 RL")).toMatchObject({ verdict: "undecided", seeds: 1 });
  expect(of("S1 RL")?.effect?.difference).toBeTypeOf("number");
  expect(of("S1 pauses")?.note).toBe("no runs of TIGER + pauses");
  const others = await storedClaims(store, "smoke", ["simulatedUsers=30"], [1]);
  expect(others.filter(({ effect }) => effect !== undefined)).toEqual([]);
  await expect(storedClaims(store, "smoke", ["step=3"], [1])).rejects.toThrow(/did you mean st/);
});

test("the report has claims first, then the tables of complete ablations, figures and every run once", async () => {
  const { tables, figures, runs } = await storedReport(store, "smoke", [1]);
  expect(tables.map(({ title }) => title.replace(/^.*?: /, ""))).toEqual([
    "Claims (effect, in NDCG@10 unless the claim says otherwise)",
    ...["models", "what can be reached at all", "How STREAM-Rec decodes", "what thinking does"],
    ...["what is thought", "stage 3", "what thinking costs", "claims"],
  ]);
  expect(tables[0].rows).toHaveLength(21);
  expect(Object.keys(tables[0].rows[0])).toHaveLength(4); // claim, sentence, place in the paper, the one data set
  const names = Object.keys(figures).filter((name) => !name.startsWith("tree-path"));
  expect(names).toEqual(
    ["models", "popularity", "decoding", "annotation", "cosines", "rewards", "cost"].map(
      (name) => `tree-${name}`,
    ),
  );
  expect(Object.keys(figures).length).toBeGreaterThan(names.length);
  // Stage 1 is there too: stage 2 needs it, and it has a name.
  expect(runs.map(({ name }) => name).sort()).toEqual(["TIGER", "full", "joint", "sft", "stage1"]);
}, 60_000);

test("without runs there is nothing to tell, for one preset or for all of the command line's", async () => {
  for (const preset of ["smoke", "cpu"])
    expect(await storedReport(store, preset, [9])).toMatchObject({ tables: [], figures: {}, runs: [] });
});
