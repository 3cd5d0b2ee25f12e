import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodeStates, encode } from "../../recsys/generative/t5";
import { checkParameterGradients } from "../../recsys/models/testing";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import { answerLogProbs, repeated } from "./likelihoods";
import {
  contrastLoss,
  type LossOptions,
  quantisationLoss,
  type StageTwoBatch,
  stageTwoLosses,
  thinkingLosses,
} from "./losses";
import { stageTwoBatches } from "./stageTwoBatches";
import type { ThinkingModel } from "./states";
import { thinkingModel, thinkingWorld } from "./thinkingTesting";
import type { TraceTable } from "./traceTable";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const { data, tokens, cases } = thinkingWorld();
const STEPS = 2;
const M = 3;
/** Of the first four rows some think, and some do not. */
const SEED = 4;
const some = cases.subarray(0, 6);
const TOY = { layers: 2, dimensions: 8, inner: 12, heads: 2, headDimensions: 3 };
/** Few rectifiers, on few rows: there are not many kinks for a step of a difference to cross. */
const SMOOTH = { ...TOY, inner: 2 };
/** Of differences: where the long one crosses a kink the short one must agree. */
const steps = [1e-2, 1e-3];
const ONLY = { contrastWeight: 0, quantisationWeight: 0, preferenceWeight: 0 } satisfies LossOptions;

function toyModel(options = TOY, seed = 1): ThinkingModel {
  const model = thinkingModel(tokens, options, seed);
  model.networks.state.contract.weight.assign(sampleTensor([8, 8], 3, -0.5, 0.5));
  model.networks.residual.contract.weight.assign(sampleTensor([8, 8], 4, -0.5, 0.5));
  return model;
}

const table: TraceTable = {
  cases: some,
  steps: STEPS,
  traces: Int32Array.from({ length: some.length * STEPS }, (_, k) => 1 + ((k * 5) % 12)),
};
const pairs = {
  traces: table.traces.map((token) => 13 - token),
  wrong: Int32Array.from({ length: some.length * M }, (_, k) => 1 + 4 * (k % M) + ((k * 7) % 4)),
  referenceChosen: Float32Array.from(some, (_, k) => -5 - k / 10),
  referenceRejected: Float32Array.from(some, (_, k) => -6 + k / 10),
};

/** Four rows that count, some of which write the item at once, and two that fill up. */
function toyBatch({ directShare = 0.5, real = 4, preferring = true, size = 6 } = {}): StageTwoBatch {
  const rows = stageTwoBatches(data, tokens, { windowLength: 3, steps: STEPS, seed: SEED });
  rows.take(table, preferring ? pairs : undefined);
  return rows.batch(some.subarray(0, size), { real, epoch: 1, directShare });
}

describe("the batches of stage 2", () => {
  test("read the labels shifted right behind their start, and count exactly l + m of them", () => {
    const { sequences, thinks, real } = toyBatch();
    const [inputs, labels, mask] = [sequences.inputs, sequences.labels, sequences.mask].map(
      (x) => x.arraySync() as number[][],
    );
    const thinking = [...thinks.dataSync()];
    expect([...real.dataSync()]).toEqual([1, 1, 1, 1, 0, 0]);
    expect(new Set(thinking.slice(0, 4))).toEqual(new Set([0, 1]));
    expect(thinking.slice(4)).toEqual([0, 0]);
    inputs.forEach((row, k) => {
      const isThinking = row[0] === tokens.startThink;
      const length = isThinking ? STEPS + M : M;
      if (k < 4) expect(isThinking).toBe(thinking[k] === 1);
      expect(row.slice(1, length)).toEqual(labels[k].slice(0, length - 1));
      expect(mask[k]).toEqual(Array.from({ length: STEPS + M }, (_, t) => (k < 4 && t < length ? 1 : 0)));
      if (isThinking)
        expect(labels[k].slice(0, STEPS)).toEqual([...table.traces.subarray(k * STEPS, (k + 1) * STEPS)]);
      else expect(row[0]).toBe(tokens.startDirect);
    });
  });

  test("say what is missing", () => {
    const rows = stageTwoBatches(data, tokens, { windowLength: 3, steps: STEPS, seed: SEED });
    const options = { real: 1, epoch: 1, directShare: 0 };
    expect(() => rows.batch(some, options)).toThrow(/no traces yet/);
    rows.take(table, undefined);
    expect(() => rows.batch(cases.subarray(6, 7), options)).toThrow(`Event ${cases[6]} has no trace`);
    expect(() => rows.take({ ...table, steps: 3 }, undefined)).toThrow(/3 tokens, where 2 are to be learnt/);
  });
});

