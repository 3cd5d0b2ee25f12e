import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose } from "../tensor/testing";
import { clippedSurrogate, logRatio } from "./clippedSurrogate";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const column = (...values: number[]) => tf.tensor2d(values, [values.length, 1]);

describe("the clipped surrogate", () => {
  const ratios = [1.5, 1.1, 0.5, 1.5, 0.9, 0.5, 4];
  const signs = [1, 1, 1, -1, -1, -1, -1];
  const A = () => tf.tensor1d(signs.map((sign) => 2 * sign));
  const logs = () => column(...ratios.map(Math.log));

  test("cases of both signs, and their gradients", () => {
    const { values, isClipped } = clippedSurrogate(logs(), A(), { epsilon: 0.2 });
    assertClose(values, column(2.4, 2.2, 1, -3, -1.8, -1.6, -8));
    expect([...isClipped.dataSync()]).toEqual([1, 0, 0, 0, 0, 1, 0]);
    const gradient = tf.grad((x) => clippedSurrogate(x as tf.Tensor2D, A(), { epsilon: 0.2 }).values.sum())(
      logs(),
    );
    // d(ρ A) / d log ρ = ρ A, and 0 where A > 0 and ρ = 1.5, or A < 0 and ρ = 0.5
    assertClose(gradient, column(0, 2.2, 1, -3, -1.8, 0, -8));
  });

  test("a higher upper bound", () => {
    const { values, isClipped } = clippedSurrogate(logs(), A(), { epsilon: 0.2, epsilonHigh: 0.6 });
    assertClose(values, column(3, 2.2, 1, -3, -1.8, -1.6, -8));
    expect([...isClipped.dataSync()]).toEqual([0, 0, 0, 0, 0, 1, 0]);
  });

  test("the dual bound holds only where A < 0 and ρ > 3", () => {
    const options = { epsilon: 0.2, dualClip: 3 };
    const { values, isDualClipped } = clippedSurrogate(logs(), A(), options);
    assertClose(values, column(2.4, 2.2, 1, -3, -1.8, -1.6, -6));
    expect([...isDualClipped.dataSync()]).toEqual([0, 0, 0, 0, 0, 0, 1]);
    const gradient = tf.grad((x) => clippedSurrogate(x as tf.Tensor2D, A(), options).values.sum())(logs());
    assertClose(gradient, column(0, 2.2, 1, -3, -1.8, 0, 0));
    const positive = clippedSurrogate(column(Math.log(4)), tf.tensor1d([2]), options);
    assertClose(positive.values, [[2.4]]);
    expect([...positive.isDualClipped.dataSync()]).toEqual([0]);
  });

  test("a far ratio stays finite", () => {
    const far = logRatio(column(0, -500), column(-500, 0));
    assertClose(far, column(20, -20));
    const loss = (x: tf.Tensor) =>
      clippedSurrogate(logRatio(x as tf.Tensor2D, column(-500)), tf.tensor1d([-1]), {
        epsilon: 0.2,
      }).values.sum();
    expect([...tf.grad(loss)(column(0)).dataSync()]).toEqual([0]);
  });

  test("errors", () => {
    const of = (options: Parameters<typeof clippedSurrogate>[2]) => () =>
      clippedSurrogate(logs(), A(), options);
    expect(of({ epsilon: 0 })).toThrow("epsilon must be in (0, 1), not 0.");
    expect(of({ epsilon: 0.2, epsilonHigh: -1 })).toThrow("epsilonHigh must be positive, not -1.");
    expect(of({ epsilon: 0.2, dualClip: 1 })).toThrow("dualClip must be above 1, not 1.");
    expect(() => clippedSurrogate(logs(), tf.ones([3]), { epsilon: 0.2 })).toThrow(
      "Advantages [3] do not fit log-ratios [7,1].",
    );
  });
});
