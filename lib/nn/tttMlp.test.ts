import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { gelu } from "../tensor/ops/activations";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { countParameters, flattenTree, mapTree } from "../tensor/tree";
import {
  applyDense,
  applyRotary,
  applyTttMlp,
  innerGradients,
  normalInit,
  type TttMlp,
  tttMlp,
  tttOutput,
  tttReadings,
} from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [D, HEADS, F, K] = [8, 2, 4, 3];

/** A layer away from its symmetric start: biases and shifts that are no 0, gains that are no 1. */
function layer({ dimensions = D, heads = HEADS, miniBatch = K } = {}): TttMlp<tf.Tensor> {
  const params = tttMlp({ dimensions, heads, miniBatch, init: normalInit(0.5) }, Rng.key(1));
  let seed = 0;
  return mapTree<object, tf.Tensor>(
    (leaf: tf.Tensor) => leaf.add(sampleTensor(leaf.shape, ++seed, -0.2, 0.2)),
    params,
  ) as unknown as TttMlp<tf.Tensor>;
}

type Weights = readonly tf.Tensor[]; // W₁ [f, 4f], b₁ [1, 4f], W₂ [4f, f], b₂ [1, f]

/** LN(gelu(x W₁ + b₁) W₂ + b₂) of one head. @param x [1, f] */
function innerNetwork([w1, b1, w2, b2]: Weights, gain: tf.Tensor, bias: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const hidden = gelu(tf.matMul(x as tf.Tensor2D, w1 as tf.Tensor2D).add(b1), { approximate: true });
  const y = tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D).add(b2);
  const centred = y.sub(y.mean());
  return centred.div(centred.square().mean().add(1e-6).sqrt()).mul(gain).add(bias);
}

/** ½ ‖LN(MLP(k)) - (v - k)‖² */
function innerLoss(
  weights: Weights,
  gain: tf.Tensor,
  bias: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
): tf.Scalar {
  return innerNetwork(weights, gain, bias, k).sub(v.sub(k)).square().sum().div<tf.Scalar>(2);
}

/** Head h of a tensor [H, ..]. */
const head = (t: tf.Tensor, h: number) => t.slice(h, 1).reshape(t.shape.slice(1));

/** The layer token by token: every token's gradient by the tape, and its weights written out. @returns [B, L, d] */
function plainReadings(params: TttMlp<tf.Tensor>, x: tf.Tensor3D, base: number): tf.Tensor {
  const [batch, length, dimensions] = x.shape;
  const [heads, f] = params.start.expandWeight.shape;
  const size = params.placeShift.size;
  const rows = Array.from({ length: batch }, (_, row) => {
    const sequence = x.slice([row, 0, 0], [1, length, dimensions]).reshape([length, dimensions]);
    const perHead = Array.from({ length: heads }, (_, h) => {
      const part = (kind: "query" | "key" | "value", t: number) =>
        applyDense(params[kind], sequence).slice([t, h * f], [1, f]) as tf.Tensor2D;
      const rotated = (kind: "query" | "key", t: number) =>
        applyRotary(part(kind, t), { positions: [t % size], base });
      const rate = (t: number) =>
        tf.sigmoid(applyDense(params.learningRate, sequence)).slice([t, h], [1, 1]).div(f).reshape([]);
      const [gain, bias] = [head(params.innerNorm.gain, h), head(params.innerNorm.bias, h)];
      const { expandWeight, expandBias, contractWeight, contractBias } = params.start;
      let weights: Weights = [expandWeight, expandBias, contractWeight, contractBias].map((w) => head(w, h));
      const outputs: tf.Tensor[] = [];
      for (let start = 0; start < length; start += size) {
        const tokens = Array.from({ length: Math.min(size, length - start) }, (_, i) => start + i);
        // All at the weights the mini-batch starts with.
        const gradients = tokens.map((t) =>
          tf.grads((...w: tf.Tensor[]) => innerLoss(w, gain, bias, rotated("key", t), part("value", t)))([
            ...weights,
          ]),
        );
        let seen = weights;
        tokens.forEach((t, i) => {
          const share = tf.relu(params.placeShift.slice(i, 1).add(1 / (i + 1))).reshape([]);
          seen = weights.map((w, which) =>
            tokens
              .slice(0, i + 1)
              .reduce((sum, u, j) => sum.sub(gradients[j][which].mul(share.mul(rate(u)))), w),
          );
          const q = rotated("query", t);
          outputs.push(q.add(innerNetwork(seen, gain, bias, q)));
        });
        weights = seen;
      }
      return tf.concat(outputs, 0); // [L, f]
    });
    return tf.concat(perHead, 1);
  });
  return tf.stack(rows);
}

test("the inner gradient in closed form is that of the tape", () => {
  const { start, innerNorm } = layer();
  const weights = [start.expandWeight, start.expandBias, start.contractWeight, start.contractBias];
  const [keys, values] = [sampleTensor([1, HEADS, K, F], 1), sampleTensor([1, HEADS, K, F], 2)];
  const batched = (t: tf.Tensor) => t.expandDims(0);
  const learnt = innerGradients(
    {
      expandWeight: batched(weights[0]),
      expandBias: batched(weights[1]),
      contractWeight: batched(weights[2]),
      contractBias: batched(weights[3]),
    },
    innerNorm,
    keys,
    values.sub(keys),
  );
  for (let h = 0; h < HEADS; h++) {
    for (let t = 0; t < K; t++) {
      const row = (of: tf.Tensor) => of.slice([0, h, t, 0], [1, 1, 1, -1]).reshape<tf.Tensor2D>([1, -1]);
      const [k, v] = [row(keys), row(values)];
      const loss = (...w: tf.Tensor[]) =>
        innerLoss(w, head(innerNorm.gain, h), head(innerNorm.bias, h), k, v);
      const expected = tf.grads(loss)(weights.map((w) => head(w, h)));
      const close = { relative: 1e-4, absolute: 1e-5 };
      assertClose(tf.matMul(k, row(learnt.expand), true), expected[0], close, "W₁");
      assertClose(row(learnt.expand), expected[1], close, "b₁");
      assertClose(tf.matMul(row(learnt.hidden), row(learnt.contract), true), expected[2], close, "W₂");
      assertClose(row(learnt.contract), expected[3], close, "b₂");
    }
  }
});

