import { tf } from "../tensor";
import { softplus } from "../tensor/ops/activations";
import * as Rng from "../tensor/rng";
import { applyCausalConv1d, type CausalConv1d, causalConv1d } from "./causalConv1d";
import { deltaBiasInit } from "./deltaBias";
import { applyDense, type Dense, dense } from "./dense";
import { type Activation, activate } from "./feedForward";
import { applyGatedRmsNorm } from "./gatedRmsNorm";
import { fanInUniform, type Initializer, parameter, uniformInit, zeros } from "./initializers";
import { type RmsNorm, rmsNorm } from "./rmsNorm";
import { type SsdForm, type SsdInputs, ssd } from "./ssd";

/** Parameters of a Mamba-2 layer of width d with H heads of p channels, e = H p, and states of width s. */
export type Mamba2<T extends tf.Tensor = tf.Variable> = {
  /** [d, e + 2s + H]: x, B, C and Δ of a position. */
  readonly input: Dense<T>;
  /** [d, e]: what gates the result. */
  readonly gate: Dense<T>;
  /** Over x, B and C, e + 2s channels. */
  readonly convolution: CausalConv1d<T>;
  /** [H], added to Δ before the softplus. */
  readonly deltaBias: T;
  /** log(-A) [H] */
  readonly logDecay: T;
  /** D [H] */
  readonly skip: T;
  readonly norm: RmsNorm<T>;
  /** [e, d] */
  readonly output: Dense<T>;
};

export interface Mamba2Options {
  /** d, of input and output. */
  readonly dimensions: number;
  /** e / d. Default 2. */
  readonly expand?: number;
  /** p, which must divide e. Default 64. */
  readonly headDimensions?: number;
  /** s. Default 128. */
  readonly states?: number;
  /** Positions that the convolution sees. Default 4. */
  readonly convolutionWidth?: number;
  /** Whether the dense layers have biases. Default false. */
  readonly bias?: boolean;
  /** Of the weight matrices; default PyTorch's. */
  readonly init?: Initializer;
  /** Of the convolution's weight and bias; default PyTorch's. */
  readonly convolutionInit?: Initializer;
  readonly convolutionBiasInit?: Initializer;
}

/** What a head's A may start at: log-uniform would favour the slow ones; Mamba-2 takes it uniform. */
const DECAY_RANGE = [1, 16] as const;

export function mamba2(options: Mamba2Options, key: tf.Tensor1D): Mamba2 {
  const { dimensions, expand = 2, headDimensions = 64, states = 128, convolutionWidth: width = 4 } = options;
  const { bias = false, init = fanInUniform } = options;
  const { convolutionInit = uniformInit(1 / Math.sqrt(width)), convolutionBiasInit = convolutionInit } =
    options;
  const channels = expand * dimensions;
  const heads = channels / headDimensions;
  if (!Number.isInteger(heads)) {
    throw new Error(`mamba2: ${channels} channels cannot be shared by heads of ${headDimensions}.`);
  }
  const decayInit: Initializer = (drawKey, shape) => tf.log(Rng.uniform(drawKey, shape, ...DECAY_RANGE));
  return tf.tidy(() => {
    const [inputKey, gateKey, convolutionKey, deltaKey, decayKey, outputKey] = Rng.split(key, 6);
    const linear = (inputs: number, outputs: number, layerKey: tf.Tensor1D) =>
      dense({ inputs, outputs, bias, init, biasInit: zeros }, layerKey);
    return {
      input: linear(dimensions, channels + 2 * states + heads, inputKey),
      gate: linear(dimensions, channels, gateKey),
      convolution: causalConv1d(
        { channels: channels + 2 * states, width, init: convolutionInit, biasInit: convolutionBiasInit },
        convolutionKey,
      ),
      deltaBias: parameter(deltaBiasInit(), deltaKey, [heads]),
      logDecay: parameter(decayInit, decayKey, [heads]),
      skip: tf.variable(tf.ones([heads])),
      norm: rmsNorm({ dimensions: channels }),
      output: linear(channels, dimensions, outputKey),
    };
  });
}

export interface SelectMamba2Options {
  /** s */
  readonly states: number;
  /** Behind the convolution. Default `silu`. */
  readonly activation?: Activation;
  /** Multiplies what a position says of its Δ, before bias and softplus, [B, L, H]. */
  readonly deltaFactor?: tf.Tensor;
}

export interface ApplyMamba2Options extends SelectMamba2Options {
  /** How the recurrence is computed. Default `chunked`. */
  readonly form?: SsdForm;
  readonly chunk?: number;
  /** Of the norm. */
  readonly epsilon?: number;
}

/**
 * A Mamba-2 layer: RMSNorm((SSD(f(conv(x W))) + D ⊙ ·) ⊙ SiLU(x W_z)), then the output layer. Causal.
 * @param x [B, L, d]
 * @returns [B, L, d]
 * @see T. Dao and A. Gu, Transformers are SSMs, ICML 2024, section 7.1; `Mamba2` of state-spaces/mamba
 */
export function applyMamba2(
  params: Mamba2<tf.Tensor>,
  x: tf.Tensor3D,
  options: ApplyMamba2Options,
): tf.Tensor3D {
  const { form = "chunked", chunk, epsilon } = options;
  const selected = mamba2Selection(params, x, options);
  const { outputs } = ssd(selected, form, chunk);
  return mamba2Output(params, { input: x, x: selected.x, y: outputs }, epsilon) as tf.Tensor3D;
}

/** What the recurrence reads: x, and the A, B, C and Δ of each position. @param input [B, L, d] */
export function mamba2Selection(
  params: Mamba2<tf.Tensor>,
  input: tf.Tensor3D,
  { states, activation = "silu", deltaFactor }: SelectMamba2Options,
): SsdInputs {
  const [batch, length] = input.shape;
  const heads = params.deltaBias.size;
  const channels = params.output.weight.shape[0];
  const projected = applyDense(params.input, input);
  const [mixing, step] = tf.split(projected, [channels + 2 * states, heads], 2);
  const convolved = activate(activation, applyCausalConv1d(params.convolution, mixing as tf.Tensor3D));
  const [x, write, read] = tf.split(convolved, [channels, states, states], 2);
  const scaled = deltaFactor === undefined ? step : step.mul(deltaFactor);
  return {
    x: x.reshape([batch, length, heads, channels / heads]),
    write: write as tf.Tensor3D,
    read: read as tf.Tensor3D,
    delta: softplus(scaled.add(params.deltaBias)) as tf.Tensor3D,
    decay: tf.neg(tf.exp(params.logDecay as tf.Tensor1D)),
  };
}

/**
 * RMSNorm((y + D ⊙ x) ⊙ SiLU(input W_z)) W_o, of all positions or of those that are read.
 * @param input [.., d] @param x [.., H, p] @param y of the recurrence, [.., H, p]
 * @returns [.., d]
 */
export function mamba2Output(
  { gate, skip, norm, output }: Mamba2<tf.Tensor>,
  { input, x, y }: { readonly input: tf.Tensor; readonly x: tf.Tensor; readonly y: tf.Tensor },
  epsilon?: number,
): tf.Tensor {
  const skipped = y.add(x.mul(skip.expandDims(1)));
  const channels = output.weight.shape[0];
  const joined = skipped.reshape([...input.shape.slice(0, -1), channels]);
  return applyDense(output, applyGatedRmsNorm(norm, joined, applyDense(gate, input), epsilon));
}
