import { logSumExp, straightThrough, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";

/*
 * How VQ-Rec brings the digits of a new domain to code embeddings learnt elsewhere: code k of digit m takes the embedding of another code of that digit. Which
 * one is learnt through a relaxed permutation.
 *
 * Reference code: RUCAIBox/VQ-Rec, vqrec.py. Deviation: there, the choice of the largest entry passes through a rounding whose gradient is 0, so that the
 * permutation cannot learn; here the gradient goes to the relaxed permutation, unchanged (straight-through).
 */

export interface RemappingOptions {
  /** Of the Sinkhorn iteration: rows, then columns, so often. */
  readonly iterations: number;
  /** The logits, noise included, are divided by it: the smaller, the nearer to a permutation. */
  readonly temperature: number;
}

/**
 * The relaxed permutation of each digit: exp((W + G) / τ), G Gumbel noise, its rows and columns brought to sum 1 by turns.
 * @param logits W, [M, K, K]
 * @param key    of the noise; without: none
 * @returns [M, K, K]; columns sum to 1, rows nearly
 * @see Mena et al. 2018, Learning Latent Permutations with Gumbel-Sinkhorn Networks, eq. 4 and 7
 */
export function gumbelSinkhorn(
  logits: tf.Tensor3D,
  { iterations, temperature }: RemappingOptions,
  key?: tf.Tensor1D,
): tf.Tensor3D {
  return tf.tidy(() => {
    const noisy = key === undefined ? logits : logits.add<tf.Tensor3D>(Rng.gumbel(key, logits.shape));
    let logP = noisy.div<tf.Tensor3D>(temperature);
    for (let iteration = 0; iteration < iterations; iteration++) {
      logP = logP.sub(logSumExp(logP, 2, true));
      logP = logP.sub(logSumExp(logP, 1, true));
    }
    return logP.exp();
  });
}

/** Each row's largest entry as 1, the others 0; the gradient goes to the relaxed permutation, unchanged. @param relaxed [M, K, K] */
export function hardRows(relaxed: tf.Tensor3D): tf.Tensor3D {
  return tf.tidy(() => {
    const choice = relaxed.argMax(2) as tf.Tensor2D; // [M, K]
    const codes = tf.range(0, relaxed.shape[2], 1, "int32");
    return straightThrough(relaxed, choice.expandDims(2).equal(codes).toFloat());
  });
}

/**
 * The code embeddings as the new domain's digits have them: row k of digit m is the row that digit chooses.
 * @param table  [M, K, d]
 * @param logits W, [M, K, K]
 * @returns [M, K, d]
 */
export function remappedCodes(
  table: tf.Tensor3D,
  logits: tf.Tensor3D,
  options: RemappingOptions,
  key?: tf.Tensor1D,
): tf.Tensor3D {
  return tf.tidy(() => tf.matMul(hardRows(gumbelSinkhorn(logits, options, key)), table));
}
