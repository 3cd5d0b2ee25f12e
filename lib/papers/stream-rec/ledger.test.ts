import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mean } from "../../experiment/statistics";
import { RunStore } from "../../experiment/store";
import type { Figure } from "../../figures";
import { splitTargets } from "../../recsys";
import { identifier } from "../../recsys/generative/tokenMap";
import { streamRecConfig } from "./config";
import {
  ablationFigure,
  annotationFigure,
  categoryFigure,
  cosineFigure,
  costFigure,
  modelFigure,
  popularityFigure,
  rewardFigure,
  stepsFigure,
  subcategoryFigure,
} from "./figures";
import { countRuns, type Ledger, makeLedger, readLedger } from "./ledger";
import { REWARDS } from "./rewards";
import {
  ablationTable,
  boundTable,
  cosineRows,
  costRows,
  costTable,
  describeData,
  loggedRows,
  modelTable,
  policyTable,
  stageTable,
  thinkingTable,
} from "./tables";
import { pathFigures, thinkingPathFigure } from "./thinkingPath";
import {
  exampleUsers,
  historyTable,
  runTokens,
  thoughtOf,
  thoughtTable,
  tokenNames,
  traceTable,
} from "./thoughts";

const config = streamRecConfig("smoke", { simulatedUsers: 40 });
const seeds = [1, 2];
const NAMES = ["TIGER", "TIGER + pauses", "stage1", "sft", "full"];

const heard: string[] = [];
let folder: string;
let ledger: Ledger;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "stream-rec-ledger-"));
  const store = new RunStore(folder);
  ledger = await makeLedger(store, config, seeds, NAMES, { onRun: ({ label }) => heard.push(label) });
}, 400_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = (figure: Figure) => JSON.stringify(figure.data);

describe("a ledger", () => {
  it("makes every run once, and reads it under all of its names", () => {
    expect(heard).toHaveLength(2 * NAMES.length);
    expect(countRuns(config, seeds, NAMES)).toBe(heard.length);
    const ids = (name: string) => ledger.runs(name).map(({ id }) => id);
    expect(ids("l2")).toEqual(ids("sft")); // l is 2 in this preset
    expect(ledger.runs("random")).toEqual([]);
    expect(() => ledger.runs("TIGR")).toThrow(/no variant "TIGR"; there are .*TIGER/);
  });

  it("of other settings there is nothing", async () => {
    const other = await readLedger(new RunStore(folder), { ...config, layers: 2 }, seeds);
    expect(other.runs("full")).toEqual([]);
    expect(other.loaded.data).toEqual(ledger.loaded.data);
  });
});

