import { matMul, type tf } from "../tensor";
import { applyDense, type Dense } from "./dense";
import { applyDropout, type KeyStream } from "./dropout";
import { fanInUniform, parameter, zeros } from "./initializers";

/** The trained change of a frozen layer: ΔW = (α / r) A B. */
export type LowRank<T extends tf.Tensor = tf.Variable> = {
  /** A [inputs, r] */
  readonly down: T;
  /** B [r, outputs]; starts at 0, so that the first step begins where the frozen layer ended. */
  readonly up: T;
};

export interface LoraOptions {
  /** r */
  readonly rank: number;
  /** α: the change is scaled by α / r. */
  readonly alpha: number;
  /** Of what A reads; the frozen layer reads x whole. */
  readonly dropout: number;
}

/**
 * A change of a layer that does nothing yet. A is U(±1 / √inputs), as in the authors' library; the paper has a normal distribution.
 * @param layer the one to be changed; its matrix [inputs, outputs] tells the sizes
 * @throws Error where the rank is no whole number from 1 to the smaller side of the matrix
 */
export function lowRank(layer: Dense<tf.Tensor>, rank: number, key: tf.Tensor1D): LowRank {
  const [inputs, outputs] = layer.weight.shape;
  if (!Number.isInteger(rank) || rank < 1 || rank > Math.min(inputs, outputs))
    throw new Error(
      `lowRank: a change of a matrix [${inputs}, ${outputs}] has a rank from 1 to ${Math.min(inputs, outputs)}, not ${rank}.`,
    );
  return {
    down: parameter(fanInUniform, key, [inputs, rank]),
    up: parameter(zeros, key, [rank, outputs]),
  };
}

/**
 * x W + b + (α / r) Dropout(x) A B. W and b are frozen by leaving them out of what the optimiser moves.
 * @param x       [.., inputs]
 * @param change  absent: the layer alone
 * @param keys    of the dropout; absent: evaluation, by the one product of `mergeLora`
 * @returns [.., outputs]
 * @see Hu et al. 2021, arXiv:2106.09685, eq. 3
 */
export function applyLora(
  layer: Dense<tf.Tensor>,
  change: LowRank<tf.Tensor> | undefined,
  x: tf.Tensor,
  { alpha, dropout }: Omit<LoraOptions, "rank">,
  keys?: KeyStream,
): tf.Tensor {
  if (change === undefined) return applyDense(layer, x);
  if (keys === undefined || dropout === 0) return applyDense(mergeLora(layer, change, alpha), x);
  const reduced = applyDense({ weight: change.down }, applyDropout(x, dropout, keys)); // [.., r]
  const moved = applyDense({ weight: change.up }, reduced.mul(alpha / rankOf(change)));
  return applyDense(layer, x).add(moved);
}

/** The one layer that does the same: W + (α / r) A B, and b as it is. Differentiable. */
export function mergeLora(
  { weight, bias }: Dense<tf.Tensor>,
  change: LowRank<tf.Tensor>,
  alpha: number,
): Dense<tf.Tensor> {
  const merged = weight.add(matMul(change.down, change.up).mul(alpha / rankOf(change)));
  return bias === undefined ? { weight: merged } : { weight: merged, bias };
}

function rankOf({ down }: LowRank<tf.Tensor>): number {
  return down.shape[1] as number;
}
