import * as tf from "@tensorflow/tfjs";
import * as Rng from "../rng";
import { gelu, silu, softplus } from "./activations";
import type { CaseInput } from "./cases";
import { concat } from "./concat";
import { cumprod, cumsum } from "./cumulative";
import { dropout } from "./dropout";
import { einsum } from "./einsum";
import { gather } from "./gather";
import { gatherNd, scatterNd, stridedSlice } from "./indexing";
import { logSumExp } from "./logSumExp";
import { matMul } from "./matMul";
import { layerNorm, rmsNorm } from "./norms";
import { oneHot } from "./oneHot";
import { rearrange } from "./rearrange";
import { scan } from "./scan";
import { softmaxCrossEntropy } from "./softmaxCrossEntropy";
import { stopGradient, straightThrough } from "./stopGradient";
import { sort, topK } from "./topK";
import { where } from "./where";

/** A small program of several ops; differentiable in each input. */
export interface Composition {
  name: string;
  inputs: readonly CaseInput[];
  run(...xs: tf.Tensor[]): tf.Tensor;
}

const int = (values: number[], shape: number[] = [values.length]) => tf.tensor(values, shape, "int32");
const matrix = (...shape: number[]): CaseInput => ({ shape });
const positive = (...shape: number[]): CaseInput => ({ shape, min: 0.5, max: 1.5 });
const causal = () => tf.tensor2d([1, 0, 0, 1, 1, 0, 1, 1, 1], [3, 3], "bool");

