import { expect } from "vitest";
import { tf } from "../tensor";
import type { Optimizer, ParameterTree } from "./optimizer";

/**
 * Worked numbers. From w = (1, -2, 0.5), b = 0.25, three updates on
 *     loss = Σ w⁴ / 4 + (w₀ b - 1)²
 * The expected values were computed in float64 with torch.optim (2.15), which documents the formula that stands
 * in each optimiser's comment.
 */
export function start(): { w: tf.Variable; b: tf.Variable } {
  return { w: tf.variable(tf.tensor1d([1, -2, 0.5])), b: tf.variable(tf.tensor1d([0.25])) };
}

export function loss({ w, b }: { w: tf.Variable; b: tf.Variable }): tf.Scalar {
  const coupling = w.slice(0, 1).mul(b).sub(1).square().sum();
  return w.square().square().sum().div<tf.Scalar>(4).add(coupling);
}

export function afterThreeSteps(make: (params: ParameterTree) => Optimizer): number[] {
  const params = start();
  const optimizer = make(params);
  for (let step = 0; step < 3; step++) optimizer.step(() => loss(params)).dispose();
  return [...params.w.dataSync(), ...params.b.dataSync()];
}

export function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs(actual[index] - value)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)));
  });
}
