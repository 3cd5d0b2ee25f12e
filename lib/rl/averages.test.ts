import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose } from "../tensor/testing";
import { average } from "./averages";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("averages", () => {
  const values = () => tf.tensor2d([4, 2, 9, 9, 3, 9, 9, 9, 1, 1, 1, 1], [3, 4]);
  const mask = () => tf.tensor2d([1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1], [3, 4]);

  test("sequence: (3 + 3 + 1) / 3; token: 13 / 7; length: 13 / 12", () => {
    assertClose(average(values(), "sequence", { mask: mask() }), 7 / 3);
    assertClose(average(values(), "token", { mask: mask() }), 13 / 7);
    assertClose(average(values(), "length", { mask: mask() }), 13 / 12);
    assertClose(average(values(), "token"), 58 / 12);
  });

  test("rows of weight 0 change nothing", () => {
    const more = tf.concat([values(), tf.fill([2, 4], 50)], 0) as tf.Tensor2D;
    const counted = { mask: tf.concat([mask(), tf.ones([2, 4])], 0) as tf.Tensor2D };
    for (const kind of ["sequence", "token", "length"] as const)
      assertClose(
        average(more, kind, { ...counted, weights: tf.tensor1d([1, 1, 1, 0, 0]) }),
        average(values(), kind, { mask: mask() }),
      );
  });

  test("of nothing it is 0, and a sequence without tokens counts as one", () => {
    for (const kind of ["sequence", "token", "length"] as const)
      assertClose(average(values(), kind, { mask: tf.zeros([3, 4]) }), 0);
    const first = tf.tensor2d([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [3, 4]);
    assertClose(average(values(), "sequence", { mask: first }), 1);
  });

  test("shapes", () => {
    expect(() => average(values(), "token", { weights: tf.ones([2]) })).toThrow(
      "Weights [2] do not fit values [3,4].",
    );
  });
});
