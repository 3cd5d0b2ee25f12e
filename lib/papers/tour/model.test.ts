import { describe, expect, it } from "vitest";
import { countParameters, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { checkGradients } from "../../tensor/testing";
import { accuracyOf, type Classifier, classifier, logitsOf, meanLoss } from "./model";

/** h = relu([x + y - 1, x - y]); logits = [h₀ - h₁, 2 h₁ + 1]. */
const byHand = (): Classifier => ({
  activation: "relu",
  layers: [
    {
      weight: tf.variable(
        tf.tensor2d([
          [1, 1],
          [1, -1],
        ]),
      ),
      bias: tf.variable(tf.tensor1d([-1, 0])),
    },
    {
      weight: tf.variable(
        tf.tensor2d([
          [1, 0],
          [-1, 2],
        ]),
      ),
      bias: tf.variable(tf.tensor1d([0, 1])),
    },
  ],
});

describe("a network worked by hand", () => {
  const points = tf.tensor2d([
    [2, 1],
    [0, 3],
    [-1, -1],
  ]);

  it("has the logits of the equations", () => {
    // (2, 1): h = [2, 1]; (0, 3): h = [2, 0]; (-1, -1): h = [0, 0]
    expect(logitsOf(byHand(), points).arraySync()).toEqual([
      [1, 3],
      [2, 1],
      [0, 1],
    ]);
    expect(logitsOf({ ...byHand(), activation: "identity" }, points).arraySync()[2]).toEqual([-3, 1]);
  });

  it("has their loss and accuracy", () => {
    const labels = tf.tensor1d([1, 1, 0], "int32");
    // log(1 + e^(1-3)), log(1 + e^(2-1)), log(1 + e^(1-0))
    const expected = (Math.log1p(Math.exp(-2)) + 2 * Math.log1p(Math.E)) / 3;
    expect(meanLoss(byHand(), { points, labels }).dataSync()[0]).toBeCloseTo(expected, 5);
    expect(accuracyOf(byHand(), { points, labels }).dataSync()[0]).toBeCloseTo(1 / 3, 5);
  });
});

describe("a fresh classifier", () => {
  it("has the layers asked for; without hidden ones it is linear", () => {
    expect(countParameters(classifier({ hidden: [5, 4], activation: "tanh" }, Rng.key(1)).layers)).toBe(
      2 * 5 + 5 + 5 * 4 + 4 + 4 * 2 + 2,
    );
    expect(classifier({ hidden: [], activation: "relu" }, Rng.key(1)).layers).toHaveLength(1);
  });

  it("has gradients that agree with finite differences", () => {
    const model = classifier({ hidden: [3], activation: "tanh" }, Rng.key(2));
    const data = {
      points: Rng.normal<tf.Tensor2D>(Rng.key(3), [6, 2]),
      labels: tf.tensor1d([0, 1, 1, 0, 1, 0], "int32"),
    };
    const [first, second] = model.layers;
    checkGradients(
      (weight) => {
        const moved = { ...model, layers: [{ ...first, weight: weight as tf.Variable }, second] };
        return meanLoss(moved, data);
      },
      [tf.tensor(first.weight.arraySync())],
    );
  });
});
