import { afterEach, describe, expect, it } from "vitest";
import { adamW } from "../../optim";
import { splitTargets } from "../../recsys";
import { t5Loss } from "../../recsys/generative/t5";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { t5Trainer } from "../../recsys/generative/t5Trainer";
import { tokenBatch, tokenTensors } from "../../recsys/generative/tokenBatches";
import type { TokenMap } from "../../recsys/generative/tokenMap";
import { tf } from "../../tensor";
import { disposeTree, flattenTree } from "../../tensor/tree";
import { adamDirection, influenceMeter } from "./influence";
import { smallModel, smallWorld } from "./testing";

const WINDOW = 4;
const { data, maps, cases } = smallWorld();
const validationCases = splitTargets(data, "validation");
const options = { windowLength: WINDOW, batchSize: 16, trainCases: cases, validationCases };

let made: { dispose(): void }[] = [];
afterEach(() => {
  for (const each of made) each.dispose();
  made = [];
});

/** A model after an epoch of training, so that the moments are none of the start's zeros. */
async function trained(): Promise<{ model: T5; trainer: ReturnType<typeof t5Trainer> }> {
  const model = smallModel(maps);
  const trainer = t5Trainer(model, data, {
    windowLength: WINDOW,
    batchSize: 16,
    learningRate: 1e-3,
    seed: 1,
  });
  made.push(trainer, { dispose: () => disposeTree(model.weights) });
  await trainer.epoch(1, cases, maps, [0.5, 1]);
  return { model, trainer };
}

function meanLoss(model: T5, of: Int32Array, map: TokenMap): number {
  return tf.tidy(() => t5Loss(model, tokenTensors(tokenBatch(data, of, WINDOW, [map]))).dataSync()[0]);
}

function meanGradients(model: T5, trainer: ReturnType<typeof t5Trainer>, of: Int32Array, map: TokenMap) {
  return trainer.optimizer
    .gradients(() => t5Loss(model, tokenTensors(tokenBatch(data, of, WINDOW, [map]))))
    .gradients.map((gradient) => gradient as tf.Tensor);
}

describe("Adam's next direction", () => {
  const m = tf.tensor1d([0.1, -0.2]);
  const v = tf.tensor1d([0.04, 0.09]);
  const moments = { firstMoment: m, secondMoment: v };
  const step = tf.scalar(3);

  it("has the worked values, without bias correction", () => {
    const of = (gradient: number[]) => [
      ...adamDirection(tf.tensor1d(gradient), moments, "none", step).dataSync(),
    ];
    const [first, second] = [of([0.5, 0.1]), of([-0.3, 0.4])];
    [0.6981696, -0.5669187].forEach((value, k) => {
      expect(first[k]).toBeCloseTo(value, 6);
    });
    [0.2998126, -0.4664853].forEach((value, k) => {
      expect(second[k]).toBeCloseTo(value, 6);
    });
    // The mean over two validation gradients of the products with them.
    const dot = (a: number[], b: number[]) => a[0] * b[0] + a[1] * b[1];
    const mean = (gamma: number[]) => (dot(gamma, [0.2, -0.1]) + dot(gamma, [0.4, 0.3])) / 2;
    expect(mean(first)).toBeCloseTo(0.152759, 6);
    expect(mean(second)).toBeCloseTo(0.0432953, 6);
  });

  it("is the step that Adam takes, with bias correction", () => {
    const learningRate = 0.01;
    const variable = tf.variable(tf.tensor1d([1, -2]));
    const optimizer = adamW({ variable }, { learningRate, weightDecay: 0 });
    const slots = {
      firstMoment: flattenTree(optimizer.state.slots.firstMoment as object)[0][1],
      secondMoment: flattenTree(optimizer.state.slots.secondMoment as object)[0][1],
    };
    for (const gradient of [
      [0.3, -0.1],
      [0.2, 0.4],
      [-1, 0.01],
    ]) {
      const g = tf.tensor1d(gradient);
      const expected = adamDirection(g, slots, "adam", optimizer.state.count as unknown as tf.Scalar);
      const before = variable.clone();
      optimizer.apply([g]);
      const move = before.sub(variable).div(learningRate);
      move.dataSync().forEach((value, k) => {
        expect(value).toBeCloseTo(expected.dataSync()[k], 3);
      });
    }
    optimizer.dispose();
  });
});

