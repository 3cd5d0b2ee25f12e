import { describe, expect, it } from "vitest";
import { Rng, tf } from "..";
import { assertClose } from "../testing";
import { concat } from "./concat";
import { dropout } from "./dropout";
import { oneHot } from "./oneHot";
import { round } from "./piecewise";
import { stopGradient, straightThrough } from "./stopGradient";
import { where } from "./where";

describe("stopGradient and straightThrough", () => {
  const x = tf.tensor1d([0.4, 1.6]);

  it("cuts the gradient, and keeps the value", () => {
    assertClose(stopGradient(x), x);
    assertClose(tf.grad((y: tf.Tensor) => tf.sum(tf.mul(stopGradient(y), y)))(x), x);
  });

  it("has no gradient where everything is cut", () => {
    expect(() => tf.grad((y: tf.Tensor) => tf.sum(stopGradient(y)))(x)).toThrow(/Cannot compute gradient/);
  });

  it("takes the hard value, and passes the gradient to the soft one", () => {
    assertClose(straightThrough(x, round(x)), [0, 2]);
    assertClose(tf.grad((y: tf.Tensor) => tf.sum(tf.square(straightThrough(y, round(y)))))(x), [0, 4]);
    expect(() => straightThrough(x, tf.scalar(1))).toThrow(/soft is \[2\] and hard is \[\]/);
  });
});

describe("where", () => {
  it("keeps the gradient finite where the branch not taken has none", () => {
    const safeLog = (x: tf.Tensor) => tf.sum(where(tf.greater(x, 0), tf.log(x), x));
    assertClose(tf.grad(safeLog)(tf.tensor1d([2, -1])), [0.5, 1]);
    const infinite = (x: tf.Tensor) =>
      tf.sum(tf.where(tf.greater(x, 0), x, tf.mul(x, 2)).mul(1e38).mul(1e38));
    expect(
      Array.from(
        tf
          .grad(infinite)(tf.tensor1d([2]))
          .dataSync(),
      ),
    ).toEqual([Number.POSITIVE_INFINITY]);
  });

  it("takes numbers of the other branch's dtype", () => {
    const chosen = where(tf.tensor1d([true, false]), tf.tensor1d([5, 6], "int32"), -1);
    expect([chosen.dtype, Array.from(chosen.dataSync())]).toEqual(["int32", [5, -1]]);
    assertClose(where(tf.tensor1d([true, false]), 2, 3), [2, 3]);
  });
});

describe("concat", () => {
  it("says which tensors do not fit", () => {
    expect(() => concat([])).toThrow("concat: there is nothing to join.");
    expect(() => concat([tf.zeros([2]), tf.zeros([2, 1])])).toThrow(/float32 \[2\], float32 \[2,1\]/);
    expect(() => concat([tf.zeros([2]), tf.zeros([2], "int32")])).toThrow(/float32 \[2\], int32 \[2\]/);
  });
});

describe("oneHot", () => {
  it("leaves out-of-range rows empty, in any dtype", () => {
    const rows = oneHot(tf.tensor1d([1, -1, 2], "int32"), 2, "int32");
    expect([rows.dtype, Array.from(rows.dataSync())]).toEqual(["int32", [0, 1, 0, 0, 0, 0]]);
  });
});

describe("dropout", () => {
  const x = tf.ones([100, 100]);

  it("keeps the mean, and the share it should", () => {
    const y = dropout(x, 0.3, Rng.key(1));
    expect(Math.abs(tf.mean(y).dataSync()[0] - 1)).toBeLessThan(0.03);
    expect(Math.abs(tf.mean(tf.cast(tf.equal(y, 0), "float32")).dataSync()[0] - 0.3)).toBeLessThan(0.02);
  });

  it("drops the same elements with the same key, and the gradient's with them", () => {
    const y = dropout(x, 0.5, Rng.key(2));
    assertClose(tf.grad((z: tf.Tensor) => tf.sum(dropout(z, 0.5, Rng.key(2))))(x), y);
    expect(tf.max(tf.abs(tf.sub(y, dropout(x, 0.5, Rng.key(3))))).dataSync()[0]).toBe(2);
  });

  it("is the identity at rate zero, and refuses what is no rate", () => {
    expect(dropout(x, 0, Rng.key(1))).toBe(x);
    for (const rate of [1, -0.1, Number.NaN])
      expect(() => dropout(x, rate, Rng.key(1))).toThrow(/is not in \[0, 1\)/);
  });
});

describe("casts and comparisons", () => {
  it("stop the gradient of integers, and pass that of booleans on as zero", () => {
    const f = (x: tf.Tensor) => tf.sum(tf.mul(x, tf.cast(tf.cast(x, "bool"), "float32")));
    assertClose(tf.grad(f)(tf.tensor1d([2, 0])), [1, 0]);
  });
});
