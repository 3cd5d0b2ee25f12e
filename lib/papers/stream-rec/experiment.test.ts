import { cpSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { specOf } from "../../experiment/experiment";
import { makeRunsInProcess } from "../../experiment/inProcess";
import { METRICS_FILE, readMetrics } from "../../experiment/metricsLog";
import { planRuns } from "../../experiment/plan";
import { RunStore, type StoredRun } from "../../experiment/store";
import { storedRuns } from "../../experiment/stored";
import { rankingMetrics } from "../../recsys";
import { BASELINES } from "../../recsys/baselines";
import { loadTree, tf, variables } from "../../tensor";
import { disposeTree } from "../../tensor/tree";
import { claimRuns, testClaims } from "./claims";
import { SCORING, type StreamRecConfig, streamRecConfig } from "./config";
import { experiment } from "./experiment";
import { readLedger } from "./ledger";
import { REWARDS } from "./rewards";
import { runTokens } from "./thoughts";
import { buildModel, directEpochs, loadData, updatesAnEpoch } from "./training";

type Change = Partial<StreamRecConfig>;
const smoke = (overrides: Change = {}) => streamRecConfig("smoke", { simulatedUsers: 40, ...overrides });

/** Two models that score items, all that write them, every stage, every kind of trace. */
const CHANGES: Readonly<Record<string, Change>> = {
  ...Object.fromEntries(
    (["NARM", "SASRec", "TIGER", "TIGER + pauses", "STREAM-Rec"] as const).map((model) => [model, { model }]),
  ),
  "stage 1": { stage: 1 },
  "stage 2": { stage: 2 },
  similar: { stage: 2, traces: "similar", preferenceWeight: 0 },
  random: { stage: 2, traces: "random" },
};

let folder: string;
let store: RunStore;
let tensorsLeft: number;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "stream-rec-"));
  store = new RunStore(join(folder, "made"));
  const before = tf.memory().numTensors;
  const configurations = Object.entries(CHANGES).map(([label, change]) => ({ label, config: smoke(change) }));
  await makeRunsInProcess(experiment, configurations, [1], { store });
  tensorsLeft = tf.memory().numTensors - before;
}, 400_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function made(label: string, seed = 1): StoredRun {
  const [run] = storedRuns(store, experiment, { label, config: smoke(CHANGES[label]) }, [seed]);
  if (run === undefined) throw new Error(`there is no run of ${label}`);
  return run;
}

describe("a configuration counts as far as a run reads it", () => {
  const spec = (overrides: Change) => JSON.stringify(specOf(experiment, smoke(overrides), 1).config);
  test.each<[Change, Change]>([
    [{ model: "SASRec" }, { steps: 9, tokenizerCodes: 9, layers: 4, testBeams: 3, stage: 1 }],
    [{ model: "TIGER" }, { steps: 9, stage: 1, traces: "random", klWeight: 9, baselineEpochs: 7 }],
    [{ model: "TIGER + pauses" }, { mode: "think-joint", contrastWeight: 9 }],
    [{ stage: 1 }, { traces: "random", fineTuningEpochs: 9, updates: 9, klWeight: 9 }],
    [{ stage: 2 }, { prompts: 9, samples: 9, klWeight: 9, rankReward: 0 }],
    [{}, { baselineEpochs: 9, baselineLearningRate: 9 }],
    [{ dataset: "ml-100k" }, { simulatedUsers: 7 }],
  ])("%o does not read %o", (base, unread) => {
    for (const [field, value] of Object.entries(unread))
      expect(spec({ ...base, [field]: value }), field).toBe(spec(base));
  });
  test.each<[Change, Change]>([
    [{ model: "SASRec" }, { baselineEpochs: 7, dimensions: 8, windowLength: 9 }],
    [{ model: "TIGER" }, { tokenizerCodes: 9, layers: 4, testBeams: 3, fineTuningEpochs: 9, updates: 9 }],
    [{ model: "TIGER + pauses" }, { steps: 9 }],
    [{ stage: 1 }, { steps: 9, mode: "think-joint", directShare: 0 }],
    [{ stage: 2 }, { traces: "random", contrastWeight: 9, preference: "pair", banTarget: true }],
    [{}, { prompts: 9, samples: 9, klWeight: 9, rankReward: 0, dynamicSampling: true, simulatedUsers: 7 }],
  ])("%o reads %o", (base, read) => {
    for (const [field, value] of Object.entries(read))
      expect(spec({ ...base, [field]: value }), field).not.toBe(spec(base));
  });
});

