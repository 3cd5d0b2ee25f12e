import { afterEach, describe, expect, it } from "vitest";
import { cosine } from "../../optim";
import { tf } from "../../tensor";
import { disposeTree, variables } from "../../tensor/tree";
import { shuffledBatches } from "../batches";
import { trainingPrefixes } from "../split";
import { createGenerativeEvaluator } from "./generativeEvaluation";
import { itemCodes } from "./itemCodes";
import { syntheticCatalogue } from "./syntheticCatalogue";
import type { T5, T5Options } from "./t5Parameters";
import { smallT5 } from "./t5Testing";
import { t5Trainer } from "./t5Trainer";
import { type T5TrainingOptions, trainT5 } from "./t5Training";
import { identifierVocabulary, tokenMap } from "./tokenMap";

const { data, group, subgroup } = syntheticCatalogue({
  groups: 4,
  subgroups: 2,
  itemsPerCell: 4,
  users: 24,
  events: 6,
});
const codes = itemCodes(
  Int32Array.from({ length: 2 * data.items }, (_, at) => (at % 2 === 0 ? group[at >> 1] : subgroup[at >> 1])),
  2,
  4,
);
const map = tokenMap(codes, identifierVocabulary(codes));
const WINDOW = 4;
/** One case a history: equal histories with different targets cannot both be learnt. */
const cases = (() => {
  const seen = new Set<string>();
  return trainingPrefixes(data).filter((event) => {
    const history = data.itemIds
      .slice(Math.max(data.offsets[data.eventUsers[event]], event - WINDOW), event)
      .join();
    return !seen.has(history) && seen.add(history);
  });
})();

const models: T5[] = [];
afterEach(() => {
  for (const model of models.splice(0)) disposeTree(model.weights);
});
function model(options: Partial<T5Options> = {}): T5 {
  const made = smallT5({ vocabulary: map.vocabulary.size, ...options });
  models.push(made);
  return made;
}
const base = (options: Partial<T5TrainingOptions> = {}): T5TrainingOptions => ({
  ...{ windowLength: WINDOW, batchSize: 16, learningRate: 5e-3, seed: 3, epochs: 2 },
  ...{ cases: () => cases, validate: () => 0, ...options },
});
const values = (of: T5) => variables(of.weights).map((weight) => [...weight.dataSync()]);

it("learns 32 sequences by heart with one tokenizer", async () => {
  const few = cases.slice(0, 32);
  const trained = model({ dimensions: 32, inner: 64, headDimensions: 16, layers: 2 });
  const { history } = await trainT5(trained, data, map, {
    ...base({ epochs: 400, batchSize: 32, weightDecay: 0, cases: () => few }),
    learningRate: cosine({ peak: 4e-3, steps: 400 }),
    validateEvery: 400,
  });
  expect(history[0].loss).toBeGreaterThan(2);
  expect(history.at(-1)!.loss).toBeLessThan(0.02);
  const evaluator = createGenerativeEvaluator(trained, {
    ...{ dataset: data, windowLength: WINDOW, map, beams: 10, decoding: "raw" },
  });
  expect([...evaluator(few).ranks]).toEqual(new Array(32).fill(1));
  evaluator.dispose();
}, 60_000);

describe("training", () => {
  it("has the same losses and weights from the same seed, and others from another", async () => {
    const run = async (seed: number) => {
      const trained = model({ dropout: 0.1 });
      const { history } = await trainT5(trained, data, map, base({ seed }));
      return { losses: history.map(({ loss }) => loss), weights: values(trained) };
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect((await run(4)).losses).not.toEqual(first.losses);
  });

  it("leaves the weights that validated best, the first of equals, and stops after enough worse ones", async () => {
    const trained = model();
    const seen: number[][][] = [];
    const scores = [0.1, 0.3, 0.3, 0.2, 0.9];
    const training = await trainT5(
      trained,
      data,
      map,
      base({ epochs: 5, patience: 2, validate: () => scores[seen.push(values(trained)) - 1] }),
    );
    expect(training).toMatchObject({ bestEpoch: 2, bestValidation: 0.3, complete: true });
    expect(training.history).toHaveLength(4);
    expect(training.steps).toBe(4 * Math.ceil(cases.length / 16));
    expect(values(trained)).toEqual(seen[1]);
    expect(seen[3]).not.toEqual(seen[1]);
  });

  it("validates after every so many epochs, and after the last", async () => {
    const { history } = await trainT5(model(), data, map, base({ epochs: 5, validateEvery: 2 }));
    expect(history.map(({ validation }) => validation)).toEqual([undefined, 0, undefined, 0, 0]);
  });

  it("stops where the loss is no number, and says what to do", async () => {
    const broken = trainT5(model(), data, map, base({ learningRate: Number.NaN }));
    await expect(broken).rejects.toThrow(/T5: the loss of epoch 1 is NaN: lower the learning rate/);
  });

  it("ends after the running step where its signal says so", async () => {
    const stop = new AbortController();
    const training = await trainT5(model(), data, map, {
      ...base({ epochs: 9, signal: stop.signal, onEpoch: ({ epoch }) => epoch === 2 && stop.abort() }),
    });
    expect(training).toMatchObject({
      complete: false,
      steps: 2 * Math.ceil(cases.length / 16),
      bestEpoch: 1,
    });
  });

  it("leaves no tensor, whether it ends, is stopped or fails", async () => {
    const trained = model();
    const leftBy = async (options: Partial<T5TrainingOptions>) => {
      const before = tf.memory().numTensors;
      await trainT5(trained, data, map, base(options)).catch(() => undefined);
      return tf.memory().numTensors - before;
    };
    expect(await leftBy({})).toBe(0);
    expect(await leftBy({ signal: AbortSignal.abort() })).toBe(0);
    expect(await leftBy({ learningRate: Number.NaN })).toBe(0);
  });
});

it("rows that fill up the last batch count for nothing", async () => {
  const after = async (batchSize: number) => {
    const trained = model();
    const trainer = t5Trainer(trained, data, base({ batchSize }));
    const loss = await trainer.epoch(1, cases.slice(0, 5), [map]);
    trainer.dispose();
    return { loss, weights: values(trained).flat() };
  };
  expect([...shuffledBatches(cases.slice(0, 5), { batchSize: 8, seed: 3, epoch: 1 })]).toHaveLength(1);
  const [filled, exact] = [await after(8), await after(5)];
  expect(filled.loss).toBeCloseTo(exact.loss!, 5);
  const apart = filled.weights.map((weight, k) => Math.abs(weight - exact.weights[k]));
  expect(Math.max(...apart)).toBeLessThan(1e-4); // a step moves a weight by 5e-3
});
