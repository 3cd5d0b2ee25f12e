import { expect, it } from "vitest";
import { compile, tf } from "..";
import * as Rng from "../rng";
import { assertClose } from "../testing";
import { dropout } from "./dropout";
import { relu, reluDropout } from "./relu";
import { softmaxDropout } from "./softmaxDropout";

type Op = (x: tf.Tensor) => tf.Tensor;

const RATE = 0.3;
const x = Rng.normal(Rng.key(1), [4, 5, 6]);
const weights = Rng.normal(Rng.key(2), x.shape);
const key = Rng.key(3);

/** Each op, and the same op by op. */
const ops: [string, Op, Op][] = [
  ["relu", relu, tf.relu],
  ["reluDropout", (z) => reluDropout(z, RATE, key), (z) => dropout(tf.relu(z), RATE, key)],
  ["softmaxDropout", (z) => softmaxDropout(z, RATE, key), (z) => dropout(tf.softmax(z), RATE, key)],
];

it.each(ops)("%s equals its composition, and so do its first and second derivatives", (_, op, plain) => {
  const loss = (f: Op) => (z: tf.Tensor) => tf.sum(tf.mul(tf.square(f(z)), weights));
  const second = (f: Op) =>
    tf.grad((z: tf.Tensor) => tf.sum(tf.mul(tf.grad(loss(f))(z), weights)) as tf.Tensor);
  for (const of of [(f: Op) => f, (f: Op) => tf.grad(loss(f)), second]) {
    const expected = of(plain)(x);
    expect(tf.max(tf.abs(expected)).dataSync()[0]).toBeGreaterThan(0.1);
    assertClose(of(op)(x), expected, { absolute: 1e-6 });
    const compiled = compile(of(op), { xla: false });
    assertClose(compiled(x), expected, { absolute: 1e-6 });
    compiled.dispose();
  }
});
