import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { churnAtGap, firstTokenAgreement, usedCodes } from "./codeStatistics";
import { quantizeResiduals } from "./residualQuantizer";
import { applyMlp, encodeItems, type RqVaeOptions, rqVae } from "./rqVae";
import { type RqVaeTrainingOptions, startCodebooks, trainRqVae } from "./rqVaeTraining";
import { syntheticCatalogue } from "./syntheticCatalogue";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SIZES = { inputs: 32, hidden: [64, 32], dimensions: 16, levels: 3, codes: 16 };
const content = () => tf.tensor2d(syntheticCatalogue().content, [300, 32]);
const make = (seed: number, codebooks: RqVaeOptions["codebooks"] = "ema") =>
  rqVae({ ...SIZES, codebooks }, Rng.key(seed));
const OPTIONS: RqVaeTrainingOptions = { epochs: 30, seed: 1, batchSize: 300, learningRate: 0.01 };

test("the k-means start uses all codes, and each level leaves less than the one before", () => {
  const [model, z] = [make(1), content()];
  const before = tf.memory().numTensors;
  startCodebooks(model, z, 1);
  expect(tf.memory().numTensors).toBe(before);
  expect(usedCodes(encodeItems(model, z).codes)).toEqual([16, 16, 16]);
  const books = model.weights.codebooks as readonly tf.Tensor[] as readonly tf.Tensor2D[];
  const { residuals, remainder } = quantizeResiduals(applyMlp(model.weights.encoder, z), books);
  const errors = [...residuals, remainder].map((r) => r.square().mean().dataSync()[0]);
  for (let h = 1; h < errors.length; h++) expect(errors[h]).toBeLessThan(errors[h - 1]);
});

describe.each(["ema", "gradient"] as const)("training, codebooks by %s", (codebooks) => {
  test("lowers the reconstruction error, frees what it made, and a seed repeats to the bit", async () => {
    const z = content();
    const run = async (model = make(2, codebooks)) => {
      const before = tf.memory().numTensors;
      const result = await trainRqVae(model, z, { ...OPTIONS, batchSize: 128, epochs: 6 });
      expect(tf.memory().numTensors).toBe(before);
      return result;
    };
    const first = await run();
    expect(first.history).toHaveLength(6);
    expect(first.history[5].reconstruction).toBeLessThan(0.9 * first.history[0].reconstruction);
    for (const { loss, reconstruction, quantization } of first.history)
      expect(loss).toBeCloseTo(reconstruction + quantization, 5);
    expect(await run()).toEqual(first);
  });
});

test("churn grows with the gap; tokenizers of one run agree in the first code, those of other seeds do not", async () => {
  const z = content();
  const { snapshots } = await trainRqVae(make(3), z, {
    ...OPTIONS,
    epochs: 400,
    snapshots: { every: 10, count: 9 },
  });
  expect(snapshots.map(({ step }) => step)).toEqual([320, 330, 340, 350, 360, 370, 380, 390, 400]);
  const codes = snapshots.map((snapshot) => snapshot.codes);
  const [near, middle, far] = [1, 3, 8].map((gap) => churnAtGap(codes, gap));
  expect(near.any).toBeGreaterThan(0);
  expect(middle.any).toBeGreaterThan(near.any);
  expect(far.any).toBeGreaterThan(middle.any);
  expect(far.first).toBeLessThan(far.any);
  expect(firstTokenAgreement(codes.slice(0, 2))).toBeGreaterThan(0.97);
  const other = await trainRqVae(make(4), z, { ...OPTIONS, seed: 2, epochs: 50 });
  expect(firstTokenAgreement([codes[8], other.snapshots[0].codes])).toBeLessThan(0.4);
});

test("trains on the given items alone, stops at the signal, and refuses snapshots before the first step", async () => {
  const z = content();
  const items = Int32Array.from({ length: 100 }, (_, k) => 2 * k);
  const abort = new AbortController();
  const { history, snapshots } = await trainRqVae(make(5), z, {
    ...OPTIONS,
    items,
    signal: abort.signal,
    onEpoch: ({ epoch }) => {
      if (epoch === 2) abort.abort();
    },
  });
  expect([history.length, snapshots.length]).toEqual([2, 0]);
  const whole = await trainRqVae(make(5), z, { ...OPTIONS, items, epochs: 2 });
  expect(whole.history).toEqual(history);
  expect(whole.snapshots[0].codes.items).toBe(300);
  const early = trainRqVae(make(5), z, { ...OPTIONS, epochs: 2, snapshots: { every: 2, count: 2 } });
  await expect(early).rejects.toThrow("2 snapshots 2 steps apart need 3 steps; there are 2");
});

test("a restart gives a short training back the codes that its growing latents have left behind", async () => {
  const z = content();
  const options = { ...OPTIONS, epochs: 200, learningRate: 0.003 };
  const [kept, begun] = [make(6), make(6)];
  const without = await trainRqVae(kept, z, options);
  const restarted = await trainRqVae(begun, z, { ...options, restartAfter: 100 });
  expect(restarted.history.slice(0, 100)).toEqual(without.history.slice(0, 100));
  const used = ({ history }: typeof without) => history[199].used[0];
  expect(used(without)).toBeLessThan(10);
  expect(used(restarted)).toBeGreaterThanOrEqual(14);
  expect(restarted.history[199].collisionRate).toBeLessThan(without.history[199].collisionRate);
});
