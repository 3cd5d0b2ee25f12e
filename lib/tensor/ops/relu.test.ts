import { describe, expect, it } from "vitest";
import { compile, tf } from "..";
import * as Rng from "../rng";
import { assertClose, checkGradients } from "../testing";
import { relu, reluDropout } from "./relu";

const key = Rng.key(3);
/** Away from the kink by more than finite differences reach. */
const x = tf.tensor2d([-2, -0.7, -0.2, 0.3, 0.9, 1.6, 2.5, -1.1], [2, 4]);
const ops: [string, (z: tf.Tensor) => tf.Tensor][] = [
  ["relu", relu],
  ["reluDropout", (z) => reluDropout(z, 0.5, key)],
];

it("is max(x, 0), and its gradient 0 at 0", () => {
  const values = tf.tensor1d([-1.5, -0, 0, 2]);
  assertClose(relu(values), [0, 0, 0, 2]);
  assertClose(tf.grad((z: tf.Tensor) => tf.sum(relu(z)))(values), [0, 0, 0, 1]);
});

describe.each(ops)("%s", (_, op) => {
  const loss = (z: tf.Tensor) => tf.sum(tf.square(op(z))) as tf.Tensor; // so that the second derivative is not 0
  it("has the first and second derivatives of finite differences", () => {
    checkGradients(op, [x]);
    checkGradients((z) => tf.grad(loss)(z), [x]);
    expect(
      tf.max(tf.grad((z: tf.Tensor) => tf.sum(tf.grad(loss)(z)) as tf.Tensor)(x)).dataSync()[0],
    ).toBeGreaterThan(1);
  });
  it("is the same compiled", () => {
    for (const f of [op, tf.grad(loss)]) {
      const compiled = compile(f, { xla: false });
      assertClose(compiled(x), f(x), { absolute: 1e-6 });
      compiled.dispose();
    }
  });
});

describe("with dropout", () => {
  const ones = tf.ones([4000]);
  const kept = reluDropout(ones, 0.25, key);
  it("scales what it keeps, and draws another mask from another key", () => {
    const values = [...kept.dataSync()];
    const count = values.filter((value) => value > 0).length;
    for (const value of new Set(values)) expect([0, Math.fround(4 / 3)]).toContain(value);
    expect(Math.abs(count / 4000 - 0.75)).toBeLessThan(0.03);
    expect([...reluDropout(ones, 0.25, Rng.key(4)).dataSync()]).not.toEqual(values);
  });
  it("drops the same elements from the gradient as from the value", () => {
    assertClose(tf.grad((z: tf.Tensor) => tf.sum(reluDropout(z, 0.25, key)))(ones), kept, { absolute: 1e-6 });
  });
  it("is plain at rate 0, and refuses a rate of 1", () => {
    assertClose(reluDropout(x, 0, key), relu(x));
    expect(() => reluDropout(x, 1, key)).toThrow(/dropout: rate 1 is not in/);
  });
});
