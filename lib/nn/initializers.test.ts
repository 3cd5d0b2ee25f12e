import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose } from "../tensor/testing";
import {
  fanInUniform,
  type Initializer,
  kaimingNormal,
  normalInit,
  orthogonal,
  uniformInit,
  xavierNormal,
  xavierUniform,
} from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SHAPE = [100, 300];

function draw(init: Initializer): { deviation: number; largest: number } {
  const values = init(Rng.key(3), SHAPE);
  return {
    deviation: Math.sqrt(tf.moments(values).variance.dataSync()[0]),
    largest: values.abs().max().dataSync()[0],
  };
}

/* A uniform distribution on (-a, a) has deviation a / √3. 30,000 draws: the deviation is known to about 0.5%. */
test.each<[string, Initializer, number]>([
  ["Xavier uniform, a = √(6 / 400)", xavierUniform, Math.sqrt(6 / 400)],
  ["fan-in uniform, a = 1 / √100", fanInUniform, 0.1],
  ["uniform", uniformInit(0.3), 0.3],
])("%s", (_, init, limit) => {
  const { deviation, largest } = draw(init);
  expect(Math.abs(deviation / (limit / Math.sqrt(3)) - 1)).toBeLessThan(0.02);
  expect(largest).toBeLessThanOrEqual(limit);
  expect(largest).toBeGreaterThan(0.99 * limit);
});

test.each<[string, Initializer, number]>([
  ["normal", normalInit(0.02), 0.02],
  ["Xavier normal, √(2 / 400)", xavierNormal, Math.sqrt(2 / 400)],
  ["Kaiming normal, √(2 / 100)", kaimingNormal, Math.sqrt(2 / 100)],
])("%s", (_, init, expected) => {
  expect(Math.abs(draw(init).deviation / expected - 1)).toBeLessThan(0.02);
});

test.each([[[5, 3]], [[3, 5]], [[4, 4]]])("orthogonal %j: QᵀQ = I on the shorter side", (shape) => {
  const q = orthogonal(Rng.key(1), shape) as tf.Tensor2D;
  expect(q.shape).toEqual(shape);
  const tall = shape[0] >= shape[1];
  assertClose(tf.matMul(q, q, tall, !tall), tf.eye(Math.min(...shape)), { absolute: 1e-5 });
});

test("fans need a matrix", () => {
  expect(() => xavierUniform(Rng.key(1), [3])).toThrow("at least a matrix, got shape [3]");
  expect(() => orthogonal(Rng.key(1), [3])).toThrow("needs a matrix");
});
