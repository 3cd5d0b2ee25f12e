import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose, sampleTensor } from "../../tensor/testing";
import {
  type ProductQuantizer,
  productCodes,
  quantizationError,
  reconstruct,
  trainProductQuantizer,
} from "./productQuantization";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** 400 vectors of 16 correlated coordinates: a noise that any language can make, through a matrix of waves. */
function correlated(): tf.Tensor2D {
  const fraction = (x: number) => x - Math.floor(x);
  const grid = (rows: number, columns: number, value: (i: number, j: number) => number) =>
    tf.tensor2d(
      Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => value(i, j))),
    );
  const noise = grid(
    400,
    16,
    (i, j) => fraction(Math.sin(12.9898 * (i + 1) + 78.233 * (j + 1)) * 43758.5453) - 0.5,
  );
  const mix = grid(16, 16, (i, j) => Math.sin(1.3 * i * j + 0.7) * Math.exp(-0.15 * i));
  return tf.matMul(noise, mix);
}

/** Digits by the definition, one vector and one part at a time. */
function codesByHand({ rotation, codebooks }: ProductQuantizer, vectors: tf.Tensor2D): number[][] {
  const books = codebooks.arraySync();
  const width = codebooks.shape[2];
  return (tf.matMul(vectors, rotation).arraySync() as number[][]).map((x) =>
    books.map((book, m) => {
      const distances = book.map((centre) =>
        centre.reduce((sum, c, k) => sum + (x[m * width + k] - c) ** 2, 0),
      );
      return distances.indexOf(Math.min(...distances));
    }),
  );
}

describe("product quantisation", () => {
  // faiss 1.15.1: ProductQuantizer(16, 4, 4), and OPQMatrix(16, 4) before it from four seeds
  const FAISS = { plain: 0.58579, rotated: [0.30191, 0.31147, 0.29893, 0.28193] };
  const options = { subVectors: 4, codes: 16 };

  test("is as near as faiss's, without and with a rotation", () => {
    const x = correlated();
    const plain = trainProductQuantizer(x, { ...options, seed: 1, rotations: 0 });
    expect(quantizationError(plain, x)).toBeLessThan(1.03 * FAISS.plain);
    const errors = [1, 2, 3, 4].map((seed) =>
      quantizationError(trainProductQuantizer(x, { ...options, seed }), x),
    );
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(errors)).toBeLessThan(1.03 * mean(FAISS.rotated));
  });

  test("more turns bring the error down", () => {
    const x = correlated();
    const error = (rotations: number) =>
      quantizationError(trainProductQuantizer(x, { ...options, seed: 1, rotations }), x);
    expect(error(20)).toBeLessThan(0.9 * error(1));
  });

  test("the digits are those of the nearest centres, and stand for the vector that they are decoded to", () => {
    const x = correlated();
    const quantizer = trainProductQuantizer(x, { ...options, seed: 2, rotations: 3 });
    const codes = productCodes(quantizer, x);
    expect(codes.arraySync()).toEqual(codesByHand(quantizer, x));
    const decoded = reconstruct(quantizer, codes);
    assertClose(reconstruct(quantizer, productCodes(quantizer, decoded)), decoded, { absolute: 1e-5 });
    expect(quantizationError(quantizer, x)).toBeCloseTo(
      x.sub(decoded).square().sum(1).mean().dataSync()[0],
      5,
    );
    assertClose(tf.matMul(quantizer.rotation, quantizer.rotation, true), tf.eye(16), { absolute: 1e-5 });
  });

  test("parts that take few values are found exactly", () => {
    // every part is one of four points, and all 16 pairs occur: nothing is lost
    const corners = [
      [0, 0],
      [0, 9],
      [9, 0],
      [9, 9],
    ];
    const x = tf.tensor2d(corners.flatMap((a) => corners.map((b) => [...a, ...b])));
    const quantizer = trainProductQuantizer(x, { subVectors: 2, codes: 4, seed: 1, rotations: 0 });
    expect(quantizationError(quantizer, x)).toBeCloseTo(0, 8);
    const codes = productCodes(quantizer, x).arraySync();
    expect(new Set(codes.map(String)).size).toBe(16);
  });

  test("a seed repeats to the bit, and only the two tensors stay", () => {
    const x = sampleTensor<tf.Tensor2D>([60, 6], 3);
    const run = (seed: number) => trainProductQuantizer(x, { subVectors: 3, codes: 5, seed, rotations: 4 });
    run(1);
    const before = tf.memory().numTensors;
    const [one, again, other] = [run(1), run(1), run(2)];
    expect(tf.memory().numTensors).toBe(before + 6);
    expect(one.codebooks.arraySync()).toEqual(again.codebooks.arraySync());
    expect(one.rotation.arraySync()).toEqual(again.rotation.arraySync());
    expect(one.rotation.arraySync()).not.toEqual(other.rotation.arraySync());
  });

  test("vectors of a lower rank are no obstacle", () => {
    const x: tf.Tensor2D = tf.matMul(
      sampleTensor<tf.Tensor2D>([50, 2], 1),
      sampleTensor<tf.Tensor2D>([2, 8], 2),
    );
    const quantizer = trainProductQuantizer(x, { subVectors: 4, codes: 8, seed: 1, rotations: 10 });
    assertClose(tf.matMul(quantizer.rotation, quantizer.rotation, true), tf.eye(8), { absolute: 1e-5 });
    const variance = x.sub(x.mean(0)).square().sum(1).mean().dataSync()[0];
    expect(quantizationError(quantizer, x)).toBeLessThan(0.05 * variance);
  });

  test("parts that do not come out even, and more codes than vectors, are refused", () => {
    const x = tf.ones<tf.Rank.R2>([4, 6]);
    expect(() => trainProductQuantizer(x, { subVectors: 4, codes: 2, seed: 1 })).toThrow(
      "6 dimensions cannot be cut into 4 equal parts",
    );
    expect(() => trainProductQuantizer(x, { subVectors: 3, codes: 5, seed: 1 })).toThrow(
      "5 codes for 4 vectors",
    );
  });
});
