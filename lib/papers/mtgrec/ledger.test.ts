import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunStore } from "../../experiment/store";
import { rankingMetrics } from "../../recsys";
import { popularityRows } from "../../recsys/variantReport";
import { tf } from "../../tensor";
import { claimRuns, testClaims } from "./claims";
import { mtgRecConfig } from "./config";
import {
  ablationFigure,
  chanceFigure,
  churnFigure,
  codeFigure,
  modelFigure,
  popularityFigure,
} from "./figures";
import { countRuns, type Ledger, labelOf, makeLedger, readLedger, variantNames } from "./ledger";
import {
  ablationTable,
  chanceRows,
  churnTable,
  codeTable,
  describeData,
  identifierTable,
  modelTable,
  variants,
} from "./tables";

const config = mtgRecConfig("smoke", {
  simulatedUsers: 60,
  tokenizerEpochs: 12,
  stages: [2, 1],
  decoding: "constrained",
});
const seeds = [1, 2, 3];

const NAMES = variantNames("components");
const heard: string[] = [];
let folder: string;
let store: RunStore;
let ledger: Ledger;
let tensorsLeft: number;

beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "mtgrec-ledger-"));
  store = new RunStore(folder);
  const before = tf.memory().numTensors;
  ledger = await makeLedger(store, config, seeds, NAMES, { onRun: ({ label }) => heard.push(label) });
  tensorsLeft = tf.memory().numTensors - before;
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ids = (name: string) => ledger.runs(name).map(({ id }) => id);

describe("a ledger", () => {
  it("makes every run once: tokenizers and pre-trainings are shared, and no tensor is left", () => {
    // a seed: two tokenizers, four pre-trainings, `untuned` among them, four fine-tunings, and TIGER++
    expect(heard).toHaveLength(3 * (2 + 4 + 4 + 1));
    expect(countRuns(config, seeds, NAMES)).toBe(heard.length);
    expect(store.list()).toHaveLength(heard.length);
    expect(tensorsLeft).toBe(0);
  });

  it("reads the runs by name and seed: equal configurations are one run, what cannot run is not there", () => {
    for (const name of variantNames("components"))
      expect(ledger.runs(name).map(({ seed }) => seed)).toEqual(seeds);
    expect(ids("n1")).toEqual(ids("single"));
    expect(ids("n2")).toEqual(ids("full"));
    expect(ids("fullL1")).toEqual(ids("full"));
    expect(new Set(variantNames("components").flatMap(ids)).size).toBe(3 * 6);
    expect(ledger.runs("n4")).toEqual([]); // of three snapshots
    expect(ledger.runs("SASRec")).toEqual([]);
    expect(ledger.tokenizers("TIGER++").map(({ seed }) => seed)).toEqual(seeds);
    expect(ledger.tokenizers("TIGER++", 1)).toHaveLength(3);
    expect(ledger.tokenizers("TIGER++", 2)).toEqual([]);
    expect(ledger.tokenizers("LETTER")).toEqual([]);
    expect(() => ledger.runs("TIGR")).toThrow(/no variant "TIGR"; there are .*TIGER/);
  });

  it("a second time nothing is made", async () => {
    const again = await makeLedger(store, config, seeds, NAMES);
    expect(store.list()).toHaveLength(heard.length);
    expect(again.runs("full").map(({ id }) => id)).toEqual(ids("full"));
  });

  it("of other settings or seeds there is nothing", async () => {
    const other = await readLedger(store, { ...config, temperature: 9 }, seeds);
    expect(other.runs("full")).toEqual([]);
    expect(other.runs("uniform")).toHaveLength(3); // which has no temperature
    expect((await readLedger(store, config, [9])).runs("full")).toEqual([]);
  });
});

