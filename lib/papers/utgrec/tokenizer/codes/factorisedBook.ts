import { fanInUniform, normalInit, parameter } from "../../../../nn/initializers";
import { meanSquaredError } from "../../../../recsys/generative/residualQuantizer";
import { noGradient, stopGradient, straightThrough, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";

/**
 * A codebook C = E W. Each gradient goes through W, so that codes which nobody has move along with those in use: what keeps the book from collapsing.
 * @see Zhu et al. 2024, arXiv:2411.02038 (SimVQ); UTGRec, arXiv:2504.04405
 */
export type FactorisedBook<T extends tf.Tensor = tf.Variable> = {
  /** E, [K, d_c] */
  readonly embedding: T;
  /** W, [d_c, d_c]; absent in a plain book, whose codes are E itself. */
  readonly map?: T;
};

export interface FactorisedBookOptions {
  /** K */
  readonly codes: number;
  /** d_c */
  readonly dimensions: number;
  /** Whether there is a W. */
  readonly factorised: boolean;
}

/** E ~ N(0, 1/d_c), W ~ U(±1/√d_c): the lengths of the codes do not depend on d_c. */
export function factorisedBook(
  { codes, dimensions, factorised }: FactorisedBookOptions,
  key: tf.Tensor1D,
): FactorisedBook {
  return tf.tidy(() => {
    const [embeddingKey, mapKey] = Rng.split(key, 2);
    const embedding = parameter(normalInit(dimensions ** -0.5), embeddingKey, [codes, dimensions]);
    if (!factorised) return { embedding };
    return { embedding, map: parameter(fanInUniform, mapKey, [dimensions, dimensions]) };
  });
}

/** C = E W, a new tensor. @returns [K, d_c] */
export function codebookOf({ embedding, map }: FactorisedBook<tf.Tensor>): tf.Tensor2D {
  const E = embedding as tf.Tensor2D;
  return map === undefined ? E.clone() : tf.matMul(E, map as tf.Tensor2D);
}

/** Chooses a code for each row. @param x [N, d_c] @param codebook [K, d_c] @returns [N] int32 */
export type CodeAssignment = (x: tf.Tensor2D, codebook: tf.Tensor2D) => tf.Tensor1D;

export interface BookQuantized {
  /** [N] int32 */
  readonly codes: tf.Tensor1D;
  /** C_c, [N, d_c]; its gradient goes to x unchanged. */
  readonly quantized: tf.Tensor2D;
  /** MSE(C_c, sg[x]) + β MSE(x, sg[C_c]), means over rows and dimensions. */
  readonly loss: tf.Scalar;
}

/**
 * The code of each row, and what the choice costs: the first term moves the codes, the second (the commitment) what is quantised.
 * @param x [N, d_c]
 * @param codebook C, [K, d_c]
 * @see van den Oord et al. 2017, arXiv:1711.00937, eq. 3
 */
export function quantizeByBook(
  x: tf.Tensor2D,
  codebook: tf.Tensor2D,
  { commitment, assignment }: { readonly commitment: number; readonly assignment: CodeAssignment },
): BookQuantized {
  const codes = noGradient(() => assignment(x, codebook));
  const chosen = tf.gather(codebook, codes);
  const loss = meanSquaredError(chosen, stopGradient(x)).add<tf.Scalar>(
    meanSquaredError(x, stopGradient(chosen)).mul(commitment),
  );
  return { codes, quantized: straightThrough(x, chosen), loss };
}
