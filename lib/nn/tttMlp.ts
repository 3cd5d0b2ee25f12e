import { tf } from "../tensor";
import { gelu } from "../tensor/ops/activations";
import * as Rng from "../tensor/rng";
import { lowerTriangle } from "./attention";
import { applyDense, type Dense, dense } from "./dense";
import { geluSlope } from "./geluSlope";
import { type Initializer, normalInit, ones, parameter, zeros } from "./initializers";
import { applyLayerNorm, type LayerNorm, layerNorm } from "./layerNorm";
import { applyRotary } from "./rotary";

/** The inner network of each head, whose weights are the layer's hidden state: f -> 4f -> f. */
export type InnerMlp<T extends tf.Tensor = tf.Variable> = {
  /** W₁ [H, f, 4f], or with a batch in front */
  readonly expandWeight: T;
  /** b₁ [H, 1, 4f] */
  readonly expandBias: T;
  /** W₂ [H, 4f, f] */
  readonly contractWeight: T;
  /** b₂ [H, 1, f] */
  readonly contractBias: T;
};

/** Parameters of a TTT-MLP layer of width d with H heads of width f = d / H. */
export type TttMlp<T extends tf.Tensor = tf.Variable> = {
  /** [d, d] each, no bias. */
  readonly query: Dense<T>;
  readonly key: Dense<T>;
  readonly value: Dense<T>;
  /** [d, H]: how fast a head learns from a token. */
  readonly learningRate: Dense<T>;
  /** c [K], added to 1 / i, the share of token i's place in its mini-batch. */
  readonly placeShift: T;
  /** W_0, where the hidden state starts in every sequence. */
  readonly start: InnerMlp<T>;
  /** γ and β [H, 1, f], behind the inner network. */
  readonly innerNorm: LayerNorm<T>;
  readonly outputNorm: LayerNorm<T>;
  /** [d, d], no bias. */
  readonly output: Dense<T>;
};

export interface TttMlpOptions {
  /** d, of input and output; a multiple of the number of heads. */
  readonly dimensions: number;
  readonly heads: number;
  /** K, tokens a mini-batch of the inner training. */
  readonly miniBatch: number;
  /** Of all weight matrices, those of the inner network included. Default N(0, 0.02²). */
  readonly init?: Initializer;
}

export function tttMlp(
  { dimensions, heads, miniBatch, init = normalInit(0.02) }: TttMlpOptions,
  key: tf.Tensor1D,
): TttMlp {
  const f = dimensions / heads;
  if (!Number.isInteger(f) || f % 2 !== 0)
    throw new Error(`tttMlp: ${heads} heads cannot share ${dimensions} dimensions in pairs.`);
  return tf.tidy(() => {
    const keys = Rng.split(key, 7);
    const linear = (index: number) =>
      dense({ inputs: dimensions, outputs: dimensions, bias: false, init }, keys[index]);
    return {
      query: linear(0),
      key: linear(1),
      value: linear(2),
      learningRate: dense({ inputs: dimensions, outputs: heads, init }, keys[3]),
      placeShift: parameter(zeros, key, [miniBatch]),
      start: {
        expandWeight: parameter(init, keys[4], [heads, f, 4 * f]),
        expandBias: parameter(zeros, key, [heads, 1, 4 * f]),
        contractWeight: parameter(init, keys[5], [heads, 4 * f, f]),
        contractBias: parameter(zeros, key, [heads, 1, f]),
      },
      innerNorm: { gain: parameter(ones, key, [heads, 1, f]), bias: parameter(zeros, key, [heads, 1, f]) },
      outputNorm: layerNorm({ dimensions }),
      output: linear(6),
    };
  });
}

/** ε of all norms. */
const EPSILON = 1e-6;

export interface ApplyTttMlpOptions {
  /** θ of the rotary embedding of queries and keys, whose positions count within a mini-batch. Default 10,000. */
  readonly rotaryBase?: number;
}

/**
 * A test-time-training layer: its hidden state is an MLP that is trained on the sequence while it is read, to map each token's key to
 * its value. Causal.
 * @param x [B, L, d]
 * @returns [B, L, d]
 * @see Y. Sun et al., Learning to (Learn at Test Time), 2024, arXiv:2407.04620, section 2
 */