describe("the comparison is fair", () => {
  it("MTGRec, its control and TIGER++ make the same number of updates", () => {
    const updates = (name: string) => ledger.runs(name).map(({ metrics }) => metrics["updates"]);
    expect(updates("full")[0]).toBeGreaterThan(10);
    for (const name of ["single", "uniform", "unrelated", "TIGER++"])
      expect(updates(name), name).toEqual(updates("full"));
    for (const [seed, count] of updates("untuned").entries())
      expect(count).toBeLessThan(updates("full")[seed]);
  });

  it("metrics are those of the ranks of all test users, before the fine-tuning by the same weights as `untuned`", () => {
    for (const name of variantNames("components")) {
      for (const { metrics, array } of ledger
        .runs(name)
        .map((run) => ({ ...run, array: run.array.bind(run) }))) {
        expect(array("ranks")).toHaveLength(60);
        expect(metrics["NDCG@10"]).toBeGreaterThan(0);
        expect(metrics["NDCG@10"]).toBeCloseTo(rankingMetrics(array("ranks")).ndcg, 12);
      }
    }
    ledger.runs("full").forEach((run, seed) => {
      expect(run.array("ranksBefore")).toEqual(ledger.runs("untuned")[seed].array("ranks"));
      expect(run.metrics["NDCG@10 before fine-tuning"]).toBe(ledger.runs("untuned")[seed].metrics["NDCG@10"]);
    });
  });
});

describe("tables", () => {
  it("of models and components hold the runs' numbers, and only what has runs", () => {
    expect(modelTable(ledger).map(({ model }) => model)).toEqual(["TIGER++", "MTGRec"]);
    const rows = ablationTable(ledger, "components");
    expect(rows.map(({ model }) => model)).toEqual(
      variantNames("components").map((name) => (name === "full" ? "MTGRec" : labelOf(name))),
    );
    const ndcg = ledger.runs("uniform").map(({ metrics }) => metrics["NDCG@10"]);
    expect(rows[1]["NDCG@10"]).toMatchObject({ mean: expect.closeTo((ndcg[0] + ndcg[1] + ndcg[2]) / 3, 12) });
    expect(rows[0]["updates"]).toBe(ledger.runs("full")[0].metrics["updates"].toFixed(0));
    expect(ablationTable(ledger, "tokenizers").map(({ model }) => model)).toEqual(["n = 1", "n = 2"]);
  });

  it("of tokenizers: codes, identifiers, and what changes between snapshots", () => {
    const [row, ...others] = codeTable(ledger);
    expect(others).toEqual([]);
    expect(row["tokenizer"]).toBe("TIGER++");
    expect(row["collision rate"]).toBeGreaterThanOrEqual(0);
    expect(row["collision rate"]).toBeLessThanOrEqual(1);
    expect(row["used codes, level 1"]).toBeLessThanOrEqual(8);
    const [run] = ledger.tokenizers("TIGER++");
    const codes = run.array("codes");
    const table = identifierTable(run, [1, 4]);
    expect(table.map(({ item }) => item)).toEqual([1, 4]);
    expect(table[1]["T1"]).toBe(`(${[...codes.slice(9, 12)].join(", ")})`);
    expect(Object.keys(table[0])).toEqual(["item", "T1", "T2", "T3"]);
    expect(churnTable(ledger).map(({ gap }) => gap)).toEqual([1, 2]);
    for (const { "first token, %": first, "any token, %": any } of churnTable(ledger))
      expect(Number(any)).toBeGreaterThanOrEqual(Number(first));
  });

  it("of popularity: a row a model, group and seed, all users in one of the groups", () => {
    const rows = popularityRows(variants(ledger), ledger.catalogue.data, ["TIGER++", "full", "SASRec"]);
    expect(new Set(rows.map(({ model }) => model))).toEqual(new Set(["TIGER++", "MTGRec"]));
    const own = rows.filter(({ model, seed }) => model === "MTGRec" && seed === 2);
    expect(own.reduce((sum, { users }) => sum + users, 0)).toBe(60);
    const found = own.reduce((sum, { users, recall }) => sum + users * recall, 0) / 60;
    expect(found).toBeCloseTo(ledger.runs("full")[1].metrics["Recall@10"], 12);
  });

  it("of chances: even at first, then those of the run's stages, each summing to 1", () => {
    const [run] = ledger.runs("untuned");
    const rows = chanceRows(run);
    expect(rows.slice(0, 2).map(({ epoch, chance }) => [epoch, chance])).toEqual([
      [0, 0.5],
      [0, 0.5],
    ]);
    expect(rows.slice(2).map(({ epoch, tokenizer }) => [epoch, tokenizer])).toEqual([
      [2, "T1"],
      [2, "T2"],
    ]);
    expect(rows[2].chance + rows[3].chance).toBeCloseTo(1, 9);
    expect(rows[2].chance).not.toBe(0.5);
  });

  it("of the data: what the catalogue holds", () => {
    const { data } = ledger.catalogue;
    expect(describeData(ledger.catalogue)).toMatchObject({
      users: 60,
      items: data.items,
      interactions: data.itemIds.length,
      "training examples": data.itemIds.length - 3 * 60,
    });
  });
});

