import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { RunStore } from "../../experiment/store";
import { requireTimes } from "../../recsys";
import { tf } from "../../tensor";
import { type ClaimRuns, claimRuns, testClaims } from "./claims";
import { t2aRecConfig } from "./config";
import { ablationFigure, gainRows, modelFigure, segmentFigure } from "./figures";
import { chosenStep, type Ledger, labelOf, makeLedger, variantNames } from "./ledger";
import { plantedReferences } from "./planted";
import { STEP_SETTINGS } from "./steps";
import { ablationTable, modelTable, plantedTable, segmentRows, stepTable } from "./tables";

const config = t2aRecConfig("smoke", { simulatedUsers: 60, epochs: 1 });
const seeds = [1, 2, 3];
const NAMES = ["GRU4Rec", "SASRec", ...variantNames("losses"), "sgd0.5", "adam0.005"];
const heard: string[] = [];
const logged: string[] = [];
let folder: string;
let ledger: Ledger;
let tensorsLeft: number;

beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "t2arec-ledger-"));
  vi.stubEnv("REPRISE_RUNS", folder);
  const before = tf.memory().numTensors;
  ledger = await makeLedger(config, seeds, NAMES, {
    onRun: ({ label }) => heard.push(label),
    onLog: ({ label }, step) => logged.push(`${label} ${step}`),
  });
  tensorsLeft = tf.memory().numTensors - before;
}, 300_000);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe("a ledger", () => {
  it("makes every run once: trainings are shared, equal configurations are one run, and no tensor is left", () => {
    // a seed: 2 baselines, 4 trainings of T2ARec, and 7 steps: full, w/o time, w/o state, two of the tests, two settings
    expect(heard).toHaveLength(3 * (2 + 4 + 7));
    expect(new RunStore(folder).list()).toHaveLength(heard.length);
    expect(logged.filter((line) => line.startsWith("GRU4Rec, seed 2"))).toEqual(["GRU4Rec, seed 2 1"]);
    expect(tensorsLeft).toBe(0);
  });

  it("reads the runs by name and seed; what was not made is not there", () => {
    for (const name of NAMES) expect(ledger.runs(name).map(({ seed }) => seed)).toEqual(seeds);
    expect(ledger.runs("Mamba4Rec")).toEqual([]);
    expect(ledger.runs("sgd0.005").map(({ id }) => id)).toEqual(ledger.runs("full").map(({ id }) => id));
    expect(ledger.runs("none").map(({ id }) => id)).toEqual(ledger.runs("noBothTest").map(({ id }) => id));
    expect(() => ledger.runs("BERT5Rec")).toThrow(/no variant "BERT5Rec"; there are .*BERT4Rec/);
  });

  it("a second time nothing is made, and the logs are told again", async () => {
    const again: string[] = [];
    const stored = new RunStore(folder).list().length;
    const second = await makeLedger(config, [1], ["SASRec"], {
      onLog: (_, step, values) => again.push(`${step} ${Object.keys(values).join()}`),
    });
    expect(again).toEqual(["1 loss,validation NDCG@10"]);
    expect(second.runs("SASRec")[0].metrics).toEqual(ledger.runs("SASRec")[0].metrics);
    expect(new RunStore(folder).list()).toHaveLength(stored);
  });

  it("stops before a run where its signal says so", async () => {
    await expect(makeLedger(config, [9], ["SASRec"], { signal: AbortSignal.abort() })).rejects.toThrow(
      /stopped before its end/,
    );
  });
});

