import { describe, expect, it } from "vitest";
import { encode } from "../../recsys/generative/t5";
import { checkParameterGradients } from "../../recsys/models/testing";
import { splitTargets } from "../../recsys/split";
import { tf, variables } from "../../tensor";
import { trainDirect } from "./directModel";
import { evaluate } from "./evaluation";
import { historyTokens, targetTokens } from "./historyBatches";
import { createRecommender, type Mode } from "./inference";
import { answerLogProbs, repeated } from "./likelihoods";
import { pausePrefix, pauseTargets, trainWithPauses } from "./pauses";
import { pretrain } from "./pretraining";
import { sequenceLoss, sequenceTensors } from "./sequenceTraining";
import { pretrainingTargets, similarItems } from "./similarItems";
import { thinkingT5, thinkingWorld } from "./thinkingTesting";
import { streamTokens } from "./tokens";

const { data, tokens, cases } = thinkingWorld();
const WINDOW = { windowLength: 3 };
const similar = similarItems(
  {
    rows: data.items,
    columns: 3,
    values: Float64Array.from({ length: data.items * 3 }, (_, k) => Math.sin(k)),
  },
  8,
);
const some = cases.subarray(0, 8);
const inputs = historyTokens(data, some, tokens, WINDOW);
const stageOne = { draws: 1, directShare: 0.5, seed: 1, epoch: 1 };

describe("the loss of sequences", () => {
  it("is the mean over the tokens that count, of long and short rows alike", () => {
    const model = thinkingT5(tokens);
    const targets = pretrainingTargets(data, some, tokens, similar, stageOne);
    tf.tidy(() => {
      const batch = sequenceTensors(inputs, targets, 6);
      const lengths = batch.mask.sum(1).arraySync() as number[];
      expect(new Set(lengths)).toEqual(new Set([0, 3, 6])); // rows that fill up, direct rows, long rows
      const encoded = encode(model, batch.histories);
      let sum = 0;
      for (let row = 0; row < 6; row++) {
        const own = {
          states: encoded.states.slice([row, 0, 0], [1, -1, -1]),
          mask: encoded.mask.slice([row, 0, 0, 0], [1, 1, 1, -1]),
        };
        const start = repeated([lengths[row] === 3 ? tokens.startDirect : tokens.startThink], 1);
        const text = batch.labels.slice([row, 0], [1, lengths[row]]);
        sum -= answerLogProbs(model, own, start, text).dataSync()[0];
      }
      const total = lengths.reduce((all, length) => all + length, 0);
      expect(sequenceLoss(model, batch).dataSync()[0]).toBeCloseTo(sum / total, 4);
    });
  });

  it("has the gradients of all parameters", () => {
    const model = thinkingT5(tokens, { layers: 2, dimensions: 8, inner: 2, heads: 2, headDimensions: 3 });
    const two = cases.subarray(0, 2);
    const batch = sequenceTensors(
      historyTokens(data, two, tokens, WINDOW),
      pretrainingTargets(data, two, tokens, similar, stageOne),
    );
    checkParameterGradients(model.weights, () => tf.tidy(() => sequenceLoss(model, batch)));
  });
});

it("pauses are read, and have no loss", () => {
  const answers = targetTokens(data, some.subarray(0, 2), tokens);
  const { length, inputs: read, labels, mask } = pauseTargets(tokens, answers);
  expect(length).toBe(5);
  const [p, q] = tokens.pauses;
  expect([...read]).toEqual([
    ...[tokens.startDirect, p, q, answers[0], answers[1]],
    ...[tokens.startDirect, p, q, answers[3], answers[4]],
  ]);
  expect([...labels]).toEqual([0, 0, ...answers.subarray(0, 3), 0, 0, ...answers.subarray(3)]);
  expect([...mask]).toEqual([0, 0, 1, 1, 1, 0, 0, 1, 1, 1]);
  expect(pausePrefix(streamTokens(tokens.map))).toEqual([tokens.startDirect]);
  // The loss is that of the answer behind the prefix, and reaches the pauses' embeddings.
  const model = thinkingT5(tokens);
  tf.tidy(() => {
    const histories = historyTokens(data, some.subarray(0, 2), tokens, WINDOW);
    const batch = sequenceTensors(histories, { size: 2, length, inputs: read, labels, mask });
    const expected = answerLogProbs(
      model,
      encode(model, batch.histories),
      repeated(pausePrefix(tokens), 2),
      tf.tensor2d(answers, [2, 3], "int32"),
    );
    expect(sequenceLoss(model, batch).dataSync()[0]).toBeCloseTo(-expected.sum().dataSync()[0] / 6, 4);
    const { table } = model.weights.embedding;
    const gradient = tf.variableGrads(() => sequenceLoss(model, batch), [table]).grads[table.name];
    for (const pause of tokens.pauses)
      expect(gradient.slice([pause, 0], [1, -1]).abs().max().dataSync()[0]).toBeGreaterThan(1e-4);
  });
});

const options = {
  ...WINDOW,
  epochs: 100,
  batchSize: 16,
  learningRate: 1e-2,
  weightDecay: 0,
  seed: 3,
  cases: () => some,
};

describe("training", () => {
  it.each<[Mode, number, number]>([
    ["direct", 0, 7],
    ["pauses", 0, 7],
    ["think", 3, 6],
  ])("learns 8 cases by heart, and recommends what it has learnt: %s", async (mode, steps, least) => {
    const model = thinkingT5(tokens);
    const before = tf.memory().numTensors;
    if (mode === "direct") await trainDirect(model, data, tokens, options);
    else if (mode === "pauses") await trainWithPauses(model, data, tokens, options);
    // Stage 1 writes other similar items in each epoch: the target behind them is what it can learn.
    else await pretrain(model, data, tokens, similar, { ...options, draws: 1 });
    expect(tf.memory().numTensors).toBe(before);
    const recommender = createRecommender(model, tokens, { mode, steps, beams: 10 });
    const { ranks } = evaluate(recommender, data, tokens, some, WINDOW);
    recommender.dispose();
    expect(ranks.filter((rank) => rank === 1).length).toBeGreaterThanOrEqual(least);
  });

  it("has the same losses and weights from the same seed, and others from another", async () => {
    const run = async (seed: number) => {
      const model = thinkingT5(tokens, { dropout: 0.1 });
      const training = await pretrain(model, data, tokens, similar, {
        ...options,
        epochs: 2,
        seed,
        draws: 1,
      });
      const weights = variables(model.weights).map((variable) => [...variable.dataSync()]);
      return { losses: training.history.map(({ losses }) => losses), weights };
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect((await run(4)).losses).not.toEqual(first.losses);
  });

  it("refuses held-out cases, and pauses that are not there", async () => {
    const model = thinkingT5(tokens);
    const held = { ...options, cases: () => splitTargets(data, "validation") };
    for (const run of [
      () => trainDirect(model, data, tokens, held),
      () => trainWithPauses(model, data, tokens, held),
      () => pretrain(model, data, tokens, similar, { ...held, draws: 1 }),
    ])
      await expect(run()).rejects.toThrow(/held out/);
    expect(() => trainWithPauses(model, data, streamTokens(tokens.map), options)).toThrow(/no pause tokens/);
  });
});
