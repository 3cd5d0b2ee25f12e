import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunStore } from "../../experiment/store";
import { renderSvg } from "../../figures/export";
import { rankingMetrics } from "../../recsys";
import { tf } from "../../tensor";
import { claimRuns, testClaims } from "./claims";
import { utgRecConfig } from "./config";
import { countRuns, type Ledger, labelOf, makeLedger, readLedger } from "./ledger";
import { codeTreeFigure } from "./results/codeTreeFigure";
import { ablationFigure, modelFigure, popularityFigure } from "./results/figures";
import { exampleItems, itemsFigure, recalledFigure, recalledItems, recalledTable } from "./results/recalled";
import { keptFigure, survivalFigure } from "./results/survivingCodes";
import {
  ablationTable,
  describeWorld,
  itemTable,
  modelTable,
  oracleTable,
  tokenizerTable,
} from "./results/tables";
import { targetOf } from "./runs/training";
import { cellOf } from "./world/worldConcepts";
import { oracleRanks } from "./world/worldOracle";

const config = utgRecConfig("smoke", { tokenizerEpochs: 2, rqvaeEpochs: 4 });
const seeds = [1, 2];
const NAMES = ["full", "no-adapt", "all-scratch", "TIGER"];

const heard: string[] = [];
let folder: string;
let store: RunStore;
let ledger: Ledger;
let tensorsLeft: number;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "utgrec-ledger-"));
  store = new RunStore(folder);
  const before = tf.memory().numTensors;
  ledger = await makeLedger(store, config, seeds, NAMES, { onRun: ({ label }) => heard.push(label) });
  tensorsLeft = tf.memory().numTensors - before;
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ids = (name: string) => ledger.runs(name).map(({ id }) => id);

describe("a ledger", () => {
  it("makes every run once, and leaves no tensor", () => {
    // a seed: tokenizer and recommender of the sources, three tokenizers of the target, three recommenders on them, and TIGER
    expect(heard).toHaveLength(2 * (2 + 3 + 3 + 1));
    expect(countRuns(config, seeds, NAMES)).toBe(heard.length);
    expect(store.list()).toHaveLength(heard.length);
    expect(tensorsLeft).toBe(0);
  });

  it("reads runs by name and seed; what has not been run is not there", () => {
    for (const name of NAMES) expect(ledger.runs(name).map(({ seed }) => seed)).toEqual(seeds);
    expect(ids("full-L1")).toEqual(ids("full")); // the preset's depth
    expect(ledger.runs("free-E")).toEqual([]);
    expect(ledger.tokenizers("full").map(({ seed }) => seed)).toEqual(seeds);
    const tokenizers = (name: string) => ledger.tokenizers(name).map(({ id }) => id);
    expect(tokenizers("rec-scratch")).toEqual(tokenizers("full"));
    expect(() => ledger.runs("TIGR")).toThrow(/no variant "TIGR"; there are .*TIGER/);
  });

  it("of other settings or seeds there is nothing", async () => {
    const other = await readLedger(store, { ...config, fineTuningLearningRate: 9 }, seeds);
    expect(other.runs("full")).toEqual([]);
    expect(other.runs("TIGER")).toHaveLength(2); // which is not fine-tuned
    expect((await readLedger(store, config, [9])).runs("full")).toEqual([]);
  });
});

describe("tables", () => {
  it("of models and variants hold the runs' numbers beside the paper's, and only what has runs", () => {
    expect(modelTable(ledger).map(({ model }) => model)).toEqual(["TIGER", "UTGRec"]);
    expect(modelTable(ledger, NAMES)).toHaveLength(4);
    const rows = ablationTable(ledger, "components");
    expect(rows.map(({ model }) => model)).toEqual(["full", "no-adapt", "all-scratch"].map(labelOf));
    const [a, b] = ledger.runs("no-adapt").map(({ metrics }) => metrics["NDCG@10"]);
    expect(rows[1]["NDCG@10"]).toMatchObject({ mean: expect.closeTo((a + b) / 2, 12) });
    expect(rows.map((row) => row["paper's NDCG@10 (Scientific)"])).toEqual(["0.0255", "0.0218", "0.0232"]);
    expect(rows.map((row) => row["paper's Recall@10 (Instrument)"])).toEqual(["0.0616", "0.0551", "0.0575"]);
  });

  it("of the world: a row a domain", () => {
    const rows = describeWorld(ledger.world);
    expect(rows.map(({ role }) => role)).toEqual(["source", "source", "target"]);
    const { data, hasImage } = targetOf(ledger.world);
    expect(rows[2]).toMatchObject({
      ...{ users: config.targetUsers, items: config.targetItems, interactions: data.itemIds.length },
      "items with a picture": hasImage.filter((has) => has === 1).length,
      "training examples": data.itemIds.length - 3 * config.targetUsers,
    });
  });

  it("of items: title, words and the codes that they have in the end", () => {
    const [run] = ledger.tokenizers("full");
    const [row] = itemTable(ledger.world, 2, [4], run);
    expect(row["codes"]).toBe(`(${[...run.array("codes").slice(9, 12)].join(", ")})`);
    expect(`${row["title"]} ${row["further words"]}`.split(" ")).toHaveLength(12);
    expect(itemTable(ledger.world, 0, [1])[0]).not.toHaveProperty("codes");
  });

  it("of tokenizers: their metrics, empty where there is none", () => {
    const rows = tokenizerTable(ledger);
    expect(rows.map(({ tokenizer }) => tokenizer)).toEqual(
      ["full", "no-adapt", "rec-scratch", "all-scratch"].map(labelOf),
    );
    expect(rows[1]["first codes kept"]).toEqual({ mean: 1, std: 0 });
    expect(rows[3]["first codes kept"]).toBe("");
  });

  it("of the oracle: the ranks of the rule itself, the better the more it is told", () => {
    const rows = oracleTable(ledger.world);
    expect(rows).toHaveLength(3);
    const { ndcg } = rankingMetrics(oracleRanks(targetOf(ledger.world), "class"), 10);
    expect(rows[2]["NDCG@10"]).toBe(ndcg);
    expect(rows[2]["NDCG@10"]).toBeGreaterThan(rows[0]["NDCG@10"] as number);
  });
});