describe("tables", () => {
  it("hold the runs' numbers, the paper's beside where it has the data", async () => {
    expect(modelTable(ledger).map(({ model }) => model)).toEqual([
      "GRU4Rec",
      "SASRec",
      "T2ARec w/o both",
      "T2ARec",
    ]);
    const [full] = ablationTable(ledger);
    const ndcg = ledger.runs("full").map(({ metrics }) => metrics["NDCG@10"]);
    expect(full["NDCG@10"]).toMatchObject({ mean: (ndcg[0] + ndcg[1] + ndcg[2]) / 3 });
    expect(full["paper's NDCG@10"]).toBe(""); // a simulator is no data set of the paper
    const onFilms = { ...ledger, config: { ...config, dataset: "ml-100k" } };
    expect(ablationTable(onFilms)[0]["paper's NDCG@10"]).toBe("0.1648 (MovieLens-1M)");
    expect(modelTable(onFilms)[2]["paper's NDCG@10"]).toBe("0.1578 (MovieLens-1M)");
  });

  it("of steps: their change from no step, on both splits", () => {
    const rows = stepTable(ledger);
    expect(rows.map(({ step }) => step)).toEqual(["sgd0.005", "sgd0.5", "adam0.005", "none"].map(labelOf));
    expect(rows[3]).toMatchObject({ "change on validation": 0, "change on test": 0 });
    const mean = (name: string, metric: string) =>
      ledger.runs(name).reduce((sum, { metrics }) => sum + metrics[metric], 0) / 3;
    expect(rows[2]["change on test"]).toBeCloseTo(mean("adam0.005", "NDCG@10") - mean("none", "NDCG@10"), 12);
  });

  it("of planted shifts: ceiling, floors, models", () => {
    const references = plantedReferences(ledger.loaded, config);
    const [oracle, sameCluster, popularity] = references.map(({ all }) => all);
    expect(oracle).toBeGreaterThan(sameCluster);
    expect(sameCluster).toBeGreaterThan(popularity);
    expect(plantedTable(references, ledger).map(({ model }) => model)).toEqual([
      "oracle",
      "same cluster",
      "popularity",
      "GRU4Rec",
      "SASRec",
      "T2ARec w/o both",
      "T2ARec",
      "w/o both, test",
    ]);
    expect(() => plantedReferences({ ...ledger.loaded, simulation: undefined }, config)).toThrow(
      /no planted truth/,
    );
  });

  it("of segments: a row a model, segment and seed", () => {
    expect(segmentRows(ledger, ["SASRec", "full", "TTT4Rec"])).toHaveLength(2 * 4 * 3);
    expect(modelFigure(ledger).data[0]).toMatchObject({
      y: ["GRU4Rec", "SASRec", "T2ARec w/o both", "T2ARec"],
    });
    expect(segmentFigure(ledger).data.length).toBeGreaterThanOrEqual(4);
    expect(ablationFigure(ledger).data.length).toBeGreaterThanOrEqual(1);
  });
});

it("gains are over the better rival of a segment, in percent, the paper's beside", () => {
  const segments = (values: number[]) =>
    Object.fromEntries(values.map((value, i) => [`NDCG@10 segment ${i + 1}`, value]));
  const numbers: Record<string, number[]> = {
    full: [0.12, 0.11, 0.1, 0.1],
    TiM4Rec: [0.1, 0.1, 0.05, 0.2],
    TTT4Rec: [0.05, 0.11, 0.08, 0.1],
  };
  const made = {
    ...ledger,
    runs: (name: string) => [{ metrics: segments(numbers[name]) }],
  } as unknown as Ledger;
  const here = gainRows(made).filter(({ source }) => source === "here");
  expect(here.map(({ gain }) => Math.round(gain))).toEqual([20, 0, 25, -50]);
  expect(
    gainRows(made)
      .filter(({ source }) => source !== "here")
      .map(({ gain }) => Number(gain.toFixed(9))),
  ).toEqual([1.4, 2.1, 3.2, 3.6]);
});

describe("the step is chosen on validation", () => {
  it("whatever the test split says, and only among settings that every seed has run", () => {
    const runsOf = (validation: number, test: number, count = 3) =>
      Array.from({ length: count }, () => ({
        metrics: { "validation NDCG@10": validation, "NDCG@10": test },
      }));
    const made: Record<string, unknown[]> = {
      "sgd0.005": runsOf(0.1, 0.9),
      "sgd0.05": runsOf(0.3, 0.1),
      "sgd0.5": runsOf(0.2, 0.5),
      "adam0.005": runsOf(0.9, 0.5, 2),
    };
    const fake = { seeds, runs: (name: string) => made[name] ?? [] } as unknown as Ledger;
    expect(chosenStep(fake)).toBe("sgd0.05");
    expect(chosenStep({ ...fake, runs: () => [] })).toBeUndefined();
    const alone = (name: string) => (name === "sgd0.5" ? made[name] : []);
    expect(chosenStep({ ...fake, runs: alone } as unknown as Ledger)).toBeUndefined(); // no choice
    expect(new Set(STEP_SETTINGS.map(({ name }) => name)).size).toBe(STEP_SETTINGS.length);
  });
});

