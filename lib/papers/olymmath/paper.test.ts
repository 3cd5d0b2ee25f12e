import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { RunStore } from "../../experiment/store";
import { olymMathConfig } from "./config";
import { countRuns, labelOf, makeLedger, readLedger, variantNames } from "./ledger";
import { storedClaims, storedReport } from "./paper";
import { storePlanted } from "./testingRuns";

const MAIN = { EN: ["RTTW", "CRW-", "!!!!"], ZH: ["TTWW", "RRRR", "WWWW"] };
const LOSSES = { step: [10, 20], loss: [2, 1], validation: [3, 2] };
const TRAINED = { timings: { "training seconds": 1, "sampling seconds": 1 }, losses: LOSSES };

let folder: string;
let store: RunStore;
beforeAll(() => {
  folder = mkdtempSync(join(os.tmpdir(), "olymmath-paper-"));
  store = new RunStore(folder);
  const smoke = olymMathConfig("smoke");
  for (const seed of [1, 2, 3]) storePlanted(store, smoke, "main", { ...MAIN, ...TRAINED, seed });
  storePlanted(store, smoke, "greedy", { EN: ["R", "R", "W"], ZH: ["W", "W", "W"] });
  for (const preset of ["cpu", "gpu"] as const)
    storePlanted(store, olymMathConfig(preset), "main", { ...MAIN, ...TRAINED });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a ledger", () => {
  const config = olymMathConfig("smoke");
  it("reads runs by name and seed; what has not been run is not there", async () => {
    const { runs } = await readLedger(store, config, [1, 2, 3]);
    expect(runs("main").map(({ seed }) => seed)).toEqual([1, 2, 3]);
    expect(runs("greedy").map(({ seed }) => seed)).toEqual([1]);
    expect(runs("hot")).toEqual([]);
    expect(() => runs("cold")).toThrow(/no variant "cold"; there are .*main/);
    expect((await readLedger(store, { ...config, width: 32 }, [1])).runs("main")).toEqual([]);
  });
  it("counts what variants build on", () => {
    expect([countRuns(config, [1], ["main"]), countRuns(config, [1, 2], ["hot", "short"])]).toEqual([1, 6]);
  });
  it("makes nothing that is there", async () => {
    const heard: string[] = [];
    const made = await makeLedger(store, config, [1], ["main", "greedy"], {
      onRun: ({ label }) => heard.push(label),
    });
    expect(made.runs("greedy")[0].metrics["pass@1 EN"]).toBeCloseTo(2 / 3, 12);
    expect(heard).toHaveLength(2);
    expect(store.list()).toHaveLength(6);
  });
  it("knows its variants by name", () => {
    expect(variantNames("language")).toEqual(["main", "tenth", "equal", "none"]);
    expect(labelOf("careful")).toBe("no shortcuts");
  });
});

test("claims are judged on the runs of the settings, and on none of others", async () => {
  const verdicts = await storedClaims(store, "smoke", [], [1, 2, 3]);
  expect(verdicts).toHaveLength(7);
  const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim);
  expect(of("C1")).toMatchObject({ seeds: 3, effect: { difference: expect.closeTo(1 / 3 - 0.1, 12) } });
  expect(of("C4")?.note).toBe("no runs of no shortcuts");
  expect(of("C6")?.note).toBe("no runs of T = 0 and T = 1"); // of T = 0 two seeds are missing
  const others = await storedClaims(store, "smoke", ["width=32"], [1, 2, 3]);
  expect(others.filter(({ effect }) => effect !== undefined)).toEqual([]);
});

describe("the report", () => {
  it("has claims first and the paper's own scores last, and says SYNTHETIC of all that is ours", async () => {
    const { tables, figures, runs } = await storedReport(store, "smoke", [1, 2, 3]);
    const published = tables.findIndex(({ title }) => title.startsWith("The paper's own"));
    const ours = tables.slice(1, published);
    expect(tables[0].title).toContain("Claims");
    expect(tables[0].rows).toHaveLength(7);
    expect(tables[0].note).toMatch(/^SYNTHETIC: .*IN-HOUSE MODEL: /);
    expect(ours.map(({ title }) => title)).toEqual(
      [
        ...["scores of the in-house model (shares of 1)", "family by family"],
        ...["English against Chinese, problem by problem", "lengths of right and wrong samples"],
        ...["derivations, by verdict", "the two ways of checking", "training", "claims"],
      ].map((of) => `SYNTHETIC, small numbers: ${of}`),
    );
    expect(tables[published]).toMatchObject({
      title: "The paper's own scores, in percent",
      note: expect.stringMatching(/arXiv 2503.21380v1.* None of them was measured here/),
    });
    expect(tables.slice(published).map(({ title }) => title)).toEqual(
      ["", " by field", " of many samples"].map((of) => `The paper's own scores${of}, in percent`),
    );
    expect(tables.filter(({ rows }) => rows.length === 0)).toEqual([]);
    expect(tables.filter(({ inReadme }) => inReadme).map(({ title }) => title)).toHaveLength(4);
    expect(Object.keys(figures).sort()).toEqual(
      ["learning", "samples", "families", "guesses", "temperature", "published", "shapes"].sort(),
    );
    expect(runs.map(({ name }) => name).sort()).toEqual(["greedy", "main", "main", "main"]);
  });

  it("of the command line has what a graphics card made beside it, where that is there", async () => {
    const { tables, figures } = await storedReport(store, "cpu", [1]);
    expect(Object.keys(tables[0].rows[0])).toEqual(
      expect.arrayContaining(["SYNTHETIC, small numbers", "SYNTHETIC, all numbers"]),
    );
    expect(Object.keys(figures)).toEqual(expect.arrayContaining(["samples", "all-samples"]));
  });

  it("is empty without runs", async () => {
    for (const preset of ["smoke", "cpu"])
      expect(await storedReport(store, preset, [9])).toMatchObject({ tables: [], figures: {}, runs: [] });
  });
});