describe("the contrast of states and targets", () => {
  const [B, L, D] = [4, 2, 5];
  const states = () => sampleTensor<tf.Tensor3D>([B, L + 1, D], 1);
  const targets = () => sampleTensor<tf.Tensor2D>([B, D], 2);
  const options = () => ({
    items: tf.tensor1d([7, 3, 7, 5], "int32"),
    real: tf.tensor1d([1, 1, 1, 0]),
    temperature: 0.5,
  });

  test("is its definition: growing weights, the row's own item and filling rows no negatives", () => {
    const [s, t] = [states().arraySync(), targets().arraySync()];
    const cosine = (a: number[], b: number[]) => {
      const dot = (x: number[], y: number[]) => x.reduce((sum, value, k) => sum + value * y[k], 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const negatives = [[1], [0, 2], [1], [0, 1, 2]];
    const expected = s.map((ofRow, b) =>
      ofRow.reduce((sum, state, i) => {
        const own = Math.exp(cosine(state, t[b]) / 0.5);
        const others = negatives[b].map((other) => Math.exp(cosine(state, t[other]) / 0.5));
        const weight = (2 * (i + 1)) / (L + 2);
        return sum - (weight * Math.log(own / others.reduce((all, one) => all + one, own))) / (L + 1);
      }, 0),
    );
    assertClose(contrastLoss(states(), targets(), options()), expected, { absolute: 1e-5 });
  });

  test("has the states' gradient, and none to the targets", () => {
    checkGradients((s) => contrastLoss(s as tf.Tensor3D, targets(), options()), [states()]);
    const [toStates, toTargets] = tf.grads((s, t) =>
      contrastLoss(s as tf.Tensor3D, t as tf.Tensor2D, options()).add(t.sum()),
    )([states(), targets()]);
    expect(toStates.abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
    assertClose(toTargets, tf.fill([B, D], B)); // of the sum alone
  });
});

describe("the quantisation loss", () => {
  const residuals = () => sampleTensor<tf.Tensor3D>([3, 2, 5], 1);
  const codewords = () => sampleTensor<tf.Tensor3D>([3, 2, 5], 2);

  test("is (1 + β) times the mean squared distance, and its gradient splits 1 : β", () => {
    const distance = residuals().sub(codewords());
    const expected = distance.square().mean(-1).mean(-1).mul(1.25);
    assertClose(quantisationLoss(residuals(), codewords(), 0.25), expected);
    const [toResiduals, toCodewords] = tf.grads((r, e) =>
      quantisationLoss(r as tf.Tensor3D, e as tf.Tensor3D, 0.25),
    )([residuals(), codewords()]);
    assertClose(toCodewords, distance.mul(-2 / (5 * 2)));
    assertClose(toResiduals, distance.mul((0.25 * 2) / (5 * 2)));
    assertClose(quantisationLoss(tf.zeros([3, 0, 5]), tf.zeros([3, 0, 5]), 0.25), [0, 0, 0]);
  });
});

describe("the losses of stage 2", () => {
  test("are those of their rows, by hand", () => {
    const model = toyModel();
    const batch = toyBatch();
    const found = stageTwoLosses(model, batch, { preferenceBeta: 0.3 });
    const thinks = [...batch.thinks.dataSync()];
    const { sequences, targets } = batch;
    const encoded = encode(model.t5, sequences.histories);
    const prefix = (isThinking: boolean) =>
      repeated([isThinking ? tokens.startThink : tokens.startDirect], 6);
    const ofThinking = answerLogProbs(model.t5, encoded, prefix(true), sequences.labels).dataSync();
    const ofDirect = answerLogProbs(model.t5, encoded, prefix(false), targets).dataSync();
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const rows = [0, 1, 2, 3];
    const thinking = rows.filter((row) => thinks[row] === 1);
    const direct = rows.filter((row) => thinks[row] === 0);
    assertClose(found.sft, mean(thinking.map((row) => -ofThinking[row] / (STEPS + M))), { relative: 1e-4 });
    assertClose(found.direct, mean(direct.map((row) => -ofDirect[row] / M)), { relative: 1e-4 });

    const read = tf.concat([prefix(true), sequences.labels.slice([0, 0], [6, STEPS])], 1) as tf.Tensor2D;
    const wrong = tf.tensor2d(pairs.wrong, [6, M], "int32");
    const rejectedRead = tf.concat(
      [prefix(true), tf.tensor2d(pairs.traces, [6, STEPS], "int32")],
      1,
    ) as tf.Tensor2D;
    const chosen = answerLogProbs(model.t5, encoded, read, targets).dataSync();
    const rejected = answerLogProbs(model.t5, encoded, rejectedRead, wrong).dataSync();
    const dpo = (row: number) => {
      const margin =
        chosen[row] - pairs.referenceChosen[row] - (rejected[row] - pairs.referenceRejected[row]);
      return Math.log(1 + Math.exp(-0.3 * margin));
    };
    assertClose(found.preference, mean(thinking.map(dpo)), { relative: 1e-4 });
    const value = (x: tf.Scalar) => x.dataSync()[0];
    const share = thinking.length / rows.length;
    const added = 0.1 * (value(found.contrast) + value(found.quantisation) + value(found.preference));
    assertClose(found.loss, share * (value(found.sft) + added) + (1 - share) * value(found.direct), {
      relative: 1e-4,
    });
  });

  test("rows that fill up the batch do not count", () => {
    const model = toyModel();
    const [four, six] = [4, 6].map((real) => stageTwoLosses(model, toyBatch({ real })));
    expect(four.loss.dataSync()[0]).not.toBeCloseTo(six.loss.dataSync()[0], 3);
    const batch = toyBatch({ real: 4 });
    const other = tf.concat(
      [batch.sequences.histories.slice([0, 0], [4, -1]), batch.sequences.histories.slice([0, 0], [2, -1])],
      0,
    );
    const filled = { ...batch, sequences: { ...batch.sequences, histories: other as tf.Tensor2D } };
    for (const name of ["loss", "sft", "direct", "contrast", "quantisation", "preference"] as const)
      assertClose(stageTwoLosses(model, filled)[name], four[name], { absolute: 1e-6 }, name);
  });

  // What has a preference has L_sft too.
  test.each([
    ["sft", 1],
    ["preference", 1],
    ["preference of pairs", 2],
  ])("gradients of all parameters: %s, model %i", (which, seed) => {
    const model = toyModel(SMOOTH, seed);
    const batch = toyBatch({ preferring: which !== "sft", directShare: 0, real: 2, size: 2 });
    const options =
      which === "sft"
        ? ONLY
        : {
            ...ONLY,
            preferenceWeight: 5,
            preferenceBeta: 0.5,
            comparesTraces: which === "preference of pairs",
          };
    checkParameterGradients(model.t5.weights, () => stageTwoLosses(model, batch, options).loss, { steps });
  });

  test.each([1, 2])(
    "gradients of contrast and quantisation, in all but the table that targets and codewords come from: model %i",
    (seed) => {
      const model = toyModel(TOY, seed);
      const batch = toyBatch({ preferring: false, directShare: 0, real: 6 });
      const { encoder, decoder } = model.t5.weights;
      const losses = (quantised: number) => () => {
        const { sequences, targets, items, real } = batch;
        const outputs = decodeStates(model.t5, sequences.inputs, encode(model.t5, sequences.histories));
        const traces = sequences.labels.slice<tf.Tensor2D>([0, 0], [-1, STEPS]);
        const own = { traces, targets, items, real, options: { contrastTemperature: 0.5 } };
        const { contrast, quantisation } = thinkingLosses(model, outputs, own);
        return contrast.mean<tf.Scalar>().add<tf.Scalar>(quantisation.mean<tf.Scalar>().mul(quantised));
      };
      // Its value has both parts, the gradient of residuals only that of weight β.
      checkParameterGradients({ encoder, decoder, networks: model.networks }, losses(1), {
        differenced: losses(0.25 / 1.25),
        steps,
      });
    },
  );

  test("the preference is log 2 where the model is the reference, and falls as the target becomes likelier", () => {
    const model = toyModel();
    const batch = toyBatch({ directShare: 0, real: 6 });
    const { sequences, targets } = batch;
    const encoded = encode(model.t5, sequences.histories);
    const start = repeated([tokens.startThink], 6);
    const read = tf.concat([start, sequences.labels.slice([0, 0], [6, STEPS])], 1) as tf.Tensor2D;
    const rejectedRead = tf.concat([start, tf.tensor2d(pairs.traces, [6, STEPS], "int32")], 1) as tf.Tensor2D;
    const wrong = tf.tensor2d(pairs.wrong, [6, M], "int32");
    const preference = {
      ...batch.preference!,
      referenceChosen: answerLogProbs(model.t5, encoded, read, targets),
      referenceRejected: answerLogProbs(model.t5, encoded, rejectedRead, wrong),
    };
    const loss = (shifted: Partial<typeof preference>) =>
      stageTwoLosses(model, { ...batch, preference: { ...preference, ...shifted } }).preference.dataSync()[0];
    expect(loss({})).toBeCloseTo(Math.log(2), 5);
    // A reference that likes the target less is a model that likes it more.
    expect(loss({ referenceChosen: preference.referenceChosen.sub<tf.Tensor1D>(1) })).toBeLessThan(
      Math.log(2) - 0.01,
    );
    expect(loss({ referenceRejected: preference.referenceRejected.sub<tf.Tensor1D>(1) })).toBeGreaterThan(
      Math.log(2) + 0.01,
    );
    const both = {
      referenceChosen: preference.referenceChosen.sub<tf.Tensor1D>(3),
      referenceRejected: preference.referenceRejected.sub<tf.Tensor1D>(3),
    };
    expect(loss(both)).toBeCloseTo(Math.log(2), 5);
  });

  test("dropout is the key's; nothing is left behind", () => {
    const model = thinkingModel(tokens, { ...TOY, dropout: 0.3 });
    const batch = toyBatch();
    const loss = (seed: number) => stageTwoLosses(model, batch, {}, Rng.key(seed)).loss.dataSync()[0];
    expect(loss(1)).toBe(loss(1));
    expect(loss(1)).not.toBe(loss(2));
    const before = tf.memory().numTensors;
    tf.dispose(Object.values(stageTwoLosses(model, batch)));
    expect(tf.memory().numTensors).toBe(before);
  });
});