describe("the layer against the one token by token", () => {
  // Whole mini-batches, a rest of one token, and sequences shorter than a mini-batch.
  test.each([6, 7, 2])("%i tokens", (length) => {
    const x = sampleTensor<tf.Tensor3D>([2, length, D], 1);
    const params = layer();
    const expected = plainReadings(params, x, 100);
    assertClose(tttReadings(params, x, { rotaryBase: 100 }), expected, { absolute: 1e-5 });
    assertClose(applyTttMlp(params, x, { rotaryBase: 100 }), tttOutput(params, expected), {
      absolute: 1e-5,
    });
  });

  test("gradients, through the inner ones", () => {
    const x = sampleTensor<tf.Tensor3D>([1, 4, D], 1);
    const leaves = flattenTree<object>(layer()) as [string, tf.Tensor][];
    const rebuilt = (values: readonly tf.Tensor[]) => {
      let next = 0;
      return mapTree<object, tf.Tensor>(() => values[next++], layer()) as unknown as TttMlp<tf.Tensor>;
    };
    const inputs = [x, ...leaves.map(([, leaf]) => leaf)];
    const loss =
      (readings: typeof plainReadings) =>
      (first: tf.Tensor, ...values: tf.Tensor[]) =>
        tttOutput(rebuilt(values), readings(rebuilt(values), first as tf.Tensor3D, 100));
    const dy = sampleTensor([1, 4, D], 5);
    const fast = tf.grads(loss((params, of) => tttReadings(params, of, { rotaryBase: 100 })))(inputs, dy);
    const slow = tf.grads(loss(plainReadings))(inputs, dy);
    ["x", ...leaves.map(([path]) => path)].forEach((name, i) => {
      assertClose(fast[i], slow[i], { relative: 1e-3, absolute: 2e-5 }, `gradient of ${name}`);
    });
  });
});

describe("TTT-MLP layer", () => {
  test("gradients against finite differences", () => {
    const x = sampleTensor<tf.Tensor3D>([1, 3, 2], 1);
    const params = layer({ dimensions: 2, heads: 1, miniBatch: 2 });
    const { start } = params;
    checkGradients(
      (input, expandWeight, contractWeight, placeShift) =>
        applyTttMlp(
          { ...params, placeShift, start: { ...start, expandWeight, contractWeight } },
          input as tf.Tensor3D,
        ),
      [x, start.expandWeight, start.contractWeight, params.placeShift],
      { step: 0.005, relative: 2e-2, absolute: 1e-2 },
    );
  });

  test("is causal: a token reads what it and those before it have taught", () => {
    const x = sampleTensor<tf.Tensor3D>([1, 7, D], 1);
    const changed = tf.concat([x.slice([0, 0, 0], [1, 4, D]), tf.ones([1, 3, D])], 1) as tf.Tensor3D;
    const [before, after] = [x, changed].map((of) => applyTttMlp(layer(), of));
    assertClose(after.slice([0, 0, 0], [1, 4, D]), before.slice([0, 0, 0], [1, 4, D]));
    expect(after.sub(before).slice([0, 4, 0]).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
  });

  test("learns: with rates that are no 0, a key seen before is mapped closer to its value", () => {
    const params = layer();
    const token = sampleTensor<tf.Tensor3D>([1, 1, D], 4);
    const repeated = token.tile<tf.Tensor3D>([1, 12, 1]);
    // Same query and key: a reading is k + LN(MLP(k)), and what is learnt is LN(MLP(k)) = v - k.
    const tied = { ...params, query: params.key };
    const read = tttReadings(tied, repeated, { rotaryBase: 1e9 });
    const value = applyDense(params.value, token);
    const distances = read.sub(value).square().sum(2).flatten();
    const [first, , , , , , , , , , , last] = [...distances.dataSync()];
    expect(last).toBeLessThan(0.8 * first);
  });

  test("starts as the reference does", () => {
    const params = tttMlp({ dimensions: 64, heads: 4, miniBatch: 8 }, Rng.key(1));
    // Four maps of 64; 64 + 1 a head for the rate; 8 shifts; a head's network 16 -> 64 -> 16 and norm; a norm.
    expect(countParameters(params)).toBe(4 * 64 * 64 + 4 * 65 + 8 + 4 * (17 * 64 + 65 * 16 + 32) + 128);
    assertClose(params.placeShift, tf.zeros([8]));
    assertClose(params.innerNorm.gain, tf.ones([4, 1, 16]));
  });

  test("refuses heads that cannot share its width in pairs", () => {
    expect(() => tttMlp({ dimensions: 6, heads: 2, miniBatch: 2 }, Rng.key(1))).toThrow(
      "2 heads cannot share 6 dimensions in pairs",
    );
  });
});