/** Programs as papers write them: what single ops do not show is how their gradients fit together. */
export const compositions: readonly Composition[] = [
  {
    name: "attention head with a causal mask",
    inputs: [matrix(2, 3, 4), matrix(4, 12)],
    run: (x, w) => {
      const [q, k, v] = tf.split(matMul(x, w), 3, -1);
      const scores = tf.div(einsum("bid,bjd->bij", q, k), 2);
      return matMul(tf.softmax(where(causal(), scores, -1e9)), v);
    },
  },
  {
    name: "multi-head attention by rearrange",
    inputs: [matrix(2, 3, 8), matrix(8, 8)],
    run: (x, w) => {
      const heads = rearrange(matMul(x, w), "b l (h d) -> b h l d", { h: 2 });
      const weights = tf.softmax(matMul(heads, heads, false, true));
      return rearrange(matMul(weights, heads), "b h l d -> b l (h d)");
    },
  },
  {
    name: "pre-norm feed-forward block",
    inputs: [matrix(2, 3, 4), positive(4), matrix(4), matrix(4, 8), matrix(8, 4)],
    run: (x, gain, bias, up, down) => tf.add(x, matMul(gelu(matMul(layerNorm(x, gain, bias), up)), down)),
  },
  {
    name: "gated feed-forward with rmsNorm",
    inputs: [matrix(3, 4), positive(4), matrix(4, 6), matrix(4, 6)],
    run: (x, weight, gate, up) => {
      const h = rmsNorm(x, weight);
      return tf.mul(silu(matMul(h, gate)), matMul(h, up));
    },
  },
  {
    name: "embedding and tied softmax loss",
    inputs: [matrix(5, 4)],
    run: (table) => {
      const hidden = tf.tanh(gather(table, int([1, 4, 1, 0], [2, 2])));
      return softmaxCrossEntropy(int([2, 3, 0, 4], [2, 2]), matMul(hidden, table, false, true));
    },
  },
  {
    name: "sampled softmax with log-sum-exp",
    inputs: [matrix(3, 4), matrix(6, 4)],
    run: (x, table) => {
      const negatives = gather(table, int([0, 5, 2, 1, 1, 3], [3, 2]));
      const targets = gather(table, int([4, 4, 0]));
      const scores = concat([tf.sum(tf.mul(x, targets), -1, true), einsum("bd,bnd->bn", x, negatives)], 1);
      return tf.sub(logSumExp(scores), tf.squeeze(tf.slice(scores, [0, 0], [3, 1]), [1]));
    },
  },
  {
    name: "bayesian personalised ranking",
    inputs: [matrix(4, 3), matrix(6, 3)],
    run: (users, items) => {
      const positiveScores = tf.sum(tf.mul(users, gather(items, int([0, 1, 2, 3]))), 1);
      const negativeScores = tf.sum(tf.mul(users, gather(items, int([5, 5, 4, 0]))), 1);
      return softplus(tf.sub(negativeScores, positiveScores));
    },
  },
  {
    name: "gated recurrence by scan",
    inputs: [matrix(4, 2, 3), matrix(3, 3), matrix(3, 3)],
    run: (xs, w, u) => {
      const step = (h: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] => {
        const gate = tf.sigmoid(matMul(x, w));
        const next = tf.add(tf.mul(gate, h), tf.mul(tf.sub(1, gate), tf.tanh(matMul(h, u))));
        return [next, next];
      };
      const [last, all] = scan(step, tf.ones([2, 3]) as tf.Tensor, xs);
      return tf.add(all, last);
    },
  },
  {
    name: "linear recurrence in closed form",
    inputs: [positive(2, 5, 3), matrix(2, 5, 3)],
    run: (decay, x) => {
      const product = cumprod(decay, 1);
      return tf.mul(product, cumsum(tf.div(x, product), 1));
    },
  },
  {
    name: "discounted returns",
    inputs: [matrix(3, 4)],
    run: (rewards) => {
      const discounts = tf.pow(0.9, tf.range(0, 4));
      return tf.div(cumsum(tf.mul(rewards, discounts), 1, { reverse: true }), discounts);
    },
  },
  {
    name: "vector quantisation, straight through",
    inputs: [matrix(4, 3)],
    run: (x) => {
      const codebook = tf.tensor2d([0, 0, 0, 1, 1, 1, -1, -1, 1], [3, 3]);
      const products = matMul(x, codebook, false, true);
      const distances = tf.sub(tf.sum(tf.square(codebook), 1), tf.mul(products, 2));
      const code = tf.argMin(distances, 1);
      // The soft side alone has a derivative that differences can see.
      return tf.sub(straightThrough(x, x), stopGradient(tf.mul(gather(codebook, code), 0.1)));
    },
  },
  {
    name: "mixture of the two best experts",
    inputs: [matrix(3, 4), { shape: [4, 5], min: -3, max: 3 }],
    run: (x, router) => {
      const { values, indices } = topK(matMul(x, router), 2);
      const weights = tf.softmax(values);
      const experts = tf.reshape(tf.range(1, 6), [5, 1]);
      return tf.mul(tf.sum(tf.mul(tf.squeeze(gather(experts, indices), [2]), weights), 1, true), x);
    },
  },
  {
    name: "sorted quantile loss",
    inputs: [{ shape: [2, 4], values: [0.9, -0.7, 0.2, 1.6, -1.1, 1.3, 0.1, -0.4] }],
    run: (x) => tf.square(tf.sub(sort(x), tf.tensor1d([-1, -0.3, 0.3, 1]))),
  },
  {
    name: "dropout, scaled residual",
    inputs: [matrix(4, 6), matrix(6, 6)],
    run: (x, w) => tf.add(x, dropout(matMul(x, w), 0.25, tf.tensor1d([3, 9], "int32"))),
  },
  {
    name: "reparametrised normal sample",
    inputs: [matrix(3, 4), positive(3, 4)],
    run: (mean, std) =>
      tf.square(tf.add(mean, tf.mul(std, Rng.normal(tf.tensor1d([1, 2], "int32"), [3, 4])))),
  },
  {
    name: "Gumbel-softmax",
    inputs: [matrix(3, 5)],
    run: (logits) => {
      const noise = Rng.gumbel(tf.tensor1d([8, 1], "int32"), [3, 5]);
      return tf.softmax(tf.div(tf.add(logits, noise), 0.7));
    },
  },
  {
    name: "scatter and gather of coordinates",
    inputs: [matrix(3, 2)],
    run: (x) => {
      const grid = scatterNd(int([2, 0, 2], [3, 1]), x, [4, 2]);
      return tf.mul(
        gatherNd(grid, int([2, 1, 0, 0], [2, 2])),
        stridedSlice(tf.reshape(grid, [8]), [7], [3], [-2]),
      );
    },
  },
  {
    name: "label smoothing with one-hot targets",
    inputs: [matrix(3, 4)],
    run: (logits) => {
      const targets = tf.add(tf.mul(oneHot(int([0, 3, 1]), 4), 0.9), 0.1 / 4);
      return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1));
    },
  },
  {
    name: "masked mean pooling",
    inputs: [matrix(2, 3, 4)],
    run: (x) => {
      const mask = tf.tensor3d([1, 1, 0, 1, 0, 0], [2, 3, 1]);
      return tf.div(tf.sum(tf.mul(x, mask), 1), tf.sum(mask, 1));
    },
  },
  {
    name: "contrastive loss of normalised vectors",
    inputs: [matrix(3, 4), matrix(3, 4)],
    run: (a, b) => {
      const unit = (x: tf.Tensor) => tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), -1, true), 1e-6)));
      return softmaxCrossEntropy(int([0, 1, 2]), tf.div(matMul(unit(a), unit(b), false, true), 0.5));
    },
  },
  {
    name: "bilinear tensor factorisation",
    inputs: [matrix(2, 3), matrix(2, 4), matrix(3, 4, 2), matrix(2, 2)],
    run: (x, y, core, out) => tf.tanh(einsum("bi,bj,ijk,kl->bl", x, y, core, out)),
  },
  {
    name: "gradient inside a function",
    inputs: [matrix(3, 4), positive(4), matrix(4)],
    run: (x, gain, bias) => {
      const energy = (z: tf.Tensor) => tf.sum(tf.square(gelu(layerNorm(z, gain, bias))));
      return tf.sub(x, tf.mul(tf.grad(energy)(x), 0.1));
    },
  },
];
