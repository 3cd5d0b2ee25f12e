import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose } from "../tensor/testing";
import {
  type MultiHeightConv,
  maxOfMultiHeightConv,
  multiHeightConv,
  multiHeightNorms,
} from "./multiHeightConv";
import { wave } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** The definition: one convolution a filter, at the places where it fits. */
function reference(params: MultiHeightConv<tf.Tensor>, x: tf.Tensor3D, filters: number): tf.Tensor2D {
  const [length, batch, dimensions] = x.shape;
  const maxima: tf.Tensor1D[] = [];
  let row = 0;
  for (let c = 0; c < params.bias.size; c++) {
    const height = Math.floor(c / filters) + 1;
    const filter = params.weight.slice([row, 0], [height, dimensions]).expandDims(1);
    const places = Array.from({ length: length - height + 1 }, (_, p) =>
      x.slice([p, 0, 0], [height, batch, dimensions]).mul(filter).sum([0, 2]),
    );
    maxima.push(
      tf
        .stack(places)
        .max<tf.Tensor1D>(0)
        .add(params.bias.slice([c], [1])),
    );
    row += height;
  }
  return tf.stack(maxima, 1) as tf.Tensor2D;
}

/** L, H, n: even and odd lengths, all heights and some. */
describe.each([
  [7, 7, 2],
  [6, 6, 1],
  [9, 3, 2],
  [1, 1, 3],
])("filters of heights up to their limit, L = %i, H = %i, n = %i", (length, heights, filters) => {
  const d = 3;
  const x = () => wave<tf.Tensor3D>([length, 2, d], 1);
  const weight = () => wave<tf.Tensor2D>([(filters * heights * (heights + 1)) / 2, d], 2);
  const bias = () => wave<tf.Tensor1D>([heights * filters], 3);

  test("the maximum over the places where a filter fits", () => {
    const params = { weight: weight(), bias: bias() };
    assertClose(maxOfMultiHeightConv(params, x()), reference(params, x(), filters), { absolute: 2e-6 });
  });

  test("its gradients", () => {
    const scale = wave([2, heights * filters], 4);
    const gradients = (f: (params: MultiHeightConv<tf.Tensor>, input: tf.Tensor3D) => tf.Tensor) =>
      tf.grads((w: tf.Tensor, b: tf.Tensor, input: tf.Tensor) =>
        f({ weight: w, bias: b }, input as tf.Tensor3D).mul(scale),
      )([weight(), bias(), x()]);
    const ours = gradients(maxOfMultiHeightConv);
    const wanted = gradients((params, input) => reference(params, input, filters));
    wanted.forEach((gradient, i) => {
      assertClose(ours[i], gradient, { absolute: 5e-6 }, ["weight", "bias", "x"][i]);
    });
  });

  test("norms of the filters of each height", () => {
    const norms = Array.from({ length: heights }, (_, i) => {
      const start = (filters * i * (i + 1)) / 2;
      return weight()
        .slice([start, 0], [filters * (i + 1), d])
        .norm() as tf.Scalar;
    });
    assertClose(multiHeightNorms({ weight: weight(), bias: bias() }), tf.stack(norms));
  });
});

test("equal windows share the gradient", () => {
  const params = { weight: tf.ones<tf.Rank.R2>([1, 1]), bias: tf.zeros<tf.Rank.R1>([1]) };
  const x = tf.tensor3d([1, 1, 1, 0], [4, 1, 1]);
  const gradient = tf.grad((input: tf.Tensor) => maxOfMultiHeightConv(params, input as tf.Tensor3D))(x);
  expect(gradient.sum().dataSync()[0]).toBeCloseTo(1, 6);
});

test("starts as torch.nn.Conv2d does", () => {
  const { weight, bias } = multiHeightConv({ dimensions: 4, heights: 2, filters: 50 }, Rng.key(1));
  expect(weight.shape).toEqual([150, 4]);
  expect(bias.shape).toEqual([100]);
  const largest = (x: tf.Tensor, start: number, count: number) =>
    x.slice([start], [count]).abs().max().dataSync()[0];
  for (const [limit, of] of [
    [1 / 2, largest(weight, 0, 50)],
    [1 / Math.sqrt(8), largest(weight, 50, 100)],
    [1 / 2, largest(bias, 0, 50)],
    [1 / Math.sqrt(8), largest(bias, 50, 50)],
  ]) {
    expect(of).toBeLessThanOrEqual(limit);
    expect(of).toBeGreaterThan(0.9 * limit);
  }
});

test("refuses a sequence shorter than its highest filter", () => {
  const params = multiHeightConv({ dimensions: 2, heights: 3, filters: 1 }, Rng.key(1));
  expect(() => maxOfMultiHeightConv(params, tf.zeros([2, 1, 2]))).toThrow("up to 3 positions of 2 features");
});