describe("what the codes remember", () => {
  it("examples have pictures, so many of each concept, each of a sub-concept of its own", () => {
    const target = targetOf(ledger.world);
    const items = exampleItems(target, 3);
    expect(items).toHaveLength(3 * 5);
    expect(new Set(items.map((item) => cellOf(target.truth, item))).size).toBe(15);
    for (const item of items) expect(target.hasImage[item - 1]).toBe(1);
    expect(items.slice(0, 3).map((item) => target.truth.coarse[item - 1])).toEqual(
      new Array(3).fill(target.truth.concepts[0]),
    );
  });

  it("is the same each time, alike for items with the same codes, and shown with the items' own pictures", () => {
    const target = targetOf(ledger.world);
    const [run] = ledger.tokenizers("full");
    const items = exampleItems(target, 1);
    const before = tf.memory().numTensors;
    const recalled = recalledItems(config, ledger.world, run, items);
    expect(tf.memory().numTensors).toBe(before);
    expect(recalledItems(config, ledger.world, run, items)).toEqual(recalled);
    recalled.forEach(({ item, codes, words, image, drawn, kin }) => {
      expect(codes).toEqual([...run.array("nearestCodes").slice(3 * (item - 1), 3 * item)]);
      expect(words).toHaveLength(8);
      expect(drawn).toHaveLength(16 * 8);
      expect(image).toEqual(target.images.subarray((item - 1) * 128, item * 128));
      expect(kin).toHaveLength(12 + 8);
      const twin = recalled.find((other) => other.item !== item && other.codes.join() === codes.join());
      if (twin !== undefined) expect(twin.words).toEqual(words);
    });
    const rows = recalledTable(recalled);
    expect(rows[0]["planted"]).toMatch(/^[a-z]+: [a-z]+$/);
    expect(rows[0]["of its concept"]).toMatch(/^\d of 8$/);
    expect(renderSvg(recalledFigure(recalled))).toContain("What the codes remember");
  });
});

describe("figures", () => {
  it("show what there are runs of", () => {
    expect(modelFigure(ledger).data[0]).toMatchObject({ y: ["TIGER", "UTGRec"] });
    expect(popularityFigure(ledger).data.map(({ name }) => name)).toEqual(["TIGER", "UTGRec"]);
    expect(JSON.stringify(ablationFigure(ledger).data)).toContain("w/o tokenizer adaptation");
    expect(JSON.stringify(itemsFigure(ledger.world, 0, [1, 2]).layout)).toContain("harbour shop (source)");
  });

  it("of the codes as a tree: boxes and planted strips have every item once", () => {
    const [run] = ledger.tokenizers("full");
    const figure = codeTreeFigure(run, ledger.world, config);
    const [boxes, ...strips] = figure.data as unknown as { x: number[]; y: number[]; name: string }[];
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    for (let level = 0; level < 3; level++)
      expect(sum(boxes.y.filter((_, at) => boxes.x[at] === level))).toBe(config.targetItems);
    expect(strips).toHaveLength(5);
    expect(sum(strips.flatMap(({ y }) => y))).toBe(config.targetItems);
    expect(strips.filter(({ name }) => name.endsWith("(in no source)"))).toHaveLength(1);
    expect(renderSvg(figure)).toContain("The codes as a tree");
  });

  it("of surviving codes: every item by its code before and after, and refused where there was none before", () => {
    const [run] = ledger.tokenizers("no-adapt");
    const { z } = survivalFigure(run, config).data[0] as unknown as { z: number[][] };
    expect(z.flat().reduce((sum, count) => sum + count)).toBe(config.targetItems);
    z.forEach((row, from) => {
      row.forEach((count, to) => {
        if (from !== to) expect(count).toBe(0);
      });
    });
    expect(() => survivalFigure(ledger.tokenizers("all-scratch")[0], config)).toThrow(
      "this tokenizer was trained on the target alone",
    );
    const bars = keptFigure(ledger, ["full", "no-adapt"]).data as unknown as { name: string; x: number[] }[];
    expect(bars.map(({ name }) => name)).toEqual(["first code", "all codes"]);
    expect(bars[0].x[1]).toBe(100);
  });
});

it("a sweep of which some seeds are missing decides nothing, and breaks nothing", () => {
  const runs = claimRuns({ ...ledger, runs: (name) => ledger.runs(name).slice(0, name === "TIGER" ? 1 : 2) });
  expect(runs.values("TIGER", "recall")).toBeUndefined();
  const verdicts = testClaims(runs);
  for (const claim of ["U1 TIGER", "U7"])
    expect(verdicts.find((verdict) => verdict.claim === claim)).toMatchObject({
      seeds: 0,
      note: "no runs of TIGER",
    });
});
