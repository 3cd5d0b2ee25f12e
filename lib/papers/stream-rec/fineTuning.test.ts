import { beforeAll, describe, expect, it } from "vitest";
import { splitTargets } from "../../recsys/split";
import { tf } from "../../tensor";
import { disposeTree, variables } from "../../tensor/tree";
import { trainDirect } from "./directModel";
import { evaluate } from "./evaluation";
import { fineTune, type StageTwo, type StageTwoOptions } from "./fineTuning";
import { createRecommender } from "./inference";
import { randomTraces, similarTraces } from "./otherTraces";
import { similarItems } from "./similarItems";
import type { ThinkingModel } from "./states";
import { thinkingModel, thinkingT5, thinkingWorld } from "./thinkingTesting";
import type { TraceDiagnostics } from "./traceTable";

const { data, tokens, cases } = thinkingWorld();
const STEPS = 2;
const WINDOW = { windowLength: 4 };

const base = (options: Partial<StageTwoOptions> = {}): StageTwoOptions => ({
  ...WINDOW,
  steps: STEPS,
  epochs: 1,
  batchSize: 16,
  learningRate: 3e-3,
  seed: 3,
  cases: () => cases.subarray(0, 24),
  ...options,
});
const values = ({ t5, networks }: ThinkingModel) =>
  variables({ ...t5.weights, networks }).map((variable) => [...variable.dataSync()]);

describe("stage 2 on 32 cases", () => {
  const own = cases.filter((_, k) => k % 2 === 0).subarray(0, 32);
  const model = thinkingModel(tokens, { dimensions: 32, inner: 64, headDimensions: 16 });
  let result: StageTwo;
  beforeAll(async () => {
    result = await fineTune(model, data, tokens, {
      ...base({ epochs: 150, batchSize: 32, learningRate: 5e-3, weightDecay: 0, cases: () => own }),
    });
  }, 60_000);

  it("learns traces and targets by heart", () => {
    const { history } = result.model;
    expect(history[history.length - 1].losses.sft).toBeLessThan(0.1);
    const recommender = createRecommender(model.t5, tokens, { mode: "think", steps: STEPS, beams: 10 });
    const { ranks } = evaluate(recommender, data, tokens, own, WINDOW);
    recommender.dispose();
    expect(ranks.filter((rank) => rank === 1).length / own.length).toBeGreaterThan(0.9);
  });
});

it("states come nearer to the target from step to step, where the history alone does not give it away", async () => {
  const world = thinkingWorld({ users: 100 });
  const model = thinkingModel(world.tokens);
  const seen: TraceDiagnostics[] = [];
  await fineTune(model, world.data, world.tokens, {
    ...base({ epochs: 6, batchSize: 64, cases: () => world.cases }),
    onAnnotation: (_, __, diagnostics) => seen.push(diagnostics),
  });
  const { logDistance, cosine } = seen[seen.length - 1];
  for (let i = 1; i <= STEPS; i++) {
    expect(logDistance[i]).toBeLessThan(logDistance[i - 1]);
    expect(cosine[i]).toBeGreaterThan(cosine[i - 1]);
  }
});

