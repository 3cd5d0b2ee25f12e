import * as tf from "@tensorflow/tfjs";
import { isNative, rawOp } from "../backend";
import { withGradient } from "./custom";
import { logSumExp } from "./logSumExp";

/**
 * Cross entropy of each row of logits with its label: log(sum(exp(logits))) - logits[label].
 * @param labels  [..] int32, in [0, V)
 * @param logits  [.., V]
 * @returns [..], the loss of each row, in nats
 * @throws where the shapes do not fit. A label out of range is an error or NaN on TensorFlow, as the device has it.
 */
export function softmaxCrossEntropy<T extends tf.Tensor = tf.Tensor>(
  labels: tf.Tensor,
  logits: tf.Tensor,
): T {
  const rowShape = logits.shape.slice(0, -1);
  if (labels.shape.join() !== rowShape.join() || logits.rank === 0)
    throw new Error(`softmaxCrossEntropy: labels [${labels.shape}] do not fit logits [${logits.shape}].`);
  if (labels.dtype !== "int32")
    throw new Error(`softmaxCrossEntropy: labels must be int32, not ${labels.dtype}.`);
  const classes = logits.shape[logits.rank - 1];
  const rows = tf.reshape(logits, [labels.size, classes]);
  const targets = tf.reshape(labels, [labels.size]);
  const loss = withGradient({
    inputs: [rows],
    forward: () => {
      if (!isNative()) return { value: compute(rows, targets), saved: [targets] };
      // One op computes the loss and its gradient, softmax(logits) - oneHot(labels).
      const [value, gradient] = rawOp("SparseSoftmaxCrossEntropyWithLogits", [rows, targets], {}, 2);
      return { value, saved: [targets, gradient] };
    },
    backward: (dy, [input], [labelled, saved]) => {
      const gradient = saved ?? tf.sub(tf.softmax(input), tf.oneHot(labelled, classes));
      return [tf.mul(tf.reshape(dy, [dy.size, 1]), gradient)];
    },
    composed: ([input], [labelled]) => compute(input, labelled),
  });
  return tf.reshape(loss, rowShape) as T;
}

/** [N, V], [N] -> [N] */
function compute(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const chosen = tf.mul(logits, tf.oneHot(targets, logits.shape[1] as number));
  return tf.sub(logSumExp(logits), tf.sum(chosen, -1));
}
