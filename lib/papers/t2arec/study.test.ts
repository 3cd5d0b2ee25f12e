import { beforeAll, describe, expect, it } from "vitest";
import type { LoadedDataset } from "../../recsys/datasets";
import { tf } from "../../tensor";
import { testClaims } from "./claims";
import { t2aRecConfig } from "./config";
import { ablationFigure, segmentFigure } from "./figures";
import { plantedComparison } from "./planted";
import { STEP_SETTINGS, stepSweep } from "./stepSweep";
import { BASELINES, claimRuns, runStudy, runsOf, type Study, trainingsPerSeed } from "./study";
import { ablationTable, claimTable, modelTable, plantedTable, runRecords, segmentRows } from "./tables";
import { loadData, type RunResult } from "./training";
import { ABLATIONS } from "./variants";

const config = t2aRecConfig("smoke", { simulatedUsers: 60, epochs: 1 });
const seeds = [1, 2, 3];
let loaded: LoadedDataset;
let study: Study;
const heard: string[] = [];

beforeAll(async () => {
  loaded = await loadData(config);
  study = await runStudy(loaded.data, config, seeds, {
    onTraining: (training, seed) => heard.push(`${training} ${seed}`),
  });
});

describe("runStudy", () => {
  it("runs every model and variant with every seed, one training for variants that share it", () => {
    expect(heard).toHaveLength(trainingsPerSeed() * seeds.length);
    expect(heard.slice(0, 6)).toEqual([
      "GRU4Rec 1",
      "SASRec 1",
      "T2ARec 1",
      "T2ARec w/o both 1",
      "T2ARec w/o time 1",
      "T2ARec w/o state 1",
    ]);
    const names = [...BASELINES, ...ABLATIONS.map(({ name }) => name)];
    for (const name of names) expect(runsOf(study, name).map(({ seed }) => seed)).toEqual(seeds);
    expect(() => runsOf(study, "BERT4Rec")).toThrow(/no run called BERT4Rec; it has GRU4Rec, SASRec, full/);
  });

  it("gives tables with the paper's numbers beside, rows for the segments, records", () => {
    expect(modelTable(study).map(({ model }) => model)).toEqual(["GRU4Rec", "SASRec", "T2ARec"]);
    const [full, without] = ablationTable(study);
    expect(full["paper's NDCG@10 (ML-1M)"]).toBe(0.1648);
    expect(without["paper's NDCG@10 (ML-1M)"]).toBe(0.1578);
    const ndcg = runsOf(study, "full").map((run) => run.test.metrics.ndcg);
    expect(full["NDCG@10"]).toMatchObject({ mean: (ndcg[0] + ndcg[1] + ndcg[2]) / 3 });
    expect(segmentRows(study)).toHaveLength(4 * 4 * seeds.length);
    expect(runRecords(study)).toHaveLength(9 * seeds.length);
    expect(segmentFigure(study).data.length).toBeGreaterThanOrEqual(4);
    expect(ablationFigure(study, loaded.data).data.length).toBeGreaterThanOrEqual(1);
  });
});

describe("testClaims", () => {
  /** The study with the NDCG of one variant's cases replaced. */
  const withNdcg = (name: string, ndcg: (run: RunResult) => Float64Array): Study => ({
    ...study,
    runs: study.runs.map((run) =>
      run.name === name
        ? { ...run, test: { ...run.test, perCase: { ...run.test.perCase, ndcg: ndcg(run) } } }
        : run,
    ),
  });
  const verdictOn = (changed: Study, claim: string) =>
    testClaims(claimRuns(changed, loaded.data)).find((verdict) => verdict.claim === claim);
  const shifted = (by: number) => (run: RunResult) =>
    Float64Array.from(
      runsOf(study, "noBoth").find(({ seed }) => seed === run.seed)!.test.perCase.ndcg,
      (value) => value + by,
    );

  it("supports, refutes or leaves open what a difference says", () => {
    expect(verdictOn(withNdcg("noBothTest", shifted(0.1)), "C3")?.verdict).toBe("supported");
    expect(verdictOn(withNdcg("noBothTest", shifted(-0.1)), "C3")?.verdict).toBe("refuted");
    expect(verdictOn(withNdcg("noBothTest", shifted(0)), "C3")?.verdict).toBe("undecided");
  });

  it("sees a fall over test time", () => {
    const { cases } = runsOf(study, "SASRec")[0].test;
    const times = Array.from(cases, (event) => loaded.data.times[event]);
    const middle = [...times].sort((a, b) => a - b)[times.length >> 1];
    const falling = withNdcg("SASRec", () =>
      Float64Array.from(times, (time, i) => (time < middle ? 0.5 : 0.1) + (i % 3) / 100),
    );
    expect(verdictOn(falling, "C1 SASRec")?.verdict).toBe("supported");
    expect(claimTable(testClaims(claimRuns(falling, loaded.data)))).toHaveLength(9);
  });

  it("leaves open what has no runs, and says which are missing", () => {
    expect(verdictOn(study, "C2")).toMatchObject({ verdict: "undecided", note: "no runs of Mamba4Rec" });
  });
});

it("the planted comparison has ceiling, floors and models, and frees what it made", async () => {
  const before = tf.memory().numTensors;
  const rows = await plantedComparison(loaded, config, [1]);
  expect(rows.map(({ model }) => model)).toEqual([
    "oracle",
    "same cluster",
    "popularity",
    "GRU4Rec",
    "SASRec",
    "T2ARec",
    "w/o both",
    "w/o both, test",
  ]);
  const of = (model: string) => rows.find((row) => row.model === model)!;
  expect(of("oracle").all).toBeGreaterThan(of("same cluster").all);
  expect(of("same cluster").all).toBeGreaterThan(of("popularity").all);
  expect(plantedTable(rows)).toHaveLength(8);
  expect(tf.memory().numTensors - before).toBeLessThanOrEqual(3); // the reference scorers' tables
  await expect(plantedComparison({ ...loaded, simulation: undefined }, config, [1])).rejects.toThrow(
    /no planted truth/,
  );
});

it("the sweep tries every setting on one model, and the printed step moves next to nothing", async () => {
  const rows = await stepSweep(loaded.data, config);
  expect(rows.map(({ testOptimizer, testLearningRate }) => ({ testOptimizer, testLearningRate }))).toEqual(
    STEP_SETTINGS,
  );
  for (const row of rows) {
    expect(row.validation - row.validationChange).toBeCloseTo(
      rows[0].validation - rows[0].validationChange,
      12,
    );
    expect(row.test - row.testChange).toBeCloseTo(rows[0].test - rows[0].testChange, 12);
  }
  expect(Math.abs(rows[0].testChange)).toBeLessThan(0.01);
});
