import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose } from "../testing";
import { logSumExp } from "./logSumExp";

const INFINITY = Number.POSITIVE_INFINITY;

describe("logSumExp", () => {
  it("neither overflows nor underflows", () => {
    assertClose(
      logSumExp(
        tf.tensor2d([
          [1000, 1000],
          [-1000, -1000],
        ]),
      ),
      [1000 + Math.LN2, -1000 + Math.LN2],
    );
  });

  it("is the limit for infinities, and its gradient is finite where a limit is", () => {
    const x = tf.tensor2d([
      [-INFINITY, 0],
      [-INFINITY, -INFINITY],
      [INFINITY, 0],
    ]);
    assertClose(logSumExp(x), [0, -INFINITY, INFINITY]);
    const masked = tf.grad((y: tf.Tensor) => tf.sum(logSumExp(y)))(tf.slice(x, 0, 2));
    assertClose(masked, [
      [0, 1],
      [0, 0],
    ]);
  });

  it("keeps the axis if asked to, and counts it from the end", () => {
    expect(logSumExp(tf.zeros([2, 3, 4]), -2).shape).toEqual([2, 4]);
    expect(logSumExp(tf.zeros([2, 3, 4]), 0, true).shape).toEqual([1, 3, 4]);
  });
});
