import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor, weightedSum } from "../../tensor/testing";
import { gumbelSinkhorn, hardRows, remappedCodes } from "./vqrecRemapping";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const once = { iterations: 1, temperature: 1 };

describe("the relaxed permutation", () => {
  test("one iteration by hand: rows, then columns", () => {
    // exp(W) = [[3, 1], [1, 1]]; rows: [[¾, ¼], [½, ½]]; columns: [[3/5, 1/3], [2/5, 2/3]]
    const logits = tf.tensor3d([Math.log(3), 0, 0, 0], [1, 2, 2]);
    assertClose(gumbelSinkhorn(logits, once).flatten(), [3 / 5, 1 / 3, 2 / 5, 2 / 3]);
    const halved = logits.mul<tf.Tensor3D>(0.5);
    assertClose(gumbelSinkhorn(halved, { iterations: 1, temperature: 0.5 }), gumbelSinkhorn(logits, once));
  });

  test("columns sum to 1, and after many iterations rows do too, in every digit", () => {
    const logits = sampleTensor<tf.Tensor3D>([3, 4, 4], 1, -3, 3);
    assertClose(gumbelSinkhorn(logits, { iterations: 3, temperature: 0.7 }).sum(1), tf.ones([3, 4]));
    assertClose(gumbelSinkhorn(logits, { iterations: 200, temperature: 0.7 }).sum(2), tf.ones([3, 4]), {
      absolute: 1e-4,
    });
  });

  test("noise comes from the key alone, and is Gumbel's: a large digit of equal logits chooses evenly", () => {
    const logits = tf.zeros<tf.Rank.R3>([2, 3, 3]);
    const draw = (seed: number) => gumbelSinkhorn(logits, once, Rng.key(seed)).arraySync();
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const many = gumbelSinkhorn(tf.zeros([3000, 2, 2]), { iterations: 0, temperature: 1 }, Rng.key(3));
    const first = hardRows(many).slice([0, 0, 0], [3000, 1, 1]).mean().dataSync()[0];
    expect(Math.abs(first - 0.5)).toBeLessThan(0.03);
  });

  test("its gradient", () => {
    const options = { iterations: 3, temperature: 0.7 };
    checkGradients((x) => gumbelSinkhorn(x as tf.Tensor3D, options), [sampleTensor([2, 3, 3], 4)]);
    checkGradients(
      (x) => gumbelSinkhorn(x as tf.Tensor3D, options, Rng.key(1)),
      [sampleTensor([2, 3, 3], 5)],
    );
  });
});

describe("the re-mapping", () => {
  test("takes the largest of each row, the first of equals", () => {
    const relaxed = tf.tensor3d([0.2, 0.5, 0.3, 0.6, 0.1, 0.3, 0.4, 0.4, 0.2], [1, 3, 3]);
    assertClose(hardRows(relaxed).flatten(), [0, 1, 0, 1, 0, 0, 1, 0, 0]);
  });

  test("a permutation permutes each digit's own rows", () => {
    const table = sampleTensor<tf.Tensor3D>([2, 3, 4], 1);
    const permutation = [
      [2, 0, 1],
      [0, 2, 1],
    ];
    const logits = tf.tensor3d(
      permutation.map((row) => row.map((k) => [0, 1, 2].map((j) => (j === k ? 8 : 0)))),
    );
    const rows = table.arraySync();
    assertClose(
      remappedCodes(table, logits, { iterations: 3, temperature: 0.7 }),
      permutation.map((order, m) => order.map((k) => rows[m][k])),
    );
  });

  test("its gradient is that of the relaxed permutation in the hard one's place", () => {
    const table = sampleTensor<tf.Tensor3D>([2, 3, 4], 1);
    const logits = sampleTensor<tf.Tensor3D>([2, 3, 3], 2, -2, 2);
    const options = { iterations: 3, temperature: 0.7 };
    const hard = tf.grad((x) => weightedSum(remappedCodes(table, x as tf.Tensor3D, options)))(logits);
    const relaxed = tf.grad((x) => weightedSum(tf.matMul(gumbelSinkhorn(x as tf.Tensor3D, options), table)))(
      logits,
    );
    assertClose(hard, relaxed);
    expect(hard.abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
    // and a row of the table gets the gradients of all that chose it
    const ofTable = tf.grad((x) => remappedCodes(x as tf.Tensor3D, logits, options).sum())(table);
    assertClose(ofTable.mean(2), hardRows(gumbelSinkhorn(logits, options)).sum(1));
  });
});
