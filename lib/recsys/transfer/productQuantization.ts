import { createRandom } from "../../data/random";
import { compile, gather, tf } from "../../tensor";
import { kmeans, means, nearestCentre } from "../generative/kmeans";
import type { DenseMatrix } from "../generative/matrix";
import { orthogonalProcrustes, randomRotation } from "./orthogonalProcrustes";

/*
 * Optimised product quantisation: T. Ge, K. He, Q. Ke and J. Sun, Optimized Product Quantization, TPAMI 2014, its non-parametric solution.
 * A vector is rotated and cut into M parts, each of which is replaced by the nearest of K centres: M digits stand for K^M vectors.
 *
 * Reference code: faiss, OPQMatrix and ProductQuantizer, for the start and the numbers of iterations. Deviations: k-means starts from
 * k-means++ centres and gives empty clusters the farthest point, where faiss starts from random points and splits large clusters.
 */

export interface ProductQuantizerOptions {
  /** M, digits a vector; divides d. */
  readonly subVectors: number;
  /** K, values of a digit. */
  readonly codes: number;
  readonly seed: number;
  /** Alternations of centres and rotation; 0: no rotation, plain product quantisation. Default 50. */
  readonly rotations?: number;
  /** Iterations of k-means at first, and after each rotation. Default 40 and 4. */
  readonly firstIterations?: number;
  readonly laterIterations?: number;
  /** Of the centres that are kept, from those of the last rotation. Default 25. */
  readonly finalIterations?: number;
}

/** The caller frees both tensors. */
export type ProductQuantizer = {
  /** R, [d, d]: the vectors that are cut are x R. */
  readonly rotation: tf.Tensor2D;
  /** [M, K, d / M] */
  readonly codebooks: tf.Tensor3D;
};

/**
 * Fits the centres of product quantisation, and the rotation before it, by turns:
 *
 *     centres: k-means in each part of X R, from where they were;
 *     rotation: R = argmin ‖X R - Y‖ over orthogonal R, Y the quantised X R (orthogonal Procrustes).
 *
 * @param vectors [n, d]
 * @throws Error where M does not divide d, or there are fewer vectors than codes
 */
export function trainProductQuantizer(
  vectors: tf.Tensor2D,
  {
    subVectors,
    codes,
    seed,
    rotations = 50,
    firstIterations = 40,
    laterIterations = 4,
    finalIterations = 25,
  }: ProductQuantizerOptions,
): ProductQuantizer {
  const [n, d] = vectors.shape;
  if (!Number.isInteger(subVectors) || subVectors < 1 || d % subVectors !== 0)
    throw new Error(`trainProductQuantizer: ${d} dimensions cannot be cut into ${subVectors} equal parts.`);
  if (codes > n) throw new Error(`trainProductQuantizer: ${codes} codes for ${n} vectors: choose no more.`);

  const alternate = compile(
    (rotated: tf.Tensor2D, codebooks: tf.Tensor3D) => {
      const moved = refined(rotated, codebooks, laterIterations);
      return { codebooks: moved, product: correlation(vectors, rotated, moved) };
    },
    { name: "OPQ", xla: false },
  );
  const inParts = (rotated: tf.Tensor2D, maxIterations: number, from?: tf.Tensor3D): tf.Tensor3D => {
    const parts = tf.split<tf.Tensor2D>(rotated, subVectors, 1);
    const starts = from && tf.unstack(from);
    const books = parts.map((part, m) => {
      const initial = starts?.[m] as tf.Tensor2D | undefined;
      return kmeans(part, { clusters: codes, seed: seed + m, maxIterations, tolerance: 0, initial }).centres;
    });
    return tf.stack(books) as tf.Tensor3D;
  };

  try {
    if (rotations === 0) {
      return tf.tidy(() => ({
        rotation: tf.eye(d),
        codebooks: inParts(vectors, firstIterations + finalIterations),
      }));
    }
    let rotation = matrixTensor(randomRotation(d, createRandom(seed)));
    let codebooks = tf.tidy(() => inParts(tf.matMul(vectors, rotation), firstIterations));
    for (let turn = 0; turn < rotations; turn++) {
      const next = tf.tidy(() => alternate(tf.matMul(vectors, rotation), codebooks));
      const product = { rows: d, columns: d, values: Float64Array.from(next.product.dataSync()) };
      tf.dispose([rotation, codebooks, next.product]);
      rotation = matrixTensor(orthogonalProcrustes(product));
      codebooks = next.codebooks;
    }
    const kept = tf.tidy(() => inParts(tf.matMul(vectors, rotation), finalIterations, codebooks));
    codebooks.dispose();
    return { rotation, codebooks: kept };
  } finally {
    alternate.dispose();
  }
}

/** The digits of vectors: the nearest centre in each part. @param vectors [n, d] @returns [n, M] int32 */
export function productCodes({ rotation, codebooks }: ProductQuantizer, vectors: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => codesOf(tf.matMul(vectors, rotation), codebooks));
}

/** The vectors that digits stand for. @param codes [n, M] int32 @returns [n, d] */
export function reconstruct({ rotation, codebooks }: ProductQuantizer, codes: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => tf.matMul(decoded(codes, codebooks), rotation, false, true));
}

/** The mean of ‖x - x̂‖² over vectors. @param vectors [n, d] */
export function quantizationError(quantizer: ProductQuantizer, vectors: tf.Tensor2D): number {
  return tf.tidy(() => {
    const error = vectors.sub(reconstruct(quantizer, productCodes(quantizer, vectors)));
    return error.square().sum(1).mean().dataSync()[0];
  });
}

/** [n, M] int32, from rotated vectors. */
function codesOf(rotated: tf.Tensor2D, codebooks: tf.Tensor3D): tf.Tensor2D {
  const parts = tf.split<tf.Tensor2D>(rotated, codebooks.shape[0], 1);
  const books = tf.unstack(codebooks) as tf.Tensor2D[];
  return tf.stack(
    parts.map((part, m) => nearestCentre(part, books[m])),
    1,
  ) as tf.Tensor2D;
}

/** [n, d], still rotated. */
function decoded(codes: tf.Tensor2D, codebooks: tf.Tensor3D): tf.Tensor2D {
  const digits = tf.unstack(codes, 1);
  return tf.concat2d(
    tf.unstack(codebooks).map((book, m) => gather(book as tf.Tensor2D, digits[m]) as tf.Tensor2D),
    1,
  );
}

/** Lloyd iterations in every part; a centre without points stays. */
function refined(rotated: tf.Tensor2D, codebooks: tf.Tensor3D, iterations: number): tf.Tensor3D {
  const parts = tf.split<tf.Tensor2D>(rotated, codebooks.shape[0], 1);
  const books = tf.unstack(codebooks).map((book, m) => {
    let centres = book as tf.Tensor2D;
    for (let iteration = 0; iteration < iterations; iteration++)
      centres = means(parts[m], nearestCentre(parts[m], centres), centres).centres;
    return centres;
  });
  return tf.stack(books) as tf.Tensor3D;
}

/** XᵀY, [d, d], Y the quantised X R. */
function correlation(vectors: tf.Tensor2D, rotated: tf.Tensor2D, codebooks: tf.Tensor3D): tf.Tensor2D {
  return tf.matMul(vectors, decoded(codesOf(rotated, codebooks), codebooks), true);
}

function matrixTensor({ rows, columns, values }: DenseMatrix): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(values), [rows, columns]);
}
