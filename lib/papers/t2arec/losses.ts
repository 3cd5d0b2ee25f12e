import { applyDense, padAxis } from "../../nn";
import { weightedMean } from "../../recsys/models/sequentialModel";
import { tf } from "../../tensor";
import { decayOf, type Encoded, type Refed } from "./forward";
import type { CompleteOptions, T2ARecParameters } from "./parameters";

/** What L_time compares. */
export interface TimeLossInputs {
  /** Δ_1..Δ_n, then 0, [B, L]: right-padded rows */
  readonly delta: tf.Tensor2D;
  /** Δ' [B] */
  readonly nextDelta: tf.Tensor1D;
  /** T [B, L + 1] in days: T_1 = 0 (a dummy), T_i = t_i - t_{i-1}, T_{n+1} up to the time of serving */
  readonly gaps: tf.Tensor2D;
  /** n [B] int32 */
  readonly lengths: tf.Tensor1D;
  /** [B]; a row of weight 0 has no pairs. Default 1. */
  readonly weights?: tf.Tensor1D;
}

export interface TimeLossOptions {
  /** λ, the gap difference in days that asks for a Δ difference of 1. */
  readonly scale: number;
  /** b, positions a block; blocks do not overlap and are counted from the second position. */
  readonly block: number;
  /** |T_i - T_j| / λ is clipped to this: gaps are heavy-tailed. Inferred: 10. */
  readonly clip?: number;
  /** Whether T_{n+1} takes part. False is the control in which the model does not know the time of serving. */
  readonly servingTime?: boolean;
}

export interface TimeLoss {
  /** Mean over the valid pairs of all rows; 0 where there is none. */
  readonly loss: tf.Scalar;
  /** Number of valid pairs. */
  readonly pairs: tf.Scalar;
  /** Share of the pairs with T_i ≠ T_j whose Δ are in the order of their T. */
  readonly ordered: tf.Scalar;
}

/**
 * The pairwise hinge that ties step sizes to time gaps (eq. 12-14):
 *
 *     l(i, j) = max(0, 1 - (Δ_i - Δ_j)(T_i - T_j) / λ),   2 ≤ i < j ≤ n + 1, i and j in one block of b positions
 *
 * A tie T_i = T_j costs exactly 1 and has no gradient. O(L b) a row in place of O(L²).
 */
export function timeLoss(
  { delta, nextDelta, gaps, lengths, weights }: TimeLossInputs,
  { scale, block, clip = 10, servingTime = true }: TimeLossOptions,
): TimeLoss {
  const [batch, length] = delta.shape;
  const blocks = Math.ceil(length / block);
  const fill = blocks * block - length;
  // Positions 2 .. L + 1 of the paper, in blocks: [B, G, b]
  const inBlocks = (t: tf.Tensor2D): tf.Tensor3D => padAxis(t, 1, 0, fill).reshape([batch, blocks, block]);
  const position = tf.range(1, length + 1, 1, "int32"); // 0-based: n stands for the re-fed token
  const n = lengths.expandDims(1);
  const refed = position.equal(n).toFloat();
  const own = padAxis(delta.slice([0, 1], [batch, length - 1]) as tf.Tensor2D, 1, 0, 1);
  const steps = inBlocks(own.add<tf.Tensor2D>(refed.mul(nextDelta.expandDims(1)))); // [Δ_2, .., Δ_n, Δ']
  const times = inBlocks(gaps.slice([0, 1], [batch, length])); // [T_2, .., T_{n+1}]
  const counted = (servingTime ? position.lessEqual(n) : position.less(n)).toFloat();
  const valid = inBlocks(
    (weights === undefined
      ? counted
      : counted.mul(weights.greater(0).toFloat().expandDims(1))) as tf.Tensor2D,
  );

  const stepDifference = pairwise(steps); // [B, G, b, b]
  const timeDifference = pairwise(times).div(scale).clipByValue(-clip, clip);
  const agreement = stepDifference.mul(timeDifference);
  const later = upperTriangle(block); // i < j
  const mask = valid.expandDims(3).mul(valid.expandDims(2)).mul(later);
  const pairs = mask.sum() as tf.Scalar;
  const hinge = tf.relu(tf.sub(1, agreement)).mul(mask);
  const untied = mask.mul(timeDifference.notEqual(0).toFloat());
  return {
    loss: hinge.sum().div<tf.Scalar>(pairs.maximum(1)),
    pairs,
    ordered: untied.mul(agreement.greater(0).toFloat()).sum().div<tf.Scalar>(untied.sum().maximum(1)),
  };
}