describe("the influence of tokenizers", () => {
  it("is the product of Adam's direction and the mean gradient of validation, whatever the batches", async () => {
    const { model, trainer } = await trained();
    const slot = (name: "firstMoment" | "secondMoment") =>
      flattenTree(trainer.optimizer.state.slots[name] as object).map(([, leaf]) => leaf);
    const [m, v] = [slot("firstMoment"), slot("secondMoment")];
    const ofValidation = maps.map((map) => meanGradients(model, trainer, validationCases, map));
    // Product by product and then the mean: linear, so the same as the product with the mean.
    const expected = maps.map((map) => {
      const train = meanGradients(model, trainer, cases, map);
      const products = ofValidation.map((validation) =>
        train
          .map(
            (g, k) =>
              adamDirection(g, { firstMoment: m[k], secondMoment: v[k] }, "none", tf.scalar(0))
                .mul(validation[k])
                .sum()
                .dataSync()[0],
          )
          .reduce((a, b) => a + b, 0),
      );
      return (products[0] + products[1]) / 2;
    });
    for (const batchSize of [16, 7]) {
      const meter = influenceMeter(model, trainer.optimizer, data, { ...options, batchSize });
      const influence = meter.measure(maps);
      expected.forEach((value, i) => {
        expect(Math.abs(influence[i] - value)).toBeLessThan(1e-4 * Math.abs(value));
      });
      meter.dispose();
    }
  });

  it("foretells how much a small step lowers the validation loss", async () => {
    const { model, trainer } = await trained();
    const meter = influenceMeter(model, trainer.optimizer, data, options);
    const influence = meter.measure(maps);
    meter.dispose();
    const eta = 1e-4;
    const validationLoss = () =>
      maps.reduce((sum, map) => sum + meanLoss(model, validationCases, map), 0) / maps.length;
    const { parameters, state } = trainer.optimizer;
    const slots = (name: "firstMoment" | "secondMoment") =>
      flattenTree(state.slots[name] as object).map(([, leaf]) => leaf);
    const before = validationLoss();
    maps.forEach((map, i) => {
      const train = meanGradients(model, trainer, cases, map);
      const start = parameters.map((variable) => variable.clone());
      parameters.forEach((variable, k) => {
        const moments = { firstMoment: slots("firstMoment")[k], secondMoment: slots("secondMoment")[k] };
        variable.assign(variable.sub(adamDirection(train[k], moments, "none", tf.scalar(0)).mul(eta)));
      });
      const fall = before - validationLoss();
      expect(fall / (eta * influence[i])).toBeGreaterThan(0.95);
      expect(fall / (eta * influence[i])).toBeLessThan(1.05);
      parameters.forEach((variable, k) => {
        variable.assign(start[k]);
      });
    });
  });

  it("moves neither weights nor moments, and leaves no tensors behind", async () => {
    const { model, trainer } = await trained();
    const values = () =>
      [...trainer.optimizer.parameters, trainer.optimizer.state.count]
        .concat(flattenTree(trainer.optimizer.state.slots as object).map(([, slot]) => slot as tf.Variable))
        .map((variable) => [...variable.dataSync()]);
    const meter = influenceMeter(model, trainer.optimizer, data, options);
    meter.measure(maps); // traces
    const before = values();
    const tensors = tf.memory().numTensors;
    meter.measure(maps);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(values()).toEqual(before);
    meter.dispose();
  });
});
