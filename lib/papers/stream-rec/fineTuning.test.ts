import { beforeAll, describe, expect, it } from "vitest";
import { splitTargets } from "../../recsys/split";
import { tf } from "../../tensor";
import { disposeTree, variables } from "../../tensor/tree";
import { annotate } from "./annotation";
import { trainDirect } from "./directModel";
import { evaluate } from "./evaluation";
import { fineTune, type StageTwo, type StageTwoOptions } from "./fineTuning";
import { historyTokens, targetTokens } from "./historyBatches";
import { createRecommender } from "./inference";
import { randomTraces, similarTraces } from "./otherTraces";
import { similarItems } from "./similarItems";
import type { ThinkingModel } from "./states";
import { thinkingModel, thinkingT5, thinkingWorld } from "./thinkingTesting";

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
      ...base({ epochs: 100, batchSize: 32, learningRate: 1e-2, weightDecay: 0, cases: () => own }),
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
  await fineTune(
    model,
    world.data,
    world.tokens,
    base({ epochs: 4, batchSize: 64, cases: () => world.cases }),
  );
  const [distance, similarity] = tf.tidy(() => {
    const rows = (values: Int32Array) =>
      tf.tensor2d(values, [world.cases.length, values.length / world.cases.length], "int32");
    const inputs = rows(historyTokens(world.data, world.cases, world.tokens, WINDOW));
    const targets = rows(targetTokens(world.data, world.cases, world.tokens));
    const { distances, cosines } = annotate(model, { inputs, targets }, world.tokens, { steps: STEPS });
    return [distances, cosines].map((ofRows) => [...ofRows.mean(0).dataSync()]); // of ‖t - s_i‖ and cos(t, s_i), over the training rows
  });
  for (let i = 1; i <= STEPS; i++) {
    expect(distance[i]).toBeLessThan(distance[i - 1]);
    expect(similarity[i]).toBeGreaterThan(similarity[i - 1]);
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

  it("annotates with the weights of each epoch, or once with those from before the first", async () => {
    const found = async (annotated: StageTwoOptions["annotated"]) => {
      const cosines: string[] = [];
      const count = tf.memory().numTensors;
      const model = thinkingModel(tokens);
      await fineTune(model, data, tokens, {
        ...base({ epochs: 3, learningRate: 1e-2, annotated }),
        onAnnotation: (stage, _, { cosine }) => stage === "model" && cosines.push(cosine.join()),
      });
      disposeTree(model.t5.weights);
      disposeTree(model.networks);
      expect(tf.memory().numTensors).toBe(count);
      return cosines;
    };
    const [anew, once] = [await found("every epoch"), await found("once")];
    expect(new Set(anew).size).toBe(3);
    expect(once).toEqual([anew[0], anew[0], anew[0]]);
  });

  describe("from a seed", () => {
    const run = async (options: Partial<StageTwoOptions> = {}, dropout = 0.1) => {
      const model = thinkingModel(tokens, { dropout });
      const annotated: string[] = [];
      const { model: training } = await fineTune(model, data, tokens, {
        ...base({ ...options, epochs: 2 }),
        onAnnotation: (stage, epoch) => annotated.push(`${stage} ${epoch}`),
      });
      return { losses: training.history.map(({ losses }) => losses), weights: values(model), annotated };
    };
    let first: Awaited<ReturnType<typeof run>>;
    beforeAll(async () => {
      first = await run();
    });

    it("has the same losses and weights again, and others from another", async () => {
      expect(await run()).toEqual(first);
      expect((await run({ seed: 4 })).losses).not.toEqual(first.losses);
    });

    it("annotates before every epoch", () => {
      expect(first.annotated).toEqual(["states 1", "model 1", "model 2"]);
    });

    it("prefers as the form says", async () => {
      const [own] = first.losses;
      const direct = thinkingT5(tokens, {}, 5);
      const [other] = (await run({ direct })).losses;
      expect(other.preference).not.toBeCloseTo(own.preference, 4);
      // The first update, here the only one of its epoch, is made where the model is the reference.
      const [pair] = (await run({ preference: "pair", batchSize: 24 }, 0)).losses;
      expect(pair.preference).toBeCloseTo(Math.log(2), 5);
      disposeTree(direct.weights);
    });
  });

  it("learns other traces where it is given some, and prefers nothing where that has no weight", async () => {
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
      const { model: training } = await fineTune(model, data, tokens, base({ traces, preferenceWeight: 0 }));
      expect(training.history[0].losses.sft).toBeGreaterThan(0);
      expect(training.history[0].losses.preference).toBe(0);
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
    const leftBy = async (training: () => Promise<unknown>) => {
      const before = tf.memory().numTensors;
      await training();
      return tf.memory().numTensors - before;
    };
    const tuned = (options: Partial<StageTwoOptions>) => fineTune(model, data, tokens, base(options));
    expect(await leftBy(() => tuned({ direct, validate: () => 1 }))).toBe(0);
    expect(await leftBy(() => tuned({ preference: "pair", signal: AbortSignal.abort() }))).toBe(0);
    const held = () => tuned({ cases: () => splitTargets(data, "test") });
    expect(await leftBy(() => expect(held()).rejects.toThrow(/held out/))).toBe(0);
    const diverging = () => tuned({ learningRate: Number.NaN });
    expect(
      await leftBy(() =>
        expect(diverging()).rejects.toThrow(/loss of epoch \d is NaN: lower the learning rate|diverged/),
      ),
    ).toBe(0);
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
