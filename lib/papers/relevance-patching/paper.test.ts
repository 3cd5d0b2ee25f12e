import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { RunStore } from "../../experiment/store";
import { renderSvg } from "../../figures/export";
import { tf } from "../../tensor";
import { relevanceConfig } from "./config";
import { countRuns, type Ledger, labelOf, makeLedger, readLedger, variantNames } from "./ledger";
import { storedClaims, storedReport } from "./paper";

const config = relevanceConfig("smoke");
const NAMES = ["DQI", "QDI"];

const heard: string[] = [];
let folder: string;
let store: RunStore;
let ledger: Ledger;
let tensorsLeft: number;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "relevance-patching-"));
  store = new RunStore(folder);
  const before = tf.memory().numTensors;
  ledger = await makeLedger(store, config, [1], NAMES, { onRun: ({ label }) => heard.push(label) });
  tensorsLeft = tf.memory().numTensors - before;
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a ledger", () => {
  it("makes every run once, and leaves no tensor", () => {
    expect(heard).toEqual(["document, query, instruction, seed 1", "query, document, instruction, seed 1"]);
    expect(countRuns(config, [1], NAMES)).toBe(2);
    expect(countRuns(config, [1, 2], ["reversed"])).toBe(4);
    expect(store.list()).toHaveLength(2);
    expect(tensorsLeft).toBe(0);
  });

  it("reads runs by name and seed; what has not been run is not there", async () => {
    for (const name of NAMES) expect(ledger.runs(name).map(({ seed }) => seed)).toEqual([1]);
    expect(ledger.runs("IDQ")).toEqual([]);
    expect(() => ledger.runs("DIQ")).toThrow(/no variant "DIQ"; there are .*DQI/);
    expect((await readLedger(store, config, [2])).runs("DQI")).toEqual([]);
    // The circuit's settings are another study's.
    const other = (change: object) => readLedger(store, { ...config, ...change }, [1]);
    expect((await other({ trainingSteps: 9 })).runs("DQI")).toHaveLength(1);
    expect((await other({ rows: 9 })).runs("DQI")).toEqual([]);
  });

  it("knows its variants by name", () => {
    expect(variantNames("formats")).toEqual(["DQI", "QDI", "IDQ", "pairwise", "reversed", "capital"]);
    expect(variantNames("data")).toEqual(["DQI", "hard", "nq"]);
    expect(labelOf("nq")).toBe("Natural Questions");
  });
});

test("claims are judged on the runs of the settings, and on none of others", async () => {
  const verdicts = await storedClaims(store, "smoke", [], [1]);
  expect(verdicts).toHaveLength(11);
  const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim);
  expect(of("C3")).toMatchObject({ verdict: "undecided", seeds: 1 });
  expect(of("C3")?.effect?.difference).toBeTypeOf("number");
  expect(of("C5 pairwise")?.note).toBe("no runs of two documents");
  const others = await storedClaims(store, "smoke", ["rows=9"], [1]);
  expect(others.filter(({ effect }) => effect !== undefined)).toEqual([]);
});

test("the report has claims first, then the tables and figures of what there are runs of", async () => {
  const { tables, figures, runs } = await storedReport(store, "smoke", [1]);
  const titles = tables.map(({ title }) => title);
  expect(titles[0]).toContain("Claims");
  expect(tables[0].rows).toHaveLength(11);
  const shown = [
    "how the model judges",
    "where the answer is",
    "how few heads",
    "heads with the greatest effect",
  ];
  for (const of of [...shown, "share of the gap", "agreement of head maps", "probes"])
    expect(
      titles.filter((title) => title.includes(of)),
      of,
    ).toHaveLength(1);
  expect(titles.filter((title) => title.includes("the small transformer"))).toEqual([]);
  expect(tables.filter(({ rows }) => rows.length === 0)).toEqual([]);
  expect(Object.keys(figures).sort()).toEqual(
    [
      ...["judgement", "flow", "lens", "resid_post", "attn_out", "mlp_out", "knock-out", "keep-only"],
      ...["heads-doc_all", "heads-query_all", "heads-inst_all", "heads-last", "heads-QDI"],
    ].sort(),
  );
  for (const [name, figure] of Object.entries(figures)) {
    expect(figure.data.length, name).toBeGreaterThan(0);
    expect(JSON.stringify(figure.data), name).toMatch(/"[yz]":\[+-?\d/);
    const { xaxis, yaxis } = figure.layout as Record<string, { title: { text: string } }>;
    expect(
      [xaxis.title.text, yaxis.title.text].every((title) => title !== ""),
      name,
    ).toBe(true);
  }
  expect(renderSvg(figures["heads-QDI"])).toContain("Heads at the last token");
  expect(runs.map(({ name }) => name).sort()).toEqual(["DQI", "QDI"]);
});

test("without runs there is nothing to tell, for one preset or for all of the command line's", async () => {
  for (const preset of ["smoke", "cpu"])
    expect(await storedReport(store, preset, [9])).toMatchObject({ tables: [], figures: {}, runs: [] });
});