export function applyTttMlp(
  params: TttMlp<tf.Tensor>,
  x: tf.Tensor3D,
  options?: ApplyTttMlpOptions,
): tf.Tensor3D {
  return tttOutput(params, tttReadings(params, x, options)) as tf.Tensor3D;
}

/** Norm and output layer, of all positions or of those that are read. @param readings [.., d] */
export function tttOutput({ outputNorm, output }: TttMlp<tf.Tensor>, readings: tf.Tensor): tf.Tensor {
  return applyDense(output, applyLayerNorm(outputNorm, readings, EPSILON));
}

/** What every token reads from the hidden state that has learnt from it and those before it: [B, L, d]. */
export function tttReadings(
  params: TttMlp<tf.Tensor>,
  x: tf.Tensor3D,
  { rotaryBase = 10_000 }: ApplyTttMlpOptions = {},
): tf.Tensor3D {
  const [batch, length, dimensions] = x.shape;
  const [heads, f] = params.start.expandWeight.shape;
  const size = params.placeShift.size;
  const sizes = Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));
  const positions = Array.from({ length }, (_, i) => i % size);
  const byHead = (layer: Dense<tf.Tensor>) =>
    applyDense(layer, x).reshape<tf.Tensor4D>([batch, length, heads, f]).transpose([0, 2, 1, 3]);
  const turned = (layer: Dense<tf.Tensor>) => applyRotary(byHead(layer), { positions, base: rotaryBase });
  // η_ij = max(0, 1/i + c_i) σ(w·x_j + b) / f, i and j counted within the mini-batch: token i takes this much of g_j.
  const rates = tf.sigmoid(applyDense(params.learningRate, x)).div(f).transpose([0, 2, 1]).expandDims(2); // [B, H, 1, L]
  const shares = tf.relu(params.placeShift.add(tf.div(1, tf.range(1, size + 1)))).expandDims(1); // [K, 1]

  const [queries, keys, values] = [turned(params.query), turned(params.key), byHead(params.value)].map((t) =>
    tf.split(t, sizes, 2),
  );
  const ratesOf = tf.split(rates, sizes, 3);
  const tiled = (t: tf.Tensor) => t.expandDims(0).tile([batch, 1, 1, 1]);
  let weights: InnerMlp<tf.Tensor> = {
    expandWeight: tiled(params.start.expandWeight),
    expandBias: tiled(params.start.expandBias),
    contractWeight: tiled(params.start.contractWeight),
    contractBias: tiled(params.start.contractBias),
  };
  const readings = sizes.map((count, index) => {
    const eta = shares.slice([0, 0], [count, 1]).mul(ratesOf[index]); // [B, H, K, K]
    const [k, v] = [keys[index], values[index]];
    const learnt = innerGradients(weights, params.innerNorm, k, v.sub(k));
    const reading = readMiniBatch(weights, params.innerNorm, queries[index], k, learnt, eta);
    if (index < sizes.length - 1) weights = afterMiniBatch(weights, k, learnt, eta);
    return reading;
  });
  const joined = tf.concat(readings, 2); // [B, H, L, f]
  return joined.transpose([0, 2, 1, 3]).reshape([batch, length, dimensions]);
}

/** What the tokens of a mini-batch have to teach, all at the weights it starts with. */
export interface InnerGradients {
  /** gelu(k W₁ + b₁) [B, H, K, 4f] */
  readonly hidden: tf.Tensor;
  /** ∂ℓ / ∂(k W₁ + b₁) [B, H, K, 4f] */
  readonly expand: tf.Tensor;
  /** ∂ℓ / ∂(hidden W₂ + b₂) [B, H, K, f] */
  readonly contract: tf.Tensor;
}

/**
 * The gradients of ℓ = ½ ‖LN(MLP(k)) - target‖² of each token, in closed form, so that the outer gradient passes through them like
 * through anything else. A token's gradients of W₁, b₁, W₂ and b₂ are k ⊗ expand, expand, hidden ⊗ contract and contract.
 * @param keys k [B, H, K, f] @param target v - k [B, H, K, f]
 */
