import { describe, expect, test } from "vitest";
import { sampleData } from "../../tensor/testing";
import { denseMatrix, gram } from "./matrix";
import { fixSigns, symmetricEigen } from "./symmetricEigen";

describe("symmetricEigen", () => {
  test("[[2, 1], [1, 2]] has 3 along (1, 1) and 1 along (1, -1)", () => {
    const { values, vectors } = symmetricEigen(denseMatrix(2, 2, Float64Array.of(2, 1, 1, 2)));
    fixSigns(vectors);
    expect([...values].map((value) => Number(value.toFixed(12)))).toEqual([3, 1]);
    const half = Math.SQRT1_2;
    [half, half].forEach((value, k) => {
      expect(vectors.values[k]).toBeCloseTo(value, 12);
    });
    expect(vectors.values[2] * vectors.values[3]).toBeCloseTo(-0.5, 12);
  });

  test.each([
    ["of full rank", 30],
    ["of rank 5", 5],
  ])("A v = λ v and VᵀV = 1 for a matrix %s", (_, rank) => {
    const n = 20;
    const a = gram(denseMatrix(rank, n, Float64Array.from(sampleData([rank, n], 3))));
    const { values, vectors } = symmetricEigen(a);
    for (let i = 0; i < n; i++) {
      const v = [...vectors.values.subarray(i * n, (i + 1) * n)];
      for (let row = 0; row < n; row++) {
        const product = v.reduce((sum, x, k) => sum + a.values[row * n + k] * x, 0);
        expect(Math.abs(product - values[i] * v[row])).toBeLessThan(1e-12);
      }
      for (let j = 0; j <= i; j++) {
        const overlap = v.reduce((sum, x, k) => sum + x * vectors.values[j * n + k], 0);
        expect(Math.abs(overlap - (i === j ? 1 : 0))).toBeLessThan(1e-12);
      }
      if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
    }
    if (rank < n) expect(Math.abs(values[rank])).toBeLessThan(1e-12);
  });

  test("refuses what is not square or not finite", () => {
    expect(() => symmetricEigen(denseMatrix(1, 2))).toThrow("[1, 2], not square");
    expect(() => symmetricEigen(denseMatrix(1, 1, Float64Array.of(Number.NaN)))).toThrow("not finite");
  });
});
