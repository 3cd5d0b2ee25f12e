import * as tf from "@tensorflow/tfjs";
import { isNative, rawOp } from "../backend";
import { sizeOf, sumToShape, withGradient } from "./custom";

/**
 * Matrix product, batched over the leading axes, which broadcast.
 * @param a  [.., m, k], or [.., k, m] with `transposeA`
 * @param b  [.., k, n], or [.., n, k] with `transposeB`
 * @returns [.., m, n]
 */
export function matMul<T extends tf.Tensor = tf.Tensor>(
  a: tf.Tensor,
  b: tf.Tensor,
  transposeA = false,
  transposeB = false,
): T {
  if (a.rank > 2 && b.rank === 2 && !transposeA) {
    // One matrix for the whole batch: a single product of [batch * m, k], whose gradient needs no sum over the batch.
    const rows = tf.matMul(flatten(a), b, false, transposeB);
    return tf.reshape(rows, [...a.shape.slice(0, -1), rows.shape[1] as number]) as T;
  }
  return product(a, b, transposeA, transposeB) as T;
}

/** tfjs's JavaScript kernel mixes the batches up where both operands broadcast; it gets them at full size. */
function product(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
  if (isNative() && a.rank === 2 && b.rank === 2 && transposeA && !transposeB) return columnProducts(a, b);
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (isNative() || batchA.join() === batchB.join()) return tf.matMul(a, b, transposeA, transposeB);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const full = (x: tf.Tensor) => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  return tf.matMul(full(a), full(b), transposeA, transposeB);
}

/**
 * aᵀ b of [n, m] and [n, k], a weight's gradient. TensorFlow's op for matrices takes an eighth to a quarter less time for it than the batched one, which
 * is tfjs's only one; without the transpose, and with the other, there is no such difference.
 */
function columnProducts(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient({
    inputs: [a, b],
    forward: () => ({ value: rawOp("MatMul", [a, b], { transpose_a: true, transpose_b: false })[0] }),
    backward: (dy, [left, right]) => [product(right, dy, false, true), product(left, dy)],
  });
}

/**
 * x Wᵀ of a few rows and a large matrix of weights, which costs the reading of the weights. Both ways here read them once, in their order; as the right
 * operand of a product they are copied first. The benchmarks `prefill` and `decode` live by it.
 * @param x       [.., k]
 * @param weight  [n, k]
 * @returns [.., n]
 */
export function timesWeights<T extends tf.Tensor = tf.Tensor>(x: tf.Tensor, weight: tf.Tensor): T {
  const rows = flatten(x);
  const count = rows.shape[0];
  if (!isNative() || count > weight.shape[0]) return matMul<T>(x, weight, false, true);
  const forward = (): tf.Tensor =>
    count === 1
      ? rawOp("MatMul", [rows, weight], { transpose_a: false, transpose_b: true })[0]
      : tf.transpose(tf.matMul(weight as tf.Tensor2D, rows, false, true));
  const outputs = withGradient({
    inputs: [rows, weight],
    forward: () => ({ value: forward() }),
    backward: (dy, [left, right]) => [product(dy, right), product(dy, left, true)],
  });
  return tf.reshape(outputs, [...x.shape.slice(0, -1), weight.shape[0]]) as T;
}

/** Repairs tfjs: where batch axes were broadcast, the gradient is summed over them. */
export const matMulGradient: tf.GradConfig = {
  kernelName: "BatchMatMul",
  inputsToSave: ["a", "b"],
  gradFunc: (dy, saved, attributes) => {
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    const gradient = dy as tf.Tensor;
    const { transposeA, transposeB } = attributes as { transposeA?: boolean; transposeB?: boolean };
    return {
      a: () => {
        const full = transposeA
          ? product(b, gradient, transposeB, true)
          : product(gradient, b, false, !transposeB);
        return sumToShape(full, a.shape);
      },
      b: () => {
        const shared = b.rank === 2 && a.rank > 2 && !transposeA;
        const [left, right] = shared ? [flatten(a), flatten(gradient)] : [a, gradient];
        const full = transposeB
          ? product(right, left, true, transposeA)
          : product(left, right, !transposeA, false);
        return sumToShape(full, b.shape);
      },
    };
  },
};

function flatten(x: tf.Tensor): tf.Tensor2D {
  return tf.reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]]);
}
