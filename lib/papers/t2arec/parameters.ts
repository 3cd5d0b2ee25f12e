import {
  type CausalConv1d,
  causalConv1d,
  type Dense,
  dense,
  type Embedding,
  embedding,
  type FeedForward,
  feedForward,
  type LayerNorm,
  layerNorm,
  normalInit,
  type RmsNorm,
  rmsNorm,
  uniformInit,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SsmForm } from "./ssm";

/** What the architecture leaves open. "Inferred": the paper is silent, and the value is this suite's choice. */
export interface T2ARecOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** d. */
  readonly dimensions?: number;
  /** d_s, width of the state a channel. */
  readonly stateSize?: number;
  /** k, positions that the convolution sees; inferred from Mamba. */
  readonly convolutionWidth?: number;
  /** Width of the feed-forward network; inferred: 4d. */
  readonly inner?: number;
  /** Inferred from Mamba4Rec. */
  readonly dropout?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
  /** Standard deviation of initial weight matrices and embeddings; inferred from Mamba4Rec. */
  readonly initialDeviation?: number;
  /** First value of the bias in front of the softplus that gives Δ; inferred: 0, so that Δ starts near 0.69. */
  readonly dtInit?: number;
  /** Add D ⊙ x_t to y_t, as Mamba does and the paper's equations do not. */
  readonly dSkip?: boolean;
  /** Whether the convolution of the re-fed token sees the last real ones; inferred: yes. */
  readonly refeedContext?: boolean;
  /** What Q is computed from: x_n as eq. 22 says, or the block input as figure 3 draws it. */
  readonly qFrom?: "x" | "input";
  /** How the recurrence is computed where every position is read. */
  readonly form?: SsmForm;
  /** Chunk length of the chunked form. */
  readonly chunk?: number;
  /** On which side of a row the padding stands. */
  readonly padding?: "right" | "left";
}

export const T2AREC_DEFAULTS = {
  dimensions: 64,
  stateSize: 32,
  convolutionWidth: 4,
  dropout: 0.2,
  epsilon: 1e-6,
  initialDeviation: 0.02,
  dtInit: 0,
  dSkip: false,
  refeedContext: true,
  qFrom: "x",
  form: "quadratic",
  chunk: 64,
  padding: "right",
} as const;

/** The parameters, or, with `T` a plain tensor, moved copies of them. */
export type T2ARecParameters<T extends tf.Tensor = tf.Variable> = {
  /** E [V + 1, d], tied with the output layer; row 0 is padding. */
  readonly items: Embedding<T>;
  readonly inputNorm: LayerNorm<T>;
  /** Eq. 3-5: W₁, b₁ [d, d + 2s + 1] and the depthwise convolution of d + 2s channels. */
  readonly transform: { readonly projection: Dense<T>; readonly convolution: CausalConv1d<T> };
  /** A = -exp(logDecay), one scalar. */
  readonly logDecay: T;
  /** D [d], only with `dSkip`. */
  readonly skip?: T;
  /** W_z [d, d]. */
  readonly gate: Dense<T>;
  readonly gateNorm: RmsNorm<T>;
  /** W_o [d, d]. */
  readonly output: Dense<T>;
  readonly outputNorm: LayerNorm<T>;
  /** Eq. 22: W₂, b₂ [d, s], the input part of the step back. */
  readonly backwardInput: Dense<T>;
  readonly feedForward: FeedForward<T>;
  readonly feedForwardNorm: LayerNorm<T>;
};

/** Fresh parameters. */
export function t2aRecParameters(options: CompleteOptions, key: tf.Tensor1D): T2ARecParameters {
  const { items, dimensions, stateSize, convolutionWidth, inner, initialDeviation, dtInit, dSkip } = options;
  const init = normalInit(initialDeviation);
  const channels = dimensions + 2 * stateSize;
  const convolutionInit = uniformInit(1 / Math.sqrt(convolutionWidth)); // PyTorch's, which Mamba keeps
  const biasInit = (_: tf.Tensor1D, shape: readonly number[]) =>
    tf.concat([tf.zeros([shape[0] - 1]), tf.fill([1], dtInit)]);
  return tf.tidy(() => {
    const [itemKey, projectionKey, convolutionKey, gateKey, outputKey, backwardKey, forwardKey] = Rng.split(
      key,
      7,
    );
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      inputNorm: layerNorm({ dimensions }),
      transform: {
        projection: dense({ inputs: dimensions, outputs: channels + 1, init, biasInit }, projectionKey),
        convolution: causalConv1d(
          { channels, width: convolutionWidth, init: convolutionInit, biasInit: convolutionInit },
          convolutionKey,
        ),
      },
      logDecay: tf.variable(tf.scalar(0)),
      ...(dSkip ? { skip: tf.variable(tf.ones([dimensions])) } : {}),
      gate: dense({ inputs: dimensions, outputs: dimensions, bias: false, init }, gateKey),
      gateNorm: rmsNorm({ dimensions }),
      output: dense({ inputs: dimensions, outputs: dimensions, bias: false, init }, outputKey),
      outputNorm: layerNorm({ dimensions }),
      backwardInput: dense({ inputs: dimensions, outputs: stateSize, init }, backwardKey),
      feedForward: feedForward({ dimensions, inner, init }, forwardKey),
      feedForwardNorm: layerNorm({ dimensions }),
    };
  });
}

export type CompleteOptions = Required<T2ARecOptions>;

/** Options with every default filled in. */
export function completeOptions(options: T2ARecOptions): CompleteOptions {
  const complete = { ...T2AREC_DEFAULTS, ...options };
  return { ...complete, inner: options.inner ?? 4 * complete.dimensions };
}
