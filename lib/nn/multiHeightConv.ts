import { tf } from "../tensor";
import { withGradient } from "../tensor/ops/custom";
import * as Rng from "../tensor/rng";
import { parameter, uniformInit } from "./initializers";

/**
 * Convolutions over time, n filters of every height k = 1..H: a filter of height k meets k positions and all d features of each.
 * Text-CNN and Caser take the maximum over the places where such a filter fits.
 */
export type MultiHeightConv<T extends tf.Tensor = tf.Variable> = {
  /** [n H (H + 1) / 2, d]: the filters [k, d] one below the other, the n of height 1 first. */
  readonly weight: T;
  /** [H n], in the same order. */
  readonly bias: T;
};

export interface MultiHeightConvOptions {
  /** d. */
  readonly dimensions: number;
  /** H. */
  readonly heights: number;
  /** n, filters of each height. */
  readonly filters: number;
}

/** Weights and biases U(±1/√(k d)), k the filter's height: what torch.nn.Conv2d does when nobody tells it otherwise. */
export function multiHeightConv(
  { dimensions, heights, filters }: MultiHeightConvOptions,
  key: tf.Tensor1D,
): MultiHeightConv {
  const height = rowHeights(heights, filters);
  const limits = (of: readonly number[]) =>
    tf.tensor1d(of.map((k) => 1 / Math.sqrt(k * dimensions))).expandDims(1);
  const unit = uniformInit(1);
  return tf.tidy(() => {
    const [weightKey, biasKey] = Rng.split(key, 2);
    const filterHeights = Array.from({ length: heights * filters }, (_, c) => filterHeight(c, filters));
    return {
      weight: parameter((k, shape) => unit(k, shape).mul(limits(height)), weightKey, [
        height.length,
        dimensions,
      ]),
      bias: parameter((k, shape) => unit(k, shape).mul(limits(filterHeights).flatten()), biasKey, [
        filterHeights.length,
      ]),
    };
  });
}

/**
 * max_p (bias + Σ_j w_j · x_{p+j}) of every filter, over the places p where the whole filter lies on the sequence.
 *
 * All filters at once, by the convolution theorem: a discrete Fourier transform of x and of the filters over the L positions, a
 * product a frequency, and the transform back, each of them a matrix product. Where a filter fits nothing wraps around, so L
 * frequencies are enough. At L = H = 50 that is a quarter of the multiplications of the convolutions themselves, in a few big
 * products: four times as fast as 50 `conv2d` at n = 8, d = 64, batch 128.
 *
 * @param x [L, B, d], time first; L ≥ H
 * @returns [B, H n]
 */
export function maxOfMultiHeightConv(params: MultiHeightConv<tf.Tensor>, x: tf.Tensor3D): tf.Tensor2D {
  const { heights, filters } = sizesOf(params);
  const [length, batch, dimensions] = x.shape;
  if (length < heights || params.weight.shape[1] !== dimensions) {
    throw new Error(
      `maxOfMultiHeightConv: filters of up to ${heights} positions of ${params.weight.shape[1]} features do not fit x [${x.shape}].`,
    );
  }
  const columns = heights * filters;
  const frequencies = Math.floor(length / 2) + 1; // the others are the conjugates of these
  const transform = (signal: tf.Tensor3D): [tf.Tensor3D, tf.Tensor3D] => {
    const [steps, rows, width] = signal.shape;
    const basis = tf.concat2d(fourierBasis(frequencies, length, steps), 0); // [2F, steps]
    const parts = tf.matMul(basis, signal.reshape<tf.Tensor2D>([steps, rows * width]));
    return tf.unstack(parts.reshape([2, frequencies, rows, width])) as [tf.Tensor3D, tf.Tensor3D];
  };
  const [xCos, xSin] = transform(x); // [F, B, d]
  const [wCos, wSin] = transform(alignedFilters(params.weight, heights, filters)); // [F, Hn, d]

  // The spectrum of the result is X W*: its cosine and sine parts are x_c w_c + x_s w_s and x_s w_c - x_c w_s.
  const xBoth = tf.concat3d([xCos, xSin], 2); // [F, B, 2d]
  const cosPart = tf.matMul(xBoth, tf.concat3d([wCos, wSin], 2), false, true); // [F, B, Hn]
  const sinPart = tf.matMul(xBoth, tf.concat3d([wSin.neg(), wCos], 2), false, true);

  const [cosBasis, sinBasis] = fourierBasis(frequencies, length, length).map((basis) =>
    // Every frequency but 0 and L/2 stands for its conjugate too.
    basis.mul<tf.Tensor2D>(
      tf.tensor2d(
        Array.from({ length: frequencies }, (_, f) => [(f === 0 || 2 * f === length ? 1 : 2) / length]),
      ),
    ),
  );
  const back = (basis: tf.Tensor2D, part: tf.Tensor) =>
    tf.matMul(basis, part.reshape<tf.Tensor2D>([frequencies, batch * columns]), true, false);
  const responses = back(cosBasis, cosPart).add(back(sinBasis, sinPart)).reshape([length, batch, columns]);
  return maxOverTime(responses.add(whereFilterFits(length, heights, filters))).add(params.bias);
}

