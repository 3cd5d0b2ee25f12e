import { afterEach, beforeEach, expect, test } from "vitest";
import { straightThrough, tf } from "../../../../tensor";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import { prefixDifferences, prefixSums } from "./prefixResidual";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("rows (1, 2), (1.5, 1), (3, 0) and what each adds; the sums restore them exactly", () => {
  const h = tf.tensor3d([
    [
      [1, 2],
      [1.5, 1],
      [3, 0],
    ],
  ]);
  const x = prefixDifferences(h);
  expect(x.arraySync()).toEqual([
    [
      [1, 2],
      [0.5, -1],
      [1.5, -1],
    ],
  ]);
  expect(prefixSums(x).arraySync()).toEqual(h.arraySync());
});

test("through straight-through codes each sum gives its gradient to its own vector alone", () => {
  const [h, w, hard] = [1, 2, 3].map((seed) => sampleTensor<tf.Tensor3D>([2, 3, 4], seed));
  const f = (x: tf.Tensor) =>
    prefixSums(straightThrough(prefixDifferences(x as tf.Tensor3D), hard))
      .mul(w)
      .sum();
  assertClose(tf.grad(f)(h), w);
});

test("one position is its own difference", () => {
  const h = sampleTensor<tf.Tensor3D>([2, 1, 3], 1);
  assertClose(prefixDifferences(h), h);
});
