import {
  applyDense,
  applyLayerNorm,
  type Dense,
  dense,
  type LayerNorm,
  layerNorm,
  normalInit,
  zeros,
} from "../../../../nn";
import { layerNorm as normalise, silu, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";

export interface DiffusionHeadOptions {
  /** C, numbers a patch. UTGRec: 16. */
  readonly channels: number;
  /** d, width of the conditions. UTGRec: 1536. */
  readonly conditions: number;
  /** W, inside. UTGRec: 1024. */
  readonly width: number;
  /** Residual blocks. Default 3. */
  readonly depth?: number;
  /** Waves that a time is written in, half of them sines. Default 256. */
  readonly waves?: number;
}

/** x + g · MLP(LN(x) (1 + a) + b), where (b, a, g) depend on time and condition. */
type ModulatedBlock<T extends tf.Tensor = tf.Variable> = {
  readonly norm: LayerNorm<T>;
  readonly inner: Dense<T>;
  readonly outer: Dense<T>;
  /** [W, 3 W] */
  readonly modulation: Dense<T>;
};

export type DiffusionHeadWeights<T extends tf.Tensor = tf.Variable> = {
  readonly patch: Dense<T>;
  readonly time: { readonly inner: Dense<T>; readonly outer: Dense<T> };
  readonly condition: Dense<T>;
  readonly blocks: readonly ModulatedBlock<T>[];
  /** [W, 2 W], of the last norm. */
  readonly modulation: Dense<T>;
  /** [W, 2 C] */
  readonly output: Dense<T>;
};

export interface DiffusionHead {
  readonly options: Required<DiffusionHeadOptions>;
  readonly weights: DiffusionHeadWeights;
}

/**
 * The small network that learns to take noise off a patch, told the time and what the patch belongs to. Weights are Xavier's, those of the time
 * N(0, 0.02²), biases 0; the modulations and the last layer start at 0, so that every block starts as the identity and the first guess is no noise.
 * @see UTGRec, section 3 (image reconstruction), and Li et al. 2024, arXiv:2406.11838 (MAR), whose head this is
 */
export function diffusionHead(options: DiffusionHeadOptions, key: tf.Tensor1D): DiffusionHead {
  const { channels, conditions, width, depth, waves } = { depth: 3, waves: 256, ...options };
  if (waves % 2 !== 0)
    throw new Error(`diffusionHead: ${waves} waves: half of them are sines, choose an even number.`);
  const weights = tf.tidy(() => {
    const [patchKey, innerKey, outerKey, conditionKey, modulationKey, outputKey, ...blockKeys] = Rng.split(
      key,
      6 + depth,
    );
    const ofTime = { outputs: width, init: normalInit(0.02) };
    return {
      patch: dense({ inputs: channels, outputs: width }, patchKey),
      time: {
        inner: dense({ inputs: waves, ...ofTime }, innerKey),
        outer: dense({ inputs: width, ...ofTime }, outerKey),
      },
      condition: dense({ inputs: conditions, outputs: width }, conditionKey),
      blocks: blockKeys.map((blockKey) => modulatedBlock(width, blockKey)),
      modulation: dense({ inputs: width, outputs: 2 * width, init: zeros }, modulationKey),
      output: dense({ inputs: width, outputs: 2 * channels, init: zeros }, outputKey),
    };
  });
  return { options: { channels, conditions, width, depth, waves }, weights };
}

function modulatedBlock(width: number, key: tf.Tensor1D): ModulatedBlock {
  const [innerKey, outerKey, modulationKey] = Rng.split(key, 3);
  return {
    norm: layerNorm({ dimensions: width }),
    inner: dense({ inputs: width, outputs: width }, innerKey),
    outer: dense({ inputs: width, outputs: width }, outerKey),
    modulation: dense({ inputs: width, outputs: 3 * width, init: zeros }, modulationKey),
  };
}

/** The slowest wave has a period of 2π times this. */
const LONGEST_PERIOD = 10_000;

/**
 * Times in waves, cos(t ω_k) beside sin(t ω_k) with ω_k = 10000^(-k/half), through a layer, SiLU, a layer.
 * @param times as the head's training counts them
 * @returns [times, W]
 */
export function embedTimes(
  { options: { waves }, weights: { time } }: DiffusionHead,
  times: Int32Array,
): tf.Tensor2D {
  const half = waves / 2;
  const frequencies = Float32Array.from({ length: half }, (_, k) => LONGEST_PERIOD ** (-k / half));
  const angles = tf.mul(tf.tensor2d(Float32Array.from(times), [times.length, 1]), tf.tensor1d(frequencies));
  const written = tf.concat([angles.cos(), angles.sin()], 1);
  return applyDense(time.outer, silu(applyDense(time.inner, written))) as tf.Tensor2D;
}

/** @param conditions [N, d] @returns [N, W] */
export function embedConditions(
  { weights: { condition } }: DiffusionHead,
  conditions: tf.Tensor2D,
): tf.Tensor2D {
  return applyDense(condition, conditions) as tf.Tensor2D;
}

/** What the head says about a noisy patch. */
export interface Denoised {
  /** ε^, [N, C], its guess of the noise. */
  readonly noise: tf.Tensor2D;
  /** v, [N, C]: where the log variance of the reverse step lies, from -1 (the posterior's) to 1 (β's). */
  readonly variance: tf.Tensor2D;
}

/**
 * @param noisy    y_t, [N, C]
 * @param context  [N, W], the sum of the embedded time and condition of each row
 */
export function denoise(
  { options: { channels, width }, weights }: DiffusionHead,
  noisy: tf.Tensor2D,
  context: tf.Tensor2D,
): Denoised {
  const told = silu(context);
  let x = applyDense(weights.patch, noisy);
  for (const { norm, inner, outer, modulation } of weights.blocks) {
    const [shift, scale, gate] = tf.split(applyDense(modulation, told), 3, 1);
    const modulated = modulate(applyLayerNorm(norm, x, EPSILON), shift, scale);
    x = x.add(gate.mul(applyDense(outer, silu(applyDense(inner, modulated))))); // x + g · MLP(LN(x) (1 + a) + b)
  }
  const [shift, scale] = tf.split(applyDense(weights.modulation, told), 2, 1);
  const normal = normalise(x, tf.ones([width]), tf.zeros([width]), EPSILON);
  const output = applyDense(weights.output, modulate(normal, shift, scale)) as tf.Tensor2D;
  const [noise, variance] = tf.split<tf.Tensor2D>(output, [channels, channels], 1);
  return { noise, variance };
}

/** Of the layer norms. */
const EPSILON = 1e-6;

/** x (1 + scale) + shift */
function modulate(x: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  return x.mul(scale.add(1)).add(shift);
}