export function innerGradients(
  { expandWeight, expandBias, contractWeight, contractBias }: InnerMlp<tf.Tensor>,
  { gain, bias }: LayerNorm<tf.Tensor>,
  keys: tf.Tensor,
  target: tf.Tensor,
): InnerGradients {
  const before = tf.matMul(keys, expandWeight).add(expandBias);
  const hidden = gelu(before, { approximate: true });
  const { normalized, inverseDeviation } = standardize(tf.matMul(hidden, contractWeight).add(contractBias));
  // Through LN: (ĝ - mean(ĝ) - x̂ mean(ĝ x̂)) / σ, with ĝ = γ (γ x̂ + β - target)
  const arriving = normalized.mul(gain).add(bias).sub(target).mul(gain);
  const meanProduct = arriving.mul(normalized).mean(-1, true);
  const centred = arriving.sub(arriving.mean(-1, true)).sub(normalized.mul(meanProduct));
  const contract = centred.mul(inverseDeviation);
  const expand = tf.matMul(contract, contractWeight, false, true).mul(geluSlope(before));
  return { hidden, expand, contract };
}

/**
 * q_i + LN(MLP(q_i)) with the weights that token i sees, W - Σ_{j≤i} η_ij g_j, without ever making them: the sum over tokens of outer
 * products becomes a product with the matrix of scores, as in linear attention (the dual form, section 2.5).
 */
function readMiniBatch(
  { expandWeight, expandBias, contractWeight, contractBias }: InnerMlp<tf.Tensor>,
  { gain, bias }: LayerNorm<tf.Tensor>,
  queries: tf.Tensor,
  keys: tf.Tensor,
  learnt: InnerGradients,
  eta: tf.Tensor,
): tf.Tensor {
  const seen = eta.mul(lowerTriangle(eta.shape[3] as number));
  /** What token i's weights have learnt, applied to its input: Σ_{j≤i} η_ij (input_i · taught_j + 1) g_j, the 1 for the bias. */
  const change = (input: tf.Tensor, taught: tf.Tensor, gradients: tf.Tensor) =>
    tf.matMul(tf.matMul(input, taught, false, true).add(1).mul(seen), gradients);
  const before = tf
    .matMul(queries, expandWeight)
    .add(expandBias)
    .sub(change(queries, keys, learnt.expand));
  const hidden = gelu(before, { approximate: true });
  const result = tf
    .matMul(hidden, contractWeight)
    .add(contractBias)
    .sub(change(hidden, learnt.hidden, learnt.contract));
  return queries.add(standardize(result).normalized.mul(gain).add(bias));
}

/** The weights behind a full mini-batch: W - Σ_j η_Kj g_j. */
function afterMiniBatch(
  weights: InnerMlp<tf.Tensor>,
  keys: tf.Tensor,
  { hidden, expand, contract }: InnerGradients,
  eta: tf.Tensor,
): InnerMlp<tf.Tensor> {
  const [batch, heads, size] = eta.shape as [number, number, number];
  const last = eta.slice([0, 0, size - 1, 0], [batch, heads, 1, size]).transpose([0, 1, 3, 2]); // η_Kj [B, H, K, 1]
  const [ofExpand, ofContract] = [expand.mul(last), contract.mul(last)];
  return {
    expandWeight: weights.expandWeight.sub(tf.matMul(keys, ofExpand, true)),
    expandBias: weights.expandBias.sub(ofExpand.sum(2, true)),
    contractWeight: weights.contractWeight.sub(tf.matMul(hidden, ofContract, true)),
    contractBias: weights.contractBias.sub(ofContract.sum(2, true)),
  };
}

/** x̂ = (x - mean) / σ over the last axis. */
function standardize(x: tf.Tensor) {
  const centred = x.sub(x.mean(-1, true));
  const inverseDeviation = tf.rsqrt(centred.square().mean(-1, true).add(EPSILON));
  return { normalized: centred.mul(inverseDeviation), inverseDeviation };
}
