import * as tf from "@tensorflow/tfjs";
import { isNative, rawOp } from "./backend";
import { noGradient, sizeOf } from "./ops/custom";
import { statelessBits } from "./rngPhilox";

/** All keys are non-negative: XLA extends the sign of a seed otherwise than TensorFlow's own kernels. */
const KEY_MASK = 0x7fffffff;

/** Keeps the keys that `foldIn` makes apart from those that `split` makes. */
const FOLD_TAG = 0x5eed1e55;

/**
 * Random integers: the lower bits of Philox's output.
 * @param key   [2] int32
 * @param mask  which bits to keep; the result is in [0, mask]
 * @returns int32 of the given shape
 */
export function randomBits(key: tf.Tensor, shape: readonly number[], mask: number): tf.Tensor {
  checkKey(key);
  return noGradient(() =>
    tf.tidy(() => {
      if (!isNative()) {
        const bits = statelessBits(key.dataSync(), sizeOf(shape)).map((word) => word & mask);
        return tf.tensor(bits, [...shape], "int32");
      }
      const size = tf.tensor1d([...shape], "int32");
      const [bits] = rawOp("StatelessRandomUniformFullInt", [size, key], { dtype: { dtype: "int32" } });
      return rawOp("BitwiseAnd", [bits, tf.scalar(mask, "int32")])[0];
    }),
  );
}

/**
 * The key of a seed.
 * @param seed  a whole number in [0, 2^53)
 * @returns [2] int32
 */
export function key(seed: number): tf.Tensor1D {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`Rng.key: the seed ${seed} is no whole number in [0, 2^53).`);
  const low = seed % 2 ** 31;
  return tf.tensor1d([(seed - low) / 2 ** 31, low], "int32");
}

/**
 * Independent keys from one, which must not be used again. The first n are the same whatever the count.
 * @returns `count` keys, [2] int32 each
 */
export function split(from: tf.Tensor, count = 2): tf.Tensor1D[] {
  return noGradient(() => tf.tidy(() => tf.unstack(randomBits(from, [count, 2], KEY_MASK)))) as tf.Tensor1D[];
}

/**
 * The key of one step, row or layer: a different one for every `data`, and again the same for the same.
 * @param data  a whole number in [0, 2^31), or an int32 scalar
 * @returns [2] int32
 */
export function foldIn(from: tf.Tensor, data: number | tf.Tensor): tf.Tensor1D {
  if (typeof data === "number" && !(Number.isInteger(data) && data >= 0 && data < 2 ** 31))
    throw new Error(`Rng.foldIn: ${data} is no whole number in [0, 2^31).`);
  if (typeof data !== "number" && (data.dtype !== "int32" || data.rank !== 0))
    throw new Error(`Rng.foldIn: data must be an int32 scalar, not ${data.dtype} [${data.shape}].`);
  return noGradient(() =>
    tf.tidy(() => {
      const tag = tf.scalar(FOLD_TAG, "int32");
      const salt = typeof data === "number" ? tf.tensor1d([data, FOLD_TAG], "int32") : tf.stack([data, tag]);
      const salted = isNative()
        ? rawOp("BitwiseXor", [randomBits(from, [2], KEY_MASK), salt])[0]
        : xor(randomBits(from, [2], KEY_MASK), salt);
      return randomBits(salted, [2], KEY_MASK);
    }),
  ) as tf.Tensor1D;
}

function xor(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const other = b.dataSync();
  return tf.tensor1d(
    a.dataSync().map((word, i) => word ^ other[i]),
    "int32",
  );
}

function checkKey(candidate: tf.Tensor): void {
  if (candidate.dtype !== "int32" || candidate.shape.join() !== "2")
    throw new Error(`Rng: a key is an int32 tensor [2], not ${candidate.dtype} [${candidate.shape}].`);
}
