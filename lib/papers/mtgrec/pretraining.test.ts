import { afterEach, describe, expect, it } from "vitest";
import { cosine } from "../../optim";
import { splitTargets } from "../../recsys";
import { t5Loss } from "../../recsys/generative/t5";
import { trainT5 } from "../../recsys/generative/t5Training";
import { tokenBatch, tokenTensors } from "../../recsys/generative/tokenBatches";
import { tf } from "../../tensor";
import { disposeTree, variables } from "../../tensor/tree";
import { fineTune, setWeights } from "./fineTuning";
import { type PretrainingOptions, pretrain } from "./pretraining";
import { smallModel, smallWorld } from "./testing";

const WINDOW = 4;
const { data, maps, cases } = smallWorld(3);
const validationCases = splitTargets(data, "validation");
const base: PretrainingOptions = {
  stages: [2, 1, 1],
  cases: () => cases,
  windowLength: WINDOW,
  batchSize: 16,
  learningRate: cosine({ peak: 5e-3, steps: 4 * Math.ceil(cases.length / 16) }),
  seed: 3,
};
const curriculum = {
  temperature: { kappa: 0.3 },
  trainCases: cases,
  validationCases,
} as const;

const models: ReturnType<typeof smallModel>[] = [];
afterEach(() => {
  for (const model of models.splice(0)) disposeTree(model.weights);
});
function model(seed = 1) {
  const made = smallModel(maps, seed);
  models.push(made);
  return made;
}

async function pretrained(options: Partial<PretrainingOptions> = {}) {
  const result = await pretrain(model(), data, maps, { ...base, ...options });
  tf.dispose(result.checkpoints.flatMap(({ weights }) => [...weights]));
  return result;
}

describe("pre-training on several tokenizers", () => {
  it("sets the chances anew after every stage but the last, at the rate of one schedule", async () => {
    const { stages, losses, steps, complete } = await pretrained({ curriculum });
    const perEpoch = Math.ceil(cases.length / 16);
    expect(complete).toBe(true);
    expect(losses).toHaveLength(4);
    expect(steps).toBe(4 * perEpoch);
    expect(stages.map(({ epoch }) => epoch)).toEqual([2, 3]);
    // Half and three quarters of the cosine behind it: it did not start afresh.
    expect(stages[0].learningRate).toBeCloseTo(2.5e-3, 8);
    expect(stages[1].learningRate).toBeCloseTo(5e-3 * 0.1464466, 8);
    for (const { probabilities } of stages) {
      expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      expect(Math.max(...probabilities) - Math.min(...probabilities)).toBeGreaterThan(0.1);
    }
    expect(Math.max(...losses.slice(1))).toBeLessThan(losses[0]);
  });

  it("draws by the new chances: at a small temperature one tokenizer writes all that follows", async () => {
    // The rate is next to nothing after the first stage, so the loss of the last epoch is that of fixed weights.
    const perEpoch = cases.length / 8;
    const trained = model();
    const result = await pretrain(trained, data, maps, {
      ...base,
      stages: [2, 1],
      batchSize: 8,
      learningRate: (step) =>
        step
          .less(tf.scalar(2 * perEpoch))
          .toFloat()
          .mul<tf.Scalar>(5e-3)
          .add(1e-12),
      weightDecay: 0,
      curriculum: { ...curriculum, temperature: { tau: 1e-9 } },
    });
    const chosen = result.stages[0].probabilities.indexOf(1);
    expect(chosen).toBeGreaterThanOrEqual(0);
    const loss = (map: (typeof maps)[number]) =>
      tf.tidy(() => t5Loss(trained, tokenTensors(tokenBatch(data, cases, WINDOW, [map]))).dataSync()[0]);
    expect(cases.length % 8).toBe(0); // then the mean of the steps is the mean over the cases
    expect(result.losses[2]).toBeCloseTo(loss(maps[chosen]), 4);
    tf.dispose(result.checkpoints.flatMap(({ weights }) => [...weights]));
  });

  it("keeps the chances even without a curriculum", async () => {
    expect((await pretrained()).stages).toEqual([]);
  });

  it("gives the same numbers for the same seed, others for another", async () => {
    const [first, second] = [await pretrained({ curriculum }), await pretrained({ curriculum })];
    expect(second.losses).toEqual(first.losses);
    expect(second.stages.map(({ influence }) => [...influence])).toEqual(
      first.stages.map(({ influence }) => [...influence]),
    );
    expect((await pretrained({ curriculum, seed: 4 })).losses).not.toEqual(first.losses);
  });

  it("keeps the weights of the epochs asked for and of the last", async () => {
    const trained = model();
    const { checkpoints } = await pretrain(trained, data, maps, { ...base, checkpoints: [2] });
    expect(checkpoints.map(({ epoch }) => epoch)).toEqual([2, 4]);
    const last = variables(trained.weights).map((variable) => [...variable.dataSync()]);
    expect(checkpoints[1].weights.map((weight) => [...weight.dataSync()])).toEqual(last);
    expect(checkpoints[0].weights.map((weight) => [...weight.dataSync()])).not.toEqual(last);
    tf.dispose(checkpoints.flatMap(({ weights }) => [...weights]));
  });

  it("stops at the signal, and leaves no tensors behind", async () => {
    const trained = model();
    const tensors = tf.memory().numTensors;
    const stop = new AbortController();
    const onEpoch = () => stop.abort();
    const { complete, losses } = await pretrain(trained, data, maps, {
      ...base,
      curriculum,
      signal: stop.signal,
      onEpoch,
    });
    expect([complete, losses.length]).toEqual([false, 1]);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe("fine-tuning", () => {
  const tuning = { epochs: 2, windowLength: WINDOW, batchSize: 16, learningRate: 1e-3, seed: 1 };

  it("tries every checkpoint with every tokenizer, and leaves the model with what validates best", async () => {
    const trained = model();
    const { checkpoints } = await pretrain(trained, data, maps, { ...base, checkpoints: [2] });
    const validate = (map: (typeof maps)[number]) =>
      -tf.tidy(
        () => t5Loss(trained, tokenTensors(tokenBatch(data, validationCases, WINDOW, [map]))).dataSync()[0],
      );
    const candidates = await fineTune(trained, data, maps, checkpoints, {
      ...tuning,
      tokenizers: [0, 2],
      cases: () => cases,
      validate,
    });
    expect(candidates).toHaveLength(4);
    const [best] = candidates;
    for (const { training } of candidates)
      expect(training.bestValidation).toBeLessThanOrEqual(best.training.bestValidation);
    expect(validate(maps[best.tokenizer])).toBeCloseTo(best.training.bestValidation, 5);
    setWeights(trained, best.checkpoint.weights);
    expect(validate(maps[best.tokenizer])).not.toBeCloseTo(best.training.bestValidation, 5);
    tf.dispose(checkpoints.flatMap(({ weights }) => [...weights]));
  });

  it("ends after `patience` validations without a better one, with the weights of the best", async () => {
    const trained = model();
    const values = [1, 3, 2, 2.5, 9];
    let asked = 0;
    const training = await trainT5(trained, data, maps[0], {
      ...tuning,
      epochs: 5,
      patience: 2,
      cases: () => cases,
      validate: () => values[asked++],
    });
    expect([training.bestEpoch, training.bestValidation, training.history.length]).toEqual([2, 3, 4]);
  });
});
