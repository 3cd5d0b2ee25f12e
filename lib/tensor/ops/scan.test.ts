import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose } from "../testing";
import { scan } from "./scan";

describe("scan", () => {
  it("carries trees, sees slices of trees, and stacks trees", () => {
    const xs = { a: tf.tensor1d([1, 2, 3]), b: [tf.tensor1d([10, 20, 30])] };
    const [carry, ys] = scan(
      ({ total, steps }, { a, b }) => {
        const next = { total: tf.add(tf.add(total, a), b[0]), steps: tf.add(steps, 1) };
        return [next, { running: next.total, twice: [tf.mul(a, 2)] }];
      },
      { total: tf.scalar(0) as tf.Tensor, steps: tf.scalar(0) as tf.Tensor },
      xs,
    );
    assertClose(carry.total, 66);
    assertClose(carry.steps, 3);
    assertClose(ys.running, [11, 33, 66]);
    assertClose(ys.twice[0], [2, 4, 6]);
  });

  it("goes backwards, and leaves the outputs in place", () => {
    const step = (carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] => [tf.add(carry, x), carry];
    const [carry, before] = scan(step, tf.scalar(0) as tf.Tensor, tf.tensor1d([1, 2, 3]), { reverse: true });
    assertClose(carry, 6);
    assertClose(before, [5, 3, 0]);
  });

  it("refuses sequences that are empty, or of different lengths", () => {
    const step = (carry: tf.Tensor): [tf.Tensor, tf.Tensor] => [carry, carry];
    expect(() => scan(step, tf.scalar(0) as tf.Tensor, tf.zeros([0, 2]))).toThrow("scan: xs has no step.");
    expect(() => scan(step, tf.scalar(0) as tf.Tensor, { a: tf.zeros([2]), b: tf.zeros([3]) })).toThrow(
      "scan: the tensors of xs differ in length: a [2], b [3].",
    );
  });
});