it("figures show what there are runs of", () => {
  expect(modelFigure(ledger).data[0]).toMatchObject({ y: ["TIGER++", "MTGRec"] });
  expect(popularityFigure(ledger).data.map(({ name }) => name)).toEqual(["TIGER++", "MTGRec"]);
  expect(JSON.stringify(ablationFigure(ledger).data)).toContain("unrelated tokenizers");
  expect(JSON.stringify(churnFigure(ledger).data)).toContain("any token, here");
  expect(chanceFigure(ledger, ledger.runs("untuned")[0]).data.length).toBeGreaterThanOrEqual(2);
  const [run] = ledger.tokenizers("TIGER++");
  expect(JSON.stringify(codeFigure(run, ledger.catalogue.groups).data)).toContain("group 1");
  expect(JSON.stringify(codeFigure(run).data)).toMatch(/code \d/);
});

it("claims are judged on the runs that there are, and say which are missing", () => {
  const runs = claimRuns(ledger);
  const verdicts = testClaims(runs);
  expect(verdicts.map(({ claim }) => claim)).toEqual([
    ...["C1 NDCG", "C1 Recall", "C1 TIGER", "C1 control", "C2 above", "C2 below", "C3"],
    ...["C4 any", "C4 first", "C5", "C6 more", "C6 fewer", "C6 depth", "C7"],
  ]);
  const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim)!;
  const mean = (name: string) =>
    ledger.runs(name).reduce((sum, { metrics }) => sum + metrics["NDCG@10"], 0) / 3;
  expect(of("C1 control").seeds).toBe(3);
  expect(of("C1 control").effect!.difference).toBeCloseTo(mean("full") - mean("single"), 12);
  expect(of("C3").effect!.difference).toBeCloseTo(mean("single") - mean("unrelated"), 12);
  expect(of("C7").effect!.difference).toBeCloseTo(mean("full") - mean("untuned"), 12);
  expect(of("C1 TIGER")).toMatchObject({ verdict: "undecided", note: "no runs of TIGER" });
  expect(of("C6 more")).toMatchObject({
    verdict: "undecided",
    note: "no runs of several numbers of tokenizers",
  });
  expect(of("C6 depth").note).toBe("no runs of fullL3 and TIGER++L3");
  expect(runs.churn.map((rows) => rows.map(({ gap }) => gap))).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
});

it("a sweep of which some seeds are missing decides nothing, and breaks nothing", () => {
  const half = new Map([["TIGER++", 2]]);
  const runs = claimRuns({ ...ledger, runs: (name) => ledger.runs(name).slice(0, half.get(name) ?? 3) });
  expect(runs.values("TIGER++", "recall")).toBeUndefined();
  const verdicts = testClaims(runs);
  for (const claim of ["C1 NDCG", "C1 Recall", "C5"])
    expect(verdicts.find((verdict) => verdict.claim === claim)).toMatchObject({
      seeds: 0,
      note: "no runs of TIGER++",
    });
});