describe("stage 2", () => {
  it("first moves the networks of state and residual alone", async () => {
    const model = thinkingModel(tokens);
    const before = values(model);
    const { states, model: whole } = await fineTune(model, data, tokens, base({ epochs: 0, stateEpochs: 2 }));
    expect(states).toMatchObject({ complete: true, steps: 4, bestEpoch: 2 });
    expect(whole.steps).toBe(0);
    expect(Object.keys(states.history[0].losses)).toEqual(["loss", "contrast", "quantisation"]);
    const networks = variables(model.networks).length;
    const same = values(model).map((value, k) => value.join() === before[k].join());
    expect(same.filter((isSame) => !isSame)).toHaveLength(networks);
    expect(same.slice(-networks)).toEqual(new Array(networks).fill(false));
  });

  it("has the same losses and weights from the same seed, and others from another", async () => {
    const run = async (seed: number) => {
      const model = thinkingModel(tokens, { dropout: 0.1 });
      const { model: training } = await fineTune(model, data, tokens, base({ seed }));
      return { losses: training.history.map(({ losses }) => losses), weights: values(model) };
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect((await run(4)).losses).not.toEqual(first.losses);
  });

  it("annotates before every epoch, and prefers as the form says", async () => {
    const annotated: string[] = [];
    const direct = thinkingT5(tokens, {}, 5);
    const losses = async (options: Partial<StageTwoOptions>) => {
      const { model } = await fineTune(thinkingModel(tokens), data, tokens, base(options));
      return model.history[0].losses;
    };
    const own = await losses({
      epochs: 2,
      onAnnotation: (stage, epoch) => annotated.push(`${stage} ${epoch}`),
    });
    expect(annotated).toEqual(["states 1", "model 1", "model 2"]);
    const other = await losses({ direct });
    expect(other.preference).not.toBeCloseTo(own.preference, 4);
    const pair = await losses({ preference: "pair" });
    // The first update is made where the model is the reference; it moves little in two of them.
    expect(pair.preference).toBeCloseTo(Math.log(2), 1);
    const none = await losses({ preferenceWeight: 0 });
    expect(none.preference).toBe(0);
    expect(none.sft).toBeGreaterThan(0);
  });

  it("learns other traces where it is given some", async () => {
    const content = {
      rows: data.items,
      columns: 3,
      values: Float64Array.from({ length: data.items * 3 }, (_, k) => Math.sin(k)),
    };
    const similar = similarItems(content, 8);
    for (const traces of [
      (own: Int32Array, epoch: number) => randomTraces(tokens, own, { steps: STEPS, seed: 1, epoch }),
      (own: Int32Array, epoch: number) =>
        similarTraces(data, tokens, similar, own, { steps: STEPS, seed: 1, epoch }),
    ]) {
      const made = traces(cases, 1);
      expect([...traces(cases, 1).traces]).toEqual([...made.traces]);
      expect([...traces(cases, 2).traces]).not.toEqual([...made.traces]);
      const { first, count } = tokens.codeTokens;
      for (const token of made.traces) expect(token >= first && token < first + count).toBe(true);
      const model = thinkingModel(tokens);
      const { model: training } = await fineTune(model, data, tokens, base({ traces }));
      expect(training.history[0].losses.sft).toBeGreaterThan(0);
    }
    const longer = (own: Int32Array) => randomTraces(tokens, own, { steps: 3, seed: 1, epoch: 1 });
    await expect(fineTune(thinkingModel(tokens), data, tokens, base({ traces: longer }))).rejects.toThrow(
      /3 tokens, where 2 are to be learnt/,
    );
  });

  it("of no thinking tokens learns too", async () => {
    const { model } = await fineTune(thinkingModel(tokens), data, tokens, base({ steps: 0 }));
    expect(model.history[0].losses.quantisation).toBe(0);
    expect(model.history[0].losses.contrast).toBeGreaterThan(0);
  });

  it("refuses held-out cases, and leaves no tensor whether it ends, is stopped or fails", async () => {
    const model = thinkingModel(tokens);
    const direct = thinkingT5(tokens, {}, 5);
    const held = () => splitTargets(data, "test");
    await expect(fineTune(model, data, tokens, base({ cases: held }))).rejects.toThrow(/held out/);
    const leftBy = async (options: Partial<StageTwoOptions>) => {
      const before = tf.memory().numTensors;
      await fineTune(model, data, tokens, base(options)).catch(() => undefined);
      return tf.memory().numTensors - before;
    };
    expect(await leftBy({ validate: () => 1 })).toBe(0);
    expect(await leftBy({ direct })).toBe(0);
    expect(await leftBy({ preference: "pair", signal: AbortSignal.abort() })).toBe(0);
    expect(await leftBy({ cases: held })).toBe(0);
    await expect(fineTune(model, data, tokens, base({ learningRate: Number.NaN }))).rejects.toThrow(
      /loss of epoch \d is NaN: lower the learning rate|diverged/,
    );
    disposeTree(direct.weights);
  });
});

it("TIGER keeps the weights that validated best", async () => {
  const model = thinkingT5(tokens);
  const scores = [0.1, 0.3, 0.2, 0.3];
  const seen: number[][][] = [];
  const training = await trainDirect(model, data, tokens, {
    ...base({ epochs: 9 }),
    patience: 2,
    validate: () => {
      seen.push(variables(model.weights).map((variable) => [...variable.dataSync()]));
      return scores[seen.length - 1];
    },
  });
  expect(training).toMatchObject({ bestEpoch: 2, bestValidation: 0.3, complete: true });
  expect(training.history).toHaveLength(4);
  expect(variables(model.weights).map((variable) => [...variable.dataSync()])).toEqual(seen[1]);
});
