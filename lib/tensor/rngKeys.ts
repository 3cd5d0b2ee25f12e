import * as tf from "@tensorflow/tfjs";
import { isNative, rawOp } from "./backend";
import { noGradient, sizeOf } from "./ops/custom";
import { philoxStream } from "./rngPhilox";

/** The third word of Philox's counter says what a stream is for, so that keys and draws of one key have nothing in common. */
const STREAM_OF_DRAWS = 0;
const STREAM_OF_SPLITS = 1;
const STREAM_OF_FOLDS = 2;

/** TensorFlow's number of Philox4x32-10. */
const PHILOX = 1;

/**
 * The key of a seed.
 * @param seed  a whole number in [0, 2^53)
 * @returns [2] int32
 */
export function key(seed: number): tf.Tensor1D {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`Rng.key: the seed ${seed} is no whole number in [0, 2^53).`);
  return tf.tensor1d([seed | 0, Math.floor(seed / 2 ** 32)], "int32");
}

/**
 * Independent keys from one. The first n are the same whatever the count.
 * @returns `count` keys, [2] int32 each
 */
export function split(from: tf.Tensor, count = 2): tf.Tensor1D[] {
  return untracked(() => tf.unstack(randomWords(from, [count, 2], [STREAM_OF_SPLITS, 0]))) as tf.Tensor1D[];
}

/**
 * The key of one step, row or layer: another one for every `data`, and again the same for the same.
 * @param data  a whole number of 32 bits, or an int32 scalar
 * @returns [2] int32
 */
export function foldIn(from: tf.Tensor, data: number | tf.Tensor): tf.Tensor1D {
  if (typeof data === "number" && data !== (data | 0))
    throw new Error(`Rng.foldIn: ${data} is no whole number of 32 bits.`);
  if (typeof data !== "number" && (data.dtype !== "int32" || data.rank !== 0))
    throw new Error(`Rng.foldIn: data must be an int32 scalar, not ${data.dtype} [${data.shape}].`);
  return untracked(() => randomWords(from, [2], [STREAM_OF_FOLDS, data])) as tf.Tensor1D;
}

/**
 * Random integers: the lower bits of the words that a key draws.
 * @param mask  which bits to keep; the result is in [0, mask]
 * @returns int32 of the given shape
 */
export function randomBits(from: tf.Tensor, shape: readonly number[], mask: number): tf.Tensor {
  return untracked(() => {
    const words = randomWords(from, shape, [STREAM_OF_DRAWS, 0]);
    if (isNative()) return rawOp("BitwiseAnd", [words, tf.scalar(mask, "int32")])[0];
    return tf.tensor(
      words.dataSync().map((word) => word & mask),
      [...shape],
      "int32",
    );
  });
}

/**
 * True with a probability, each element on its own. A word that a key draws serves four elements where the probability is a
 * multiple of 1/256, else two: its bytes or halves, lower ones first, are compared with it.
 * @param probability  in (0, 1]; taken to the nearest multiple of 2^-16 above 0
 * @returns bool of the given shape
 */
export function randomFlags(from: tf.Tensor, shape: readonly number[], probability: number): tf.Tensor {
  const bits = Number.isInteger(probability * 2 ** 8) ? 8 : 16;
  const largest = Math.max(1, Math.round(probability * 2 ** bits)) - 1;
  const size = sizeOf(shape);
  return untracked(() => {
    const words = randomWords(from, [Math.ceil((size * bits) / 32)], [STREAM_OF_DRAWS, 0]);
    if (!isNative()) {
      const Parts = bits === 8 ? Uint8Array : Uint16Array;
      const parts = new Parts(Int32Array.from(words.dataSync()).buffer).slice(0, size);
      return tf.tensor(
        Uint8Array.from(parts, (part) => (part <= largest ? 1 : 0)),
        [...shape],
        "bool",
      );
    }
    const dtype = bits === 8 ? "uint8" : "uint16";
    const [parts] = rawOp("Bitcast", [words], { type: { dtype } });
    const [bound] = rawOp("Cast", [tf.scalar(largest, "int32")], { DstT: { dtype } });
    const flags = tf.reshape(rawOp("LessEqual", [parts, bound])[0], [-1]);
    return tf.reshape(flags.size === size ? flags : tf.slice(flags, 0, size), [...shape]);
  });
}

/**
 * The words of one of a key's streams. TensorFlow's own generator, given the key as it is, draws them: `philoxStream` is its
 * definition. (The older ops that take a seed scramble it first, and XLA does that anew for every element.)
 */
function randomWords(
  from: tf.Tensor,
  shape: readonly number[],
  [stream, data]: readonly [number, number | tf.Tensor],
): tf.Tensor {
  if (from.dtype !== "int32" || from.shape.join() !== "2")
    throw new Error(`Rng: a key is an int32 tensor [2], not ${from.dtype} [${from.shape}].`);
  if (!isNative()) {
    const number = typeof data === "number" ? data : data.dataSync()[0];
    return tf.tensor(philoxStream(from.dataSync(), sizeOf(shape), [stream, number]), [...shape], "int32");
  }
  const counter =
    typeof data === "number"
      ? tf.tensor2d([0, 0, stream, data], [2, 2], "int32")
      : tf.reshape(tf.concat([tf.tensor1d([0, 0, stream], "int32"), tf.reshape(data, [1])]), [2, 2]);
  const inputs = [tf.tensor1d([...shape], "int32"), toUint64(tf.reshape(from, [1, 2])), toUint64(counter)];
  const attributes = { dtype: { dtype: "int32" } } as const;
  return rawOp("StatelessRandomUniformFullIntV2", [...inputs, tf.scalar(PHILOX, "int32")], attributes)[0];
}

/** [n, 2] int32, lower words first -> [n] */
function toUint64(words: tf.Tensor): tf.Tensor {
  return rawOp("Bitcast", [words], { type: { dtype: "uint64" } })[0];
}

function untracked<T extends tf.TensorContainer>(draw: () => T): T {
  return noGradient(() => tf.tidy(draw));
}
