import { expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { sampleData } from "../../tensor/testing";
import { type DenseMatrix, denseMatrix, denseTimesDense, gram } from "../generative/matrix";
import { orthogonalProcrustes, randomRotation } from "./orthogonalProcrustes";

const matrix = (rows: number, columns: number, seed: number) =>
  denseMatrix(rows, columns, Float64Array.from(sampleData([rows, columns], seed)));

function expectOrthogonal(rotation: DenseMatrix): void {
  Array.from(gram(rotation).values).forEach((value, k) => {
    expect(value).toBeCloseTo(k % (rotation.columns + 1) === 0 ? 1 : 0, 12);
  });
}

/** Σ_ij A_ij B_ij, which the rotation nearest to A makes as large as it can be: the sum of A's singular values. */
const inner = (a: DenseMatrix, b: DenseMatrix) =>
  Array.from(a.values).reduce((sum, value, k) => sum + value * b.values[k], 0);

test("the rotation of a product of a rotation and a positive matrix is that rotation", () => {
  const rotation = randomRotation(5, createRandom(3));
  const positive = gram(matrix(9, 5, 2));
  const found = orthogonalProcrustes(denseTimesDense(rotation, positive));
  Array.from(found.values).forEach((value, k) => {
    expect(value).toBeCloseTo(rotation.values[k], 8);
  });
});

// numpy 1.26: u, s, v = svd([[1, 2], [3, 4]]); u @ v = [[-0.5145, 0.8575], [0.8575, 0.5145]], s.sum() = 5.8310
test("the numbers of numpy", () => {
  const square = denseMatrix(2, 2, Float64Array.of(1, 2, 3, 4));
  const rotation = orthogonalProcrustes(square);
  const root = Math.sqrt(34);
  [-3 / root, 5 / root, 5 / root, 3 / root].forEach((value, k) => {
    expect(rotation.values[k]).toBeCloseTo(value, 10);
  });
  expect(inner(square, rotation)).toBeCloseTo(root, 10);
});

test("no other rotation brings X nearer to Y", () => {
  const [x, y] = [matrix(12, 4, 1), matrix(12, 4, 2)];
  const transposedX = denseMatrix(4, 12);
  for (let i = 0; i < 12; i++)
    for (let j = 0; j < 4; j++) transposedX.values[j * 12 + i] = x.values[i * 4 + j];
  const product = denseTimesDense(transposedX, y);
  const best = inner(product, orthogonalProcrustes(product));
  for (let seed = 0; seed < 50; seed++)
    expect(inner(product, randomRotation(4, createRandom(seed)))).toBeLessThanOrEqual(best);
});

test("data of a lower rank still has a rotation, and zeros have one", () => {
  const [left, right] = [matrix(6, 2, 4), matrix(2, 6, 5)];
  const product = denseTimesDense(left, right);
  const rotation = orthogonalProcrustes(product);
  expectOrthogonal(rotation);
  for (let seed = 0; seed < 50; seed++)
    expect(inner(product, randomRotation(6, createRandom(seed)))).toBeLessThanOrEqual(
      inner(product, rotation),
    );
  expectOrthogonal(orthogonalProcrustes(denseMatrix(3, 3)));
});

test("random rotations are orthogonal, repeat, and differ", () => {
  const of = (seed: number) => randomRotation(7, createRandom(seed));
  expectOrthogonal(of(1));
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
});
