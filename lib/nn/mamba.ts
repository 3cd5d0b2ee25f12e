import { tf } from "../tensor";
import { silu, softplus } from "../tensor/ops/activations";
import * as Rng from "../tensor/rng";
import { applyCausalConv1d, type CausalConv1d, causalConv1d } from "./causalConv1d";
import { deltaBiasInit } from "./deltaBias";
import { applyDense, type Dense, dense } from "./dense";
import { fanInUniform, type Initializer, parameter, uniformInit } from "./initializers";
import { type SelectiveScanInputs, selectiveScan } from "./selectiveScan";

/** Parameters of a Mamba-1 layer of width d with e channels of s states. */
export type Mamba<T extends tf.Tensor = tf.Variable> = {
  /** [d, e], no bias: what the convolution reads. */
  readonly input: Dense<T>;
  /** [d, e], no bias: what gates the result. */
  readonly gate: Dense<T>;
  readonly convolution: CausalConv1d<T>;
  /** [e, rank + 2s], no bias: the factor of Δ, B and C of a position. */
  readonly select: Dense<T>;
  /** [rank, e]: from that factor to Δ. */
  readonly step: Dense<T>;
  /** log(-A) [s, e] */
  readonly logDecay: T;
  /** D [e] */
  readonly skip: T;
  /** [e, d], no bias. */
  readonly output: Dense<T>;
};

export interface MambaOptions {
  /** d, of input and output. */
  readonly dimensions: number;
  /** e / d. Default 2. */
  readonly expand?: number;
  /** s, states a channel. Default 16. */
  readonly states?: number;
  /** Positions that the convolution sees. Default 4. */
  readonly convolutionWidth?: number;
  /** Rank of the map from a position to its Δ. Default d / 16, rounded up. */
  readonly stepRank?: number;
  /** Of the weight matrices; default PyTorch's. */
  readonly init?: Initializer;
  /** Of the weight of `step`; default U(±rank^-1/2), which keeps the variance. */
  readonly stepInit?: Initializer;
  /** Of the bias of `step`; default such that Δ starts log-uniform in [0.001, 0.1]. */
  readonly stepBiasInit?: Initializer;
}

export function mamba(options: MambaOptions, key: tf.Tensor1D): Mamba {
  const { dimensions, expand = 2, states = 16, convolutionWidth: width = 4, init = fanInUniform } = options;
  const { stepRank = Math.ceil(dimensions / 16), stepBiasInit = deltaBiasInit() } = options;
  const { stepInit = uniformInit(stepRank ** -0.5) } = options;
  const channels = expand * dimensions;
  const convolutionInit = uniformInit(1 / Math.sqrt(width));
  // A = -1, -2, .. -s in every channel: section 3.6, after S4D-Real.
  const decayInit: Initializer = (_, shape) =>
    tf
      .log(tf.range(1, shape[0] + 1))
      .expandDims(1)
      .tile([1, shape[1]]);
  return tf.tidy(() => {
    const [inputKey, gateKey, convolutionKey, selectKey, stepKey, outputKey] = Rng.split(key, 6);
    const plain = (inputs: number, outputs: number, layerKey: tf.Tensor1D) =>
      dense({ inputs, outputs, bias: false, init }, layerKey);
    return {
      input: plain(dimensions, channels, inputKey),
      gate: plain(dimensions, channels, gateKey),
      convolution: causalConv1d(
        { channels, width, init: convolutionInit, biasInit: convolutionInit },
        convolutionKey,
      ),
      select: plain(channels, stepRank + 2 * states, selectKey),
      step: dense({ inputs: stepRank, outputs: channels, init: stepInit, biasInit: stepBiasInit }, stepKey),
      logDecay: parameter(decayInit, key, [states, channels]),
      skip: tf.variable(tf.ones([channels])),
      output: plain(channels, dimensions, outputKey),
    };
  });
}

/**
 * A Mamba-1 layer: (SSM(SiLU(conv(x W_x))) + D ⊙ ·) ⊙ SiLU(x W_z), then the output layer. Causal.
 * @param x [B, L, d]
 * @returns [B, L, d]
 * @see A. Gu and T. Dao, Mamba, 2023, section 3.4; `Mamba` of state-spaces/mamba
 */
export function applyMamba(params: Mamba<tf.Tensor>, x: tf.Tensor3D): tf.Tensor3D {
  const selected = mambaSelection(params, x);
  return mambaOutput(params, { input: x, x: selected.x, y: selectiveScan(selected) }) as tf.Tensor3D;
}

/** What the scan reads: x, and the A, B, C and Δ that a position chooses from its x. @param input [B, L, d] */
export function mambaSelection(params: Mamba<tf.Tensor>, input: tf.Tensor3D): SelectiveScanInputs {
  const convolved = applyCausalConv1d(params.convolution, applyDense(params.input, input) as tf.Tensor3D);
  const x = silu(convolved); // [B, L, e]
  const states = params.logDecay.shape[0];
  const stepRank = params.step.weight.shape[0];
  const [factor, write, read] = tf.split(applyDense(params.select, x), [stepRank, states, states], 2);
  return {
    x,
    delta: softplus(applyDense(params.step, factor)) as tf.Tensor3D,
    decay: tf.neg(tf.exp(params.logDecay as tf.Tensor2D)),
    write: write as tf.Tensor3D,
    read: read as tf.Tensor3D,
  };
}

/**
 * ((y + D ⊙ x) ⊙ SiLU(input W_z)) W_o, of all positions or of those that are read.
 * @param input [.., d] @param x [.., e] @param y of the scan, [.., e]
 * @returns [.., d]
 */
export function mambaOutput(
  { gate, skip, output }: Mamba<tf.Tensor>,
  { input, x, y }: { readonly input: tf.Tensor; readonly x: tf.Tensor; readonly y: tf.Tensor },
): tf.Tensor {
  return applyDense(output, y.add(x.mul(skip)).mul(silu(applyDense(gate, input))));
}