describe("a run builds on", () => {
  const needs = (overrides: Change) =>
    (experiment.needs?.(smoke(overrides)) ?? []).map(({ model, stage, mode }) =>
      model === "STREAM-Rec" ? `stage ${stage}, ${mode}` : model,
    );
  test.each<[Change, string[]]>([
    [{ model: "SASRec" }, []],
    [{ model: "TIGER" }, []],
    [{ model: "TIGER + pauses" }, []],
    [{ stage: 1 }, []],
    [{ stage: 2 }, ["stage 1, think", "TIGER"]],
    [{}, ["stage 2, think", "TIGER"]],
    [{ mode: "think-joint" }, ["stage 2, think", "TIGER"]],
  ])("%o: %j", (overrides, expected) => expect(needs(overrides)).toEqual(expected));

  test("the same stage 1 and TIGER, whatever the traces, losses and rewards", () => {
    const changes: Change[] = [
      {},
      { stage: 2, traces: "random" },
      { rankReward: 0 },
      { stage: 2, contrastWeight: 0 },
    ];
    const configurations = changes.map((change) => ({
      label: JSON.stringify(change),
      config: smoke(change),
    }));
    // TIGER, stage 1, three of stage 2, two of stage 3
    expect(planRuns(experiment, configurations, [1, 2])).toHaveLength(2 * 7);
  });
});

describe("every run", () => {
  test.each(Object.keys(CHANGES))("%s: metrics are those of the ranks of all test users", (label) => {
    const { metrics, ...run } = made(label);
    const ranks = run.array("ranks");
    expect(ranks).toHaveLength(40);
    expect(metrics["NDCG@10"]).toBeCloseTo(rankingMetrics(ranks).ndcg, 12);
    expect(metrics["Recall@5"]).toBeCloseTo(rankingMetrics(ranks, 5).recall, 12);
  });

  test("leaves no tensor behind", () => expect(tensorsLeft).toBe(0));

  test("that thinks writes as many tokens as it has learnt to: stage 1 whole items, the others l", () => {
    const thought = (label: string) => [
      made(label).metrics["thinking tokens"],
      made(label).array("traces").length / 40,
      made(label).array("cosines").length / 40,
    ];
    expect(thought("stage 1")).toEqual([3, 3, 4]);
    for (const label of ["stage 2", "similar", "random", "STREAM-Rec"])
      expect(thought(label)).toEqual([2, 2, 3]);
  });

  test("of stage 3 logs its rewards, of stage 2 what it annotates", () => {
    const logged = (label: string) => readMetrics(join(made(label).folder, METRICS_FILE));
    const updates = logged("STREAM-Rec").filter(({ values }) => "reward" in values);
    expect(updates.map(({ step }) => step)).toEqual([1, 2]);
    for (const { values } of updates) {
      const sum = REWARDS.reduce((all, name) => all + values[name], 0); // all weights are 1
      expect(values["reward"]).toBeCloseTo(sum, 5);
    }
    expect(made("STREAM-Rec").array("rewards")[0]).toBeCloseTo(updates[0].values["reward"], 12);
    const annotated = (label: string) =>
      logged(label).filter(({ values }) => "annotation, entropy" in values);
    expect(annotated("stage 2")).toHaveLength(1);
    expect(annotated("random")).toHaveLength(0);
  });
});