describe("tables", () => {
  it("of the data: what it holds, and how its items are written", () => {
    const { data } = ledger.loaded;
    expect(describeData(config, ledger.loaded)).toMatchObject({
      ...{ users: 40, items: 384, interactions: data.itemIds.length, "tokens an item": 3 },
      ...{ "training examples": data.itemIds.length - 3 * 40, "items coded as planted": 1 },
    });
  });

  it("of what can be reached: the oracle knows more than popularity and a Markov chain", () => {
    const [popularity, chain, oracle] = boundTable(ledger.loaded).map((row) => row["NDCG@10"] as number);
    expect(oracle).toBeGreaterThan(2 * Math.max(popularity, chain));
    expect(boundTable({ ...ledger.loaded, truth: undefined })).toHaveLength(2);
  });

  it("of models and stages hold the runs' numbers, the three that the paper is known for, and only what has runs", () => {
    expect(modelTable(ledger).map(({ model }) => model)).toEqual(["TIGER", "TIGER + pauses", "STREAM-Rec"]);
    const rows = stageTable(ledger);
    expect(rows.map((row) => row["paper's Recall@10 (Instruments)"])).toEqual([
      "0.0532",
      "",
      "",
      "0.0562",
      "0.0608",
    ]);
    expect(rows.map((row) => row["paper's Recall@10 (Scientific)"])).toEqual([
      "0.0382",
      "",
      "",
      "0.0390",
      "0.0424",
    ]);
    const ndcg = ledger.runs("sft").map(({ metrics }) => metrics["NDCG@10"]);
    expect(rows[3]["NDCG@10"]).toMatchObject({ mean: expect.closeTo(mean(ndcg), 12) });
    expect(ablationTable(ledger, "steps").map(({ model }) => model)).toEqual(["l = 2"]);
  });

  it("of thinking: first and last cosine are the ends of the curve", () => {
    const rows = thinkingTable(ledger);
    expect(rows.map(({ model }) => model)).toEqual(["stage 1 alone", "stages 1 and 2", "STREAM-Rec"]);
    const curve = cosineRows(ledger).filter(({ model }) => model === "STREAM-Rec");
    const at = (step: number) => mean(curve.filter((row) => row.step === step).map(({ cosine }) => cosine));
    expect(curve).toHaveLength(2 * 3);
    expect(rows[2]["cos(s_0, t)"]).toMatchObject({ mean: expect.closeTo(at(0), 10) });
    expect(rows[2]["cos(s_l, t)"]).toMatchObject({ mean: expect.closeTo(at(2), 10) });
  });

  it("of the cost: 5 steps of the decoder for 3", () => {
    const rows = costRows(ledger);
    expect(rows.map(({ decoding }) => decoding).slice(0, 3)).toEqual([
      "at once",
      "after pauses",
      "after thinking",
    ]);
    for (const { factor, decoding } of rows)
      expect(factor).toBeCloseTo(decoding === "at once" ? 1 : 5 / 3, 12);
    const [once, , thinking] = costTable(ledger);
    expect(once["times as long"]).toBe(1);
    expect(thinking["times as long"]).toBeCloseTo(
      (thinking["ms a user"] as number) / (once["ms a user"] as number),
      12,
    );
  });

  it("of logs: what was asked for, in order", () => {
    const [run] = ledger.runs("full");
    const rows = loggedRows(run, ["reward", "kl"]);
    expect(rows.map(({ step, name }) => `${step} ${name}`)).toEqual(["1 reward", "1 kl", "2 reward", "2 kl"]);
    expect(rows[0].value).toBeCloseTo(run.array("rewards")[0], 12);
    const [first] = policyTable(ledger);
    const own = ledger.runs("full").map((each) => mean(each.array("rewards")));
    expect(first["reward"]).toMatchObject({ mean: expect.closeTo(mean(own), 12) });
  });
});

describe("thoughts", () => {
  const thought = (user: number) => thoughtOf(ledger.runs("full")[0], ledger.loaded, config, user);

  it("are the run's own: trace, answer and rank of a test user, who had read at most a window", () => {
    const { data } = ledger.loaded;
    const [run] = ledger.runs("full");
    const event = splitTargets(data, "test")[7];
    expect(thought(7)).toEqual({
      ...{ user: 7, seed: 1, target: data.itemIds[event], answer: run.array("answers")[7] },
      ...{ rank: run.array("ranks")[7], trace: Int32Array.from(run.array("traces").slice(14, 16)) },
      history: data.itemIds.slice(event - config.windowLength, event),
    });
  });

  it("are written with letters for levels", () => {
    const tokens = runTokens(config, ledger.loaded, 1);
    expect(tokenNames(tokens, [1, 8, 9, 24])).toBe("a0 a7 b0 c7");
    const [row] = thoughtTable(
      [{ ...thought(0), trace: Int32Array.of(2, 9), rank: 99, answer: 5 }],
      ledger.loaded,
      tokens,
    );
    expect(row).toMatchObject({ user: 1, thought: "a1 b0", rank: "over 10" });
    expect(row["answer"]).toBe(`t0-0-4 (${tokenNames(tokens, identifier(tokens.map, 5))})`);
  });

  it("of example users: found first, and missed", () => {
    const run = { array: () => Int32Array.of(3, 1, 11, 1, 2 ** 31 - 1) } as never;
    expect(exampleUsers(run, 1)).toEqual({ found: [1], missed: [2] });
    expect(exampleUsers(run, 5)).toEqual({ found: [1, 3], missed: [2, 4] });
  });

  it("all of them in numbers: a share of repeated tokens is a share", () => {
    const [row] = traceTable(ledger, ["full", "random", "TIGER"]);
    expect(traceTable(ledger, ["full", "random", "TIGER"])).toHaveLength(1);
    const traces = ledger.runs("full").map((run) => {
      const all = run.array("traces");
      return Array.from({ length: 40 }, (_, user) => `${all[2 * user]} ${all[2 * user + 1]}`);
    });
    const repeated = mean(traces.flat().map((trace) => (new Set(trace.split(" ")).size < 2 ? 50 : 0)));
    expect(row["repeated tokens, %"]).toMatchObject({ mean: expect.closeTo(repeated, 8) });
    const different = mean(traces.map((own) => new Set(own).size));
    expect(row["different traces"]).toMatchObject({ mean: different });
  });

  it("a user's history has its planted rules, and says what is held out", () => {
    const { loaded } = ledger;
    const rows = historyTable(loaded, runTokens(config, loaded, 1), 3, 4);
    expect(rows.map(({ part }) => part)).toEqual(["training", "training", "validation", "test"]);
    const last = loaded.data.offsets[4] - 1;
    expect(rows[3]["item"]).toBe(loaded.labels[loaded.data.itemIds[last] - 1]);
    expect(rows[3]["came about"]).toBe(loaded.truth?.noise[last] === 1 ? "any item" : "by the rules");
  });
});

