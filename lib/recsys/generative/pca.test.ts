import { expect, test } from "vitest";
import { sampleData } from "../../tensor/testing";
import { denseMatrix, gram } from "./matrix";
import { applyPca, fitPca } from "./pca";

const data = denseMatrix(
  5,
  3,
  Float64Array.of(2, 0.5, 1, 0.3, 1.9, -0.4, -1.1, 0.2, 0.8, 0.9, -1.5, 0.1, 1.4, 0.6, -2.2),
);

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, k) => {
    expect(actual[k]).toBeCloseTo(value, 8);
  });
}

// scikit-learn 1.9.1: PCA(2).fit(data); PCA(2, whiten=True).fit_transform(data)
test("the numbers of scikit-learn", () => {
  const pca = fitPca(data, 2);
  expectClose(pca.mean, [0.7, 0.34, -0.14]);
  expectClose(
    pca.components.values,
    [-0.427178966, -0.426826637, 0.797080393, -0.655021462, 0.753777712, 0.052593209],
  );
  expectClose(pca.explainedVariance, [2.017290954, 1.535801826]);
  expectClose(
    applyPca(pca, data).values,
    [
      0.28504673, -0.670967208, -0.70221887, 1.424227581, 1.577933437, 1.122947368, 0.891224514, -1.505332912,
      -2.051985811, -0.370874828,
    ],
  );
  expectClose(
    applyPca(pca, data, { whiten: true }).values,
    [
      0.2006928, -0.541419266, -0.494411115, 1.149242828, 1.110975313, 0.906132718, 0.627484284, -1.214688633,
      -1.444741283, -0.299267647,
    ],
  );
});

test("whitened, the fitted data has covariance 1", () => {
  const x = denseMatrix(50, 6, Float64Array.from(sampleData([50, 6], 5)));
  const covariance = gram(applyPca(fitPca(x, 4), x, { whiten: true })).values;
  covariance.forEach((value, k) => {
    expect(value / 49).toBeCloseTo(k % 5 === 0 ? 1 : 0, 10);
  });
});

test("refuses too many components, other columns, and whitening where there is no variance", () => {
  expect(() => fitPca(data, 4)).toThrow("[5, 3]: choose 1 to 3");
  expect(() => fitPca(denseMatrix(2, 3), 2)).toThrow("choose 1 to 1");
  expect(() => applyPca(fitPca(data, 1), denseMatrix(1, 2))).toThrow("fitted on 3 columns, applied to 2");
  const line = denseMatrix(3, 2, Float64Array.of(0, 0, 1, 1, 2, 2));
  expect(() => applyPca(fitPca(line, 2), line, { whiten: true })).toThrow("no variance beyond 1 components");
});