test("TIGER makes as many updates as all stages together, or a few more to end an epoch", async () => {
  const config = smoke();
  const { data } = await loadData(config);
  const updates = (label: string) => made(label).metrics["updates"];
  const whole = updatesAnEpoch(config, data, 1);
  expect(updates("STREAM-Rec")).toBe(updates("stage 2") + config.updates);
  expect(updates("stage 2")).toBeGreaterThan(updates("stage 1"));
  for (const label of ["TIGER", "TIGER + pauses"]) {
    expect(updates(label)).toBe(directEpochs(config, data, 1) * whole);
    expect(updates(label)).toBeGreaterThanOrEqual(updates("STREAM-Rec"));
    expect(updates(label)).toBeLessThan(updates("STREAM-Rec") + whole);
  }
});

test("a stage goes on from the weights of the one before", async () => {
  const config = smoke();
  const tokens = runTokens(config, await loadData(config), 1);
  const model = buildModel(config, tokens, 1);
  const weights = { t5: model.t5.weights, networks: model.networks };
  const flat = () => variables(model.t5.weights).flatMap((each) => [...each.dataSync()]);
  const read = (label: string) => {
    loadTree(join(made(label).folder, "weights.safetensors"), weights);
    return flat();
  };
  const fresh = flat();
  const distance = (a: readonly number[], b: readonly number[]) =>
    Math.hypot(...a.map((value, k) => value - b[k]));
  const [one, two, three] = ["stage 1", "stage 2", "STREAM-Rec"].map(read);
  // Each stage moves little, in few updates; a start from scratch would be as far as the stages before have come.
  expect(distance(one, two)).toBeGreaterThan(0);
  expect(distance(two, three)).toBeGreaterThan(0);
  expect(distance(one, two)).toBeLessThan(distance(fresh, two));
  expect(distance(two, three)).toBeLessThan(distance(fresh, three));
  disposeTree(weights.t5);
  disposeTree(weights.networks);
});

test("the models that score items need no attributes: each of them can run as these do", () => {
  for (const model of SCORING) expect(BASELINES[model]).not.toHaveProperty("readsAttributes");
});

test("the same seed gives the same numbers, bit for bit", async () => {
  const first = made("stage 2");
  // Into a store that has what it builds on.
  cpSync(join(folder, "made"), join(folder, "again"), {
    recursive: true,
    filter: (path) => !path.includes(first.id),
  });
  const again = new RunStore(join(folder, "again"));
  const configuration = { label: "stage 2", config: smoke(CHANGES["stage 2"]) };
  expect(storedRuns(again, experiment, configuration, [1])).toEqual([]);
  await makeRunsInProcess(experiment, [configuration], [1], { store: again });
  const [second] = storedRuns(again, experiment, configuration, [1]);
  expect(second.id).toBe(first.id);
  expect(second.metrics).toEqual(first.metrics);
  for (const name of ["ranks", "traces", "cosines", "thinkingLogLikelihood"])
    expect(second.array(name), name).toEqual(first.array(name));
}, 60_000);

test("claims are judged on the stored runs, and say which are missing", async () => {
  const ledger = await readLedger(store, smoke(), [1]);
  const verdicts = testClaims(claimRuns(ledger));
  expect(verdicts).toHaveLength(21);
  const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim);
  const ndcg = (label: string) => made(label).metrics["NDCG@10"];
  expect(of("S1 RL")?.effect?.difference).toBeCloseTo(ndcg("STREAM-Rec") - ndcg("stage 2"), 12);
  expect(of("S2")?.effect?.difference).toBeCloseTo(ndcg("TIGER") - ndcg("stage 1"), 12);
  expect(of("S3 random")?.effect?.difference).toBeCloseTo(ndcg("stage 2") - ndcg("random"), 12);
  expect(of("S4 contrast")?.note).toBe("no runs of no-contrast");
  expect(of("S5 more")?.note).toBe("no runs of several l");
  expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(["undecided"])); // by one seed
});
