import { applyDense, type Dense, dense, kaimingNormal, xavierNormal } from "../../nn";
import { tf } from "../../tensor";
import { softmaxCrossEntropy } from "../../tensor/ops/softmaxCrossEntropy";
import * as Rng from "../../tensor/rng";
import type { Spirals } from "./spirals";

/** What stands between two layers; `identity` leaves the network linear, however deep. */
export type Activation = "relu" | "tanh" | "identity";

export interface ClassifierOptions {
  /** Widths of the hidden layers; an empty list makes a linear classifier. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
}

/** A multilayer perceptron from the plane to two logits: parameters as a plain tree, and pure functions that take them. */
export interface Classifier {
  readonly activation: Activation;
  readonly layers: readonly Dense[];
}

const activations: Readonly<Record<Activation, (x: tf.Tensor) => tf.Tensor>> = {
  relu: (x) => tf.relu(x),
  tanh: (x) => tf.tanh(x),
  identity: (x) => x,
};

/** A classifier with fresh weights; the key decides them. */
export function classifier({ hidden, activation }: ClassifierOptions, key: tf.Tensor1D): Classifier {
  const widths = [2, ...hidden, 2];
  const init = activation === "relu" ? kaimingNormal : xavierNormal;
  return tf.tidy(() => {
    const keys = Rng.split(key, widths.length - 1);
    const layers = keys.map((layerKey, index) =>
      dense({ inputs: widths[index], outputs: widths[index + 1], init }, layerKey),
    );
    return { activation, layers };
  });
}

/**
 *     h₀ = x;   hₗ = σ(hₗ₋₁ Wₗ + bₗ);   logits = h W + b
 *
 * @param points [B, 2]
 * @returns [B, 2], one logit a class
 */
export function logitsOf({ activation, layers }: Classifier, points: tf.Tensor2D): tf.Tensor2D {
  const last = layers.length - 1;
  return layers.reduce<tf.Tensor>((hidden, layer, index) => {
    const output = applyDense(layer, hidden);
    return index === last ? output : activations[activation](output);
  }, points) as tf.Tensor2D;
}

/** Mean cross-entropy of the labels, in nats: ln 2 = 0.693 for a classifier that knows nothing. */
export function meanLoss(model: Classifier, { points, labels }: Spirals): tf.Scalar {
  return tf.mean(softmaxCrossEntropy(labels, logitsOf(model, points)));
}

/** Share of the points whose larger logit is that of their arm. */
export function accuracyOf(model: Classifier, { points, labels }: Spirals): tf.Scalar {
  return tf.mean(tf.equal(tf.argMax(logitsOf(model, points), 1), labels).toFloat());
}
