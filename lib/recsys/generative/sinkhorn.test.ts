import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compile, tf } from "../../tensor";
import { assertClose, sampleData } from "../../tensor/testing";
import { sinkhornAssignment, sinkhornAssignmentOf, sinkhornLogPlan } from "./sinkhorn";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("Sinkhorn assignment", () => {
  test("a plan of two points and two codes, worked by hand", () => {
    // Distances 0, 1; 0.2, 1 become -1, 1; -0.6, 1, and exp(-d / ε) with ε = 2 has the cross ratio exp((1 - -1 + -0.6 - 1) / 2) = exp(0.2).
    // Scaling rows and columns leaves the cross ratio as it is; with all sums 1, p² / (1 - p)² = exp(0.2): p = 1 / (1 + exp(-0.1)).
    const p = 1 / (1 + Math.exp(-0.1));
    const plan = sinkhornLogPlan(
      tf.tensor2d([
        [0, 1],
        [0.2, 1],
      ]),
      { epsilon: 2 },
    );
    assertClose(
      plan.exp(),
      [
        [p, 1 - p],
        [1 - p, p],
      ],
      { relative: 1e-4 },
    );
  });

  test("both points are nearest to the first code; the one that loses least goes to the other", () => {
    const distances = [0, 1, 0.2, 1];
    expect([...sinkhornAssignment(tf.tensor2d(distances, [2, 2])).dataSync()]).toEqual([0, 1]);
    expect([...sinkhornAssignmentOf(distances, 2)]).toEqual([0, 1]);
  });

  test("fills all codes alike, compiled and in float64 as well", () => {
    const distances = sampleData([32, 4], 8, 0, 3).map((d, k) => d + (k % 4)); // code 0 is near to nearly all
    const tensor = tf.tensor2d(distances, [32, 4]);
    const options = { epsilon: 0.05, iterations: 40 };
    const assign = compile((d: tf.Tensor2D) => sinkhornAssignment(d, options), { xla: false });
    const codes = [...assign(tensor).dataSync()];
    assign.dispose();
    expect(codes).toEqual([...sinkhornAssignmentOf(distances, 4, options)]);
    const counts = [0, 1, 2, 3].map((code) => codes.filter((c) => c === code).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(10);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(6);
    assertClose(sinkhornLogPlan(tensor, options).exp().sum(0), [8, 8, 8, 8], { relative: 1e-4 });
  });

  test("equal distances give no NaN", () => {
    expect([...sinkhornAssignment(tf.ones([3, 2])).dataSync()]).toEqual([0, 0, 0]);
  });
});