describe("figures", () => {
  it("show what there are runs of", () => {
    expect(modelFigure(ledger).data[0]).toMatchObject({ y: ["TIGER", "TIGER + pauses", "STREAM-Rec"] });
    expect(popularityFigure(ledger).data.map(({ name }) => name)).toEqual(["TIGER", "STREAM-Rec"]);
    expect(text(ablationFigure(ledger))).toContain("stage 1 alone");
    expect(text(ablationFigure(ledger))).not.toContain("STREAM-Rec");
    expect(stepsFigure(ledger).data.at(-1)).toMatchObject({ x: [2] });
    expect(text(cosineFigure(ledger))).toContain("stages 1 and 2");
    expect(text(annotationFigure(ledger))).toContain("the target's own tokens");
    const rewards = rewardFigure(ledger).data.map((trace) => ("name" in trace ? trace.name : undefined));
    expect(rewards.filter((name) => name !== undefined)).toEqual([...REWARDS]);
    expect(text(costFigure(ledger))).toContain("after thinking");
  });

  it("show the planted tables, cell by cell", () => {
    const { truth } = ledger.loaded;
    if (truth === undefined) throw new Error("a tree has its truth");
    const cells = (figure: Figure) => (figure.data[0] as unknown as { z: number[][] }).z.flat();
    expect(cells(categoryFigure(truth))).toEqual([...truth.f1]);
    expect(cells(subcategoryFigure(truth))).toEqual([...truth.f2]);
  });

  it("draw a thought into the tree: target and answer from the left to the right, a number at each token", () => {
    const { loaded } = ledger;
    const tokens = runTokens(config, loaded, 1);
    const base = thoughtOf(ledger.runs("full")[0], loaded, config, 0);
    const own = { ...base, trace: Int32Array.of(3, 3, 12, 17), answer: 9, target: 200, rank: 2 };
    const { data, layout } = thinkingPathFigure(own, loaded, tokens);
    const named = (name: string) =>
      data.find((trace) => "name" in trace && trace.name === name) as { x: number[]; y: number[] };
    const path = (item: number) => identifier(tokens.map, item);
    for (const [name, item] of [
      ["answer", 9],
      ["target", 200],
    ] as const) {
      expect(named(name).x, name).toEqual([1, 2, 3, null]);
      expect(named(name).y.slice(0, 3), name).toEqual(
        [...path(item)].map((token, level) => token - 1 - 8 * level),
      );
    }
    const numbers = data.at(-1) as unknown as { text: string[]; x: number[]; y: number[] };
    expect(numbers.text).toEqual(["1", "2", "3", "4"].map((step) => `<b>${step}</b>`));
    expect(numbers.x.map(Math.round)).toEqual([1, 1, 2, 3]);
    expect(numbers.x[1]).toBeGreaterThan(numbers.x[0]); // side by side, for the token is the same
    expect(numbers.y.map((y) => y + 0.5)).toEqual([2, 2, 3, 0]); // above its token each
    // Two links between the three tokens that differ.
    expect(named("thought").x.filter((value) => value === null)).toHaveLength(2);
    expect(JSON.stringify(layout.title)).toContain("a2 a2 b3 c0");
    expect(JSON.stringify(layout.title)).toContain("at rank 2");
  });

  it("draw the first users that are found and missed", () => {
    const { found, missed } = exampleUsers(ledger.runs("full")[0]);
    const expected = [...found.map(() => "path-found"), ...missed.map(() => "path-missed")];
    expect(Object.keys(pathFigures(ledger))).toEqual(expected);
    expect(pathFigures({ ...ledger, runs: () => [] })).toEqual({});
  });
});