/** ‖w‖₂ of the n filters of each height together, [H]. */
export function multiHeightNorms(params: MultiHeightConv<tf.Tensor>): tf.Tensor1D {
  const { heights, filters } = sizesOf(params);
  const groups = tf.tensor1d(
    rowHeights(heights, filters).map((k) => k - 1),
    "int32",
  );
  return tf.sqrt(tf.unsortedSegmentSum(params.weight.square().sum<tf.Tensor1D>(1), groups, heights));
}

/** H and n from rows = n H (H + 1) / 2 and columns = H n. */
function sizesOf({ weight, bias }: MultiHeightConv<tf.Tensor>): { heights: number; filters: number } {
  const heights = (2 * weight.shape[0]) / bias.size - 1;
  return { heights, filters: bias.size / heights };
}

/** Height of filter c = 0..H n - 1. */
function filterHeight(c: number, filters: number): number {
  return Math.floor(c / filters) + 1;
}

/** The height of the filter that each row of the weight belongs to. */
function rowHeights(heights: number, filters: number): number[] {
  return Array.from({ length: heights * filters }, (_, c) => filterHeight(c, filters)).flatMap((k) =>
    Array<number>(k).fill(k),
  );
}

/** The filters as one array [H, H n, d], their first rows at 0 and zeros below their last. */
function alignedFilters(weight: tf.Tensor, heights: number, filters: number): tf.Tensor3D {
  const columns = heights * filters;
  const [rows, dimensions] = weight.shape;
  const source = new Int32Array(heights * columns).fill(rows); // past the end: a row of zeros
  const target = new Int32Array(rows);
  let row = 0;
  for (let c = 0; c < columns; c++) {
    for (let j = 0; j < filterHeight(c, filters); j++, row++) {
      source[j * columns + c] = row;
      target[row] = j * columns + c;
    }
  }
  const aligned = withGradient<tf.Tensor2D>({
    inputs: [weight],
    forward: () => {
      const extended = tf.concat2d([weight as tf.Tensor2D, tf.zeros([1, dimensions])], 0);
      return { value: tf.gather(extended, tf.tensor1d(source, "int32")) };
    },
    // Each row stands at one place, so what would be a scatter is a gather.
    backward: (dy) => [tf.gather(dy, tf.tensor1d(target, "int32"))],
  });
  return aligned.reshape([heights, columns, dimensions]);
}

/** cos and sin of 2π f t / L for t = 0..steps - 1, each [F, steps]. */
function fourierBasis(frequencies: number, length: number, steps: number): [tf.Tensor2D, tf.Tensor2D] {
  const of = (wave: (angle: number) => number) =>
    tf.tensor2d(
      Array.from({ length: frequencies }, (_, f) =>
        // Reduced to one turn first: exact at any f t.
        Array.from({ length: steps }, (_, t) => wave((2 * Math.PI * ((f * t) % length)) / length)),
      ),
    );
  return [of(Math.cos), of(Math.sin)];
}

/** [L, 1, H n]: 0 where the filter starts at that position and does not end after the sequence, else so low that no maximum is there. */
function whereFilterFits(length: number, heights: number, filters: number): tf.Tensor3D {
  const lasts = Array.from({ length: heights * filters }, (_, c) => length - filterHeight(c, filters));
  const positions = tf.range(0, length, 1, "int32").reshape([length, 1, 1]);
  return positions.greater(tf.tensor1d(lasts, "int32")).toFloat().mul(-1e30);
}

/**
 * The maximum over the first axis. Equal maxima share the gradient: windows that hold padding alone are equal, and tfjs would give
 * each of them all of it.
 * @param x [L, B, C]
 */
function maxOverTime(x: tf.Tensor3D): tf.Tensor2D {
  return withGradient<tf.Tensor2D>({
    inputs: [x],
    forward: () => {
      const value = tf.max(x, 0);
      return { value, saved: [value] };
    },
    backward: (dy, [input], [value]) => {
      const chosen = input.equal(value).toFloat();
      return [chosen.mul(dy.div(chosen.sum(0)))];
    },
  });
}
