import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { clipByGlobalNorm, sgd } from ".";
import { expectClose } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("clipping by global norm", () => {
  // norm of (3, 4, 12) = 13; at maxNorm 6.5 every gradient is halved: 1.4999998846, 1.9999998462, 5.9999995386
  test("scales all gradients together", () => {
    const { gradients, norm } = clipByGlobalNorm([tf.tensor1d([3, 4]), tf.tensor1d([12])], 6.5);
    expectClose(norm.dataSync(), [13]);
    expectClose(gradients[0].dataSync(), [1.4999998846, 1.9999998462]);
    expectClose(gradients[1].dataSync(), [5.9999995386]);
  });
  test("leaves short gradients as they are", () => {
    const { gradients } = clipByGlobalNorm([tf.tensor1d([3, 4])], 100);
    expect([...gradients[0].dataSync()]).toEqual([3, 4]);
  });
  test("acts inside an optimiser", () => {
    const w = tf.variable(tf.tensor1d([0, 0]));
    sgd({ w }, { learningRate: 1, clipNorm: 1 }).apply([tf.tensor1d([30, 40])]);
    expectClose(w.dataSync(), [-0.6, -0.8]);
  });
  test("refuses a limit that is not positive", () => {
    expect(() => clipByGlobalNorm([tf.scalar(1)], 0)).toThrow("maxNorm");
  });
});
