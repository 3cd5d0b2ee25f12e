import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyRmsNorm } from "../../nn/rmsNorm";
import { tf } from "../../tensor";
import { assertClose, sampleTensor } from "../../tensor/testing";
import { checkParameterGradients } from "../models/testing";
import { relativeBucketTable } from "./relativeBuckets";
import { crossAttention, crossAttentionOnce, feedForward, keysAndValues, selfAttention } from "./t5Sublayers";
import { smallT5 } from "./t5Testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [BATCH, LENGTH, MEMORY, DIMENSIONS] = [2, 5, 3, 8];
const x = () =>
  tf.variable(sampleTensor<tf.Tensor3D>([BATCH, LENGTH, DIMENSIONS], 1)) as tf.Tensor as tf.Tensor3D;
const memory = () =>
  tf.variable(sampleTensor<tf.Tensor3D>([BATCH, MEMORY, DIMENSIONS], 2)) as tf.Tensor as tf.Tensor3D;
/** No sum of squares: RMS norm would make it a constant. */
const loss = (y: tf.Tensor) => tf.sum(tf.mul(y, sampleTensor(y.shape, 9))) as tf.Scalar;
/** The last memory row of the first case is padding. */
const mask = () => tf.tensor([0, 0, -1e9, 0, 0, 0], [BATCH, 1, 1, MEMORY]);

/** [1, heads, 5, 5], as T5 gathers it from the table. */
function bias(table: tf.Tensor, bidirectional: boolean): tf.Tensor {
  const [buckets, heads] = table.shape;
  const rows = relativeBucketTable(LENGTH, LENGTH, { bidirectional, buckets, maxDistance: 6 });
  return tf.gather(table, tf.tensor1d(rows, "int32")).transpose().reshape([1, heads, LENGTH, LENGTH]);
}

describe("gradients by finite differences", () => {
  const { options, weights } = smallT5();
  const decoder = () => weights.decoder.layers[0];

  it.each([true, false])("self-attention with its relative biases, both ways: %s", (bidirectional) => {
    const { relativeBias } = weights.encoder;
    const { selfAttention: sublayer } = weights.encoder.layers[0];
    const inputs = x();
    checkParameterGradients({ sublayer, relativeBias, inputs }, () =>
      loss(selfAttention(sublayer, inputs, bias(relativeBias, bidirectional), options)),
    );
  });

  it("cross-attention, to its queries and its memory", () => {
    const { crossAttention: sublayer } = decoder();
    const [inputs, states] = [x(), memory()];
    checkParameterGradients({ sublayer, inputs, states }, () =>
      loss(crossAttentionOnce(sublayer, inputs, states, mask(), options)),
    );
  });

  it("feed-forward", () => {
    const { feedForward: sublayer } = decoder();
    const inputs = x();
    checkParameterGradients({ sublayer, inputs }, () => loss(feedForward(sublayer, inputs, options)));
  });

  it("RMS norm", () => {
    const { finalNorm } = weights.decoder;
    const inputs = x();
    checkParameterGradients({ finalNorm, inputs }, () =>
      loss(applyRmsNorm(finalNorm, inputs, options.epsilon)),
    );
  });
});

it("cross-attention is the same with keys and values and without, and blind to padding", () => {
  const { options, weights } = smallT5();
  const { crossAttention: sublayer } = weights.decoder.layers[0];
  const states = memory();
  const once = crossAttentionOnce(sublayer, x(), states, mask(), options);
  const cached = keysAndValues(sublayer.attention, states, options.heads);
  assertClose(crossAttention(sublayer, x(), cached, mask(), options), once, { absolute: 1e-5 });
  const moved = states.add(tf.tensor([0, 0, 5, 0, 0, 0], [BATCH, MEMORY, 1])) as tf.Tensor3D;
  assertClose(crossAttentionOnce(sublayer, x(), moved, mask(), options), once, { absolute: 1e-5 });
  const unmasked = crossAttentionOnce(sublayer, x(), states, tf.zerosLike(mask()), options);
  expect(tf.max(tf.abs(unmasked.sub(once))).dataSync()[0]).toBeGreaterThan(1e-3);
});
