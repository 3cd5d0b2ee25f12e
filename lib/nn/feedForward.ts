import { tf } from "../tensor";
import { gelu, silu } from "../tensor/ops/activations";
import { relu, reluDropout } from "../tensor/ops/relu";
import * as Rng from "../tensor/rng";
import { applyDense, type Dense, dense } from "./dense";
import { applyDropout, type KeyStream } from "./dropout";
import { hardSwish } from "./hardSwish";
import type { Initializer } from "./initializers";

/** Parameters of a position-wise feed-forward network. */
export type FeedForward<T extends tf.Tensor = tf.Variable> = {
  readonly expand: Dense<T>;
  readonly contract: Dense<T>;
};

/** Name of an elementwise non-linearity; `gelu` is the exact one (erf). */
export type Activation = "relu" | "gelu" | "silu" | "hardSwish" | "tanh" | "sigmoid";

export interface FeedForwardOptions {
  /** d, of input and output. */
  readonly dimensions: number;
  /** Width between the two layers; usually 4d. */
  readonly inner: number;
  readonly init?: Initializer;
}

export function feedForward({ dimensions, inner, init }: FeedForwardOptions, key: tf.Tensor1D): FeedForward {
  return tf.tidy(() => {
    const [expandKey, contractKey] = Rng.split(key, 2);
    return {
      expand: dense({ inputs: dimensions, outputs: inner, init }, expandKey),
      contract: dense({ inputs: inner, outputs: dimensions, init }, contractKey),
    };
  });
}

/**
 * Dropout(Dropout(f(x W₁ + b₁)) W₂ + b₂): Vaswani et al. 2017, eq. 2, with a choice of f.
 * @param x [..., d]
 */
export function applyFeedForward(
  { expand, contract }: FeedForward<tf.Tensor>,
  x: tf.Tensor,
  { activation = "gelu", innerDropoutRate = 0, dropoutRate = 0, keys }: ApplyFeedForwardOptions = {},
): tf.Tensor {
  const expanded = applyDense(expand, x);
  const hidden =
    activation === "relu" && keys !== undefined && innerDropoutRate > 0
      ? reluDropout(expanded, innerDropoutRate, keys.next())
      : applyDropout(activate(activation, expanded), innerDropoutRate, keys);
  return applyDropout(applyDense(contract, hidden), dropoutRate, keys);
}

export interface ApplyFeedForwardOptions {
  readonly activation?: Activation;
  /** Behind the activation; the original transformer has none there. */
  readonly innerDropoutRate?: number;
  /** Of the result. */
  readonly dropoutRate?: number;
  readonly keys?: KeyStream;
}

/** f(x), elementwise. */
export function activate(name: Activation, x: tf.Tensor): tf.Tensor {
  switch (name) {
    case "relu":
      return relu(x);
    case "gelu":
      return gelu(x);
    case "silu":
      return silu(x);
    case "hardSwish":
      return hardSwish(x);
    case "tanh":
      return tf.tanh(x);
    case "sigmoid":
      return tf.sigmoid(x);
  }
}