describe("claims", () => {
  const evidence = (changes: Partial<Record<string, (seed: number, user: number) => number>>): ClaimRuns => {
    const real = claimRuns(ledger);
    return {
      ...real,
      ndcg(name) {
        const change = changes[name];
        const rows = real.ndcg(name) ?? real.ndcg("noBoth")!;
        return change === undefined
          ? real.ndcg(name)
          : rows.map((row, seed) => Float64Array.from(row, (_, user) => change(seed, user)));
      },
    };
  };
  const verdictOn = (runs: ClaimRuns, claim: string) =>
    testClaims(runs).find((verdict) => verdict.claim === claim)!;
  const noise = (seed: number, user: number) => ((7 * user + 3 * seed) % 5) / 100;

  it.each([
    ["C3", "noBothTest", "noBoth"],
    ["C4 as printed", "full", "noBothTest"],
    ["C5", "noTime", "noState"],
  ])("%s: supported, refuted or left open as %s stands to %s", (claim, better, worse) => {
    const shifted = (by: number) =>
      evidence({ [worse]: noise, [better]: (seed, user) => noise(seed, user) + by });
    expect(verdictOn(shifted(0.1), claim).verdict).toBe("supported");
    expect(verdictOn(shifted(-0.1), claim).verdict).toBe("refuted");
    expect(verdictOn(shifted(0), claim).verdict).toBe("undecided");
  });

  it("C4 tests the chosen step, and says which it is", () => {
    const runs = {
      ...evidence({ noBothTest: noise, "sgd0.5": (s, u) => noise(s, u) + 0.1 }),
      chosenStep: "sgd0.5",
    };
    expect(verdictOn(runs, "C4 chosen")).toMatchObject({ verdict: "supported", note: "chosen: sgd, α 0.5" });
    expect(verdictOn({ ...runs, chosenStep: undefined }, "C4 chosen").verdict).toBe("undecided");
  });

  it("C2 holds where the two are equal to within the margin, and needs Mamba4Rec's runs", () => {
    const apart = (by: number) => evidence({ noBoth: noise, Mamba4Rec: (s, u) => noise(s, u) + by });
    expect(verdictOn(apart(0), "C2").verdict).toBe("supported");
    expect(verdictOn(apart(0.1), "C2").verdict).toBe("refuted");
    expect(verdictOn(claimRuns(ledger), "C2")).toMatchObject({
      verdict: "undecided",
      note: "no runs of Mamba4Rec",
    });
  });

  it("C1 and C6 see what changes over test time, and say where the data tells no time", () => {
    const { cases, data } = claimRuns(ledger);
    const times = requireTimes(data);
    const middle = Float64Array.from(cases, (event) => times[event]).sort()[cases.length >> 1];
    const late = (user: number) => times[cases[user]] >= middle;
    const falling = evidence({ SASRec: (s, user) => (late(user) ? 0.1 : 0.5) + noise(s, user) });
    expect(verdictOn(falling, "C1 SASRec").verdict).toBe("supported");
    const gaining = evidence({
      TiM4Rec: (s, user) => 0.2 + noise(s, user),
      full: (s, user) => (late(user) ? 0.4 : 0.2) + noise(s, user),
    });
    expect(verdictOn(gaining, "C6 TiM4Rec").verdict).toBe("supported");
    const untimed = { ...falling, data: { ...data, times: undefined } };
    expect(verdictOn(untimed, "C1 SASRec")).toMatchObject({
      verdict: "undecided",
      note: "the data has no time stamps",
    });
  });

  it("C7 holds where the throughput lies in the paper's range", () => {
    const at = (...throughput: number[]) => verdictOn({ ...claimRuns(ledger), throughput }, "C7");
    expect(at(0.5, 0.51, 0.52)).toMatchObject({ verdict: "supported", note: "measured: 50 to 52%" });
    expect(at(0.2, 0.21, 0.2).verdict).toBe("refuted");
    expect(at(0.5, 0.51).verdict).toBe("undecided");
    expect(at(0.5).note).toMatch(/no runs/);
    expect(claimRuns(ledger).throughput).toHaveLength(3);
  });
});