/** v_i - v_j. @param v [B, G, b] @returns [B, G, b, b] */
function pairwise(v: tf.Tensor3D): tf.Tensor4D {
  return v.expandDims(3).sub(v.expandDims(2));
}

/** [b, b]: 1 where row < column. */
function upperTriangle(size: number): tf.Tensor2D {
  const positions = tf.range(0, size);
  return positions.expandDims(1).less(positions.expandDims(0)).toFloat() as tf.Tensor2D;
}

export interface StateLossOptions {
  /** Added under the root of the Frobenius norm, which has no gradient at 0. */
  readonly normGuard?: number;
  /** Added to Δ'². */
  readonly deltaGuard?: number;
}

/** One step forward with the re-fed token and one step back. */
export interface RoundTrip {
  /** ĥ = exp(Δ'A) h_n + Δ'B' ⊗ x̂ [B, s, d] */
  readonly forward: tf.Tensor3D;
  /** h^b = P̄ ĥ + Q̄ ⊗ x_n [B, s, d] */
  readonly back: tf.Tensor3D;
}

/** @see T2ARec, eq. 15-24 */
export function roundTrip(
  parameters: T2ARecParameters<tf.Tensor>,
  { qFrom }: Pick<CompleteOptions, "qFrom">,
  { state, lastX, lastInput }: Pick<Encoded, "state" | "lastX" | "lastInput">,
  { x, write, delta }: Refed,
): RoundTrip {
  const step = delta.expandDims<tf.Tensor2D>(1); // Δ' [B, 1]
  // ĥ = exp(Δ'A) h_n + (Δ'B') ⊗ x̂ (eq. 20-21)
  const keep = step.mul(decayOf(parameters)).exp().expandDims(2);
  const forward = state.mul(keep).add<tf.Tensor3D>(outer(write.mul(step), x));
  // Q = x_n W₂ + b₂ (eq. 22), Q̄ = Δ' Q
  const q = applyDense(parameters.backwardInput, qFrom === "x" ? lastX : lastInput);
  // P = ln(-A⁻¹) / Δ', so that P̄ = exp(Δ'P) = 1 / |A| for every Δ' (theorem 4.1)
  const pBar = tf.exp(tf.neg(parameters.logDecay));
  // h^b = P̄ ĥ + Q̄ ⊗ x_n (eq. 24)
  const back = forward.mul(pBar).add<tf.Tensor3D>(outer(q.mul(step), lastX));
  return { forward, back };
}

/**
 * L_state = mean over rows of ‖h_n - h^b‖_F / Δ'² (eq. 25): the norm is not squared.
 * With |A| ≠ 1 it grows like |1 - 1/|A|| ‖h_n‖ / Δ'² as Δ' shrinks.
 * @param weights [B]
 */
export function stateLoss(
  state: tf.Tensor3D,
  back: tf.Tensor3D,
  delta: tf.Tensor1D,
  weights: tf.Tensor1D,
  { normGuard = 1e-12, deltaGuard = 1e-6 }: StateLossOptions = {},
): tf.Scalar {
  const norm = state.sub(back).square().sum([1, 2]).add(normGuard).sqrt();
  return weightedMean(norm.div(delta.square().add(deltaGuard)), weights);
}

/** u ⊗ v: [B, s] and [B, d] give [B, s, d]. */
function outer(u: tf.Tensor, v: tf.Tensor): tf.Tensor3D {
  return u.expandDims(2).mul(v.expandDims(1));
}
