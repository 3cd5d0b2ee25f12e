import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import { cosineLogits, sampledSoftmaxLoss, unitLength } from "./sampledSoftmax";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [N, d, V, temperature] = [4, 3, 9, 0.25];
const outputs = () => unitLength(sampleTensor<tf.Tensor2D>([N, d], 1));
const table = () => sampleTensor<tf.Tensor2D>([V + 1, d], 2);
const targets = () => tf.tensor1d([3, 9, 1, 0], "int32");
const weights = () => tf.tensor1d([1, 2, 0.5, 0]);
const key = () => Rng.key(5);

const loss = (negatives: number, items: tf.Tensor = table()) =>
  sampledSoftmaxLoss(outputs(), items, targets(), weights(), { negatives, temperature }, key());

/** Each row's target against the others given, one by one. */
function reference(others: readonly number[]): number {
  const [o, e] = [outputs().arraySync(), unitLength(table()).arraySync()];
  const logit = (row: number, item: number) =>
    o[row].reduce((sum, value, c) => sum + value * e[item][c], 0) / temperature;
  let [sum, total] = [0, 0];
  const [target, weight] = [targets().dataSync(), weights().dataSync()];
  for (let row = 0; row < N; row++) {
    if (weight[row] === 0) continue;
    const against = others.filter((item) => item !== target[row]).map((item) => Math.exp(logit(row, item)));
    const own = Math.exp(logit(row, target[row]));
    sum -= weight[row] * Math.log(own / (own + against.reduce((a, b) => a + b, 0)));
    total += weight[row];
  }
  return sum / total;
}

describe("sampled softmax", () => {
  test("is the softmax over the target and the items that the key draws; a drawn target does not count", () => {
    const drawn = [...Rng.randint(key(), [7], 1, V + 1).dataSync()];
    expect(drawn.some((item) => item === 3 || item === 9 || item === 1)).toBe(true);
    expect(Math.min(...drawn)).toBeGreaterThan(0);
    assertClose(loss(7), reference(drawn), { absolute: 1e-5 });
  });

  test("is over all items where there are no more than negatives", () => {
    const all = Array.from({ length: V }, (_, i) => i + 1);
    assertClose(loss(V), reference(all), { absolute: 1e-5 });
    assertClose(loss(512), loss(V));
  });

  test.each([V, 7])("gradients with respect to outputs and items, %i negatives", (negatives) => {
    checkGradients(
      (o, e) =>
        sampledSoftmaxLoss(
          unitLength(o) as tf.Tensor2D,
          e,
          targets(),
          weights(),
          { negatives, temperature },
          key(),
        ),
      [sampleTensor([N, d], 1), table()],
      { step: 5e-3, absolute: 3e-3 },
    );
  });

  test("does not depend on the length of a vector, and bears a vector of zeros", () => {
    assertClose(loss(7, table().mul(3)), loss(7), { absolute: 1e-5 });
    assertClose(unitLength(tf.zeros([1, 3])), [[0, 0, 0]]);
    expect(cosineLogits(outputs(), table(), temperature).shape).toEqual([N, V + 1]);
  });
});
