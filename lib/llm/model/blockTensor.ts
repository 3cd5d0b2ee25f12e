import { isNative, rawOp, tf } from "../../tensor";
import { isTracing } from "../../tensor/native";
import { noGradient } from "../../tensor/ops/custom";
import { gather } from "../../tensor/ops/gather";
import { dequantise, type GgmlType, ggmlTypes, type TensorBlocks } from "../files";

/**
 * Matrices that stay in memory as the blocks of a GGUF file, 4 to 16 bits a value, and become float32 when they are used. TensorFlow unpacks them, op by op or
 * inside a compiled program. The arithmetic is exact but for one rounding, as the file reader's is: q d has at most 11 + 8 bits, so that nothing is rounded
 * before m is added.
 */

/** The number formats that stay as they are; weights in others (the K formats, and F32) are expanded when they are loaded. */
const KEPT = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "F16", "BF16"] as const satisfies readonly GgmlType[];

/** What a tensor of blocks holds. */
export interface BlockFormat {
  readonly type: (typeof KEPT)[number];
  /** Of its values, [out, in]. */
  readonly shape: readonly [number, number];
}

/** Whether a tensor of a file can stay as it is: a matrix in one of the formats that are unpacked by TensorFlow. */
export function formatOf({ type, shape }: Pick<TensorBlocks, "type" | "shape">): BlockFormat | undefined {
  const kept = KEPT.find((one) => one === type);
  return kept === undefined || shape.length !== 2 ? undefined : { type: kept, shape: [shape[0], shape[1]] };
}

/** The bytes of blocks as int32 words, the last one filled up with zeros. @returns [words] */
export function blockTensor(bytes: Uint8Array): tf.Tensor1D {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return tf.tensor1d(words, "int32");
}

/**
 * The values of blocks.
 * @param after  in a compiled program they are made behind this tensor: TensorFlow would else make those of all layers at once, as soon as it starts
 * @returns [out, in] float32, for the caller to free; no gradient goes through it
 */
export function unpacked(blocks: tf.Tensor, format: BlockFormat, after?: tf.Tensor): tf.Tensor2D {
  return noGradient(() =>
    tf.tidy(() => {
      const [rows, width] = format.shape;
      if (!isNative()) return tf.tensor2d(valuesInJavaScript(blocks, format), [rows, width]);
      const words = after !== undefined && isTracing() ? behind(after, blocks) : blocks;
      return unpackedRows(bytesOf(words, format), format).reshape<tf.Tensor2D>([rows, width]);
    }),
  );
}

/** The same words, but not before x is there: combined with a zero that only its first number tells. */
function behind(x: tf.Tensor, words: tf.Tensor): tf.Tensor {
  const first = tf.slice(x.flatten(), 0, 1);
  return rawOp("BitwiseOr", [words, first.less(Number.NEGATIVE_INFINITY).cast("int32")])[0];
}

/** The values of some rows. @param rows int32, of any shape @returns [.. rows, in] float32; as of `unpacked` */
export function unpackedAt(blocks: tf.Tensor, format: BlockFormat, rows: tf.Tensor): tf.Tensor {
  if (!isNative()) return tf.tidy(() => gather(unpacked(blocks, format), rows));
  return noGradient(() =>
    tf.tidy(() => {
      const [chosen] = rawOp("GatherV2", [bytesOf(blocks, format), rows.flatten(), tf.scalar(0, "int32")]);
      return unpackedRows(chosen, format).reshape([...rows.shape, format.shape[1]]);
    }),
  );
}

function valuesInJavaScript(blocks: tf.Tensor, { type, shape: [rows, width] }: BlockFormat): Float32Array {
  const { blockValues, blockBytes } = ggmlTypes[type];
  const { buffer, byteOffset } = Int32Array.from(blocks.dataSync());
  const bytes = new Uint8Array(buffer, byteOffset, ((rows * width) / blockValues) * blockBytes);
  return dequantise(type, bytes, rows * width);
}

/** @returns [out, bytes of a row] uint8 */
function bytesOf(blocks: tf.Tensor, { type, shape: [rows, width] }: BlockFormat): tf.Tensor {
  const { blockValues, blockBytes } = ggmlTypes[type];
  const rowBytes = (width / blockValues) * blockBytes;
  const bytes = reshaped(bitcast(blocks, "uint8"), [-1]);
  const [own] =
    bytes.size === rows * rowBytes
      ? [bytes]
      : rawOp("Slice", [bytes, tf.tensor1d([0], "int32"), tf.tensor1d([rows * rowBytes], "int32")]);
  return reshaped(own, [rows, rowBytes]);
}

/** @param bytes [rows, bytes of a row] uint8 @returns as many float32 values, of a shape that flattens to [rows in] */
function unpackedRows(bytes: tf.Tensor, { type }: BlockFormat): tf.Tensor {
  if (type === "F16" || type === "BF16") {
    const halves = reshaped(bytes, [-1, 2]);
    return asFloat(bitcast(halves, type === "F16" ? "float16" : "bfloat16"));
  }
  const blocks = reshaped(bytes, [-1, ggmlTypes[type].blockBytes]);
  switch (type) {
    case "Q4_0": {
      const [d, q] = split(blocks, [2, 16]);
      return nibbles(q).sub(8).mul(scaleOf(d)); // y_j = (q - 8) d
    }
    case "Q4_1": {
      const [d, m, q] = split(blocks, [2, 2, 16]);
      return nibbles(q).mul(scaleOf(d)).add(scaleOf(m)); // y_j = q d + m
    }
    case "Q5_0": {
      const [d, h, q] = split(blocks, [2, 4, 16]);
      return nibbles(q).add(fifthBits(h)).sub(16).mul(scaleOf(d)); // y_j = (q + 16 h_j - 16) d
    }
    case "Q5_1": {
      const [d, m, h, q] = split(blocks, [2, 2, 4, 16]);
      return nibbles(q).add(fifthBits(h)).mul(scaleOf(d)).add(scaleOf(m)); // y_j = (q + 16 h_j) d + m
    }
    case "Q8_0": {
      const [d, q] = split(blocks, [2, 32]);
      return asFloat(bitcast(q, "int8")).mul(scaleOf(d)); // y_j = q d
    }
  }
}

/** The lower halves of the bytes, then their upper halves. @param q [n, 16] uint8 @returns [n, 32] */
function nibbles(q: tf.Tensor): tf.Tensor {
  const [low] = rawOp("BitwiseAnd", [q, byte(15)]);
  const [high] = rawOp("RightShift", [q, byte(4)]);
  return tf.concat([asFloat(low), asFloat(high)], 1);
}

/** 16 where bit j is set, else 0. @param h [n, 4] uint8, least significant byte first @returns [n, 32] */
function fifthBits(h: tf.Tensor): tf.Tensor {
  const [places] = rawOp("Cast", [tf.range(0, 8, 1, "int32")], { DstT: { dtype: "uint8" } });
  const [shifted] = rawOp("RightShift", [reshaped(h, [-1, 4, 1]), places]);
  const [bits] = rawOp("BitwiseAnd", [shifted, byte(1)]);
  return asFloat(bits).reshape([-1, 32]).mul(16);
}

/** @param half [n, 2] uint8 @returns [n, 1] */
function scaleOf(half: tf.Tensor): tf.Tensor {
  return asFloat(bitcast(half, "float16")).reshape([-1, 1]);
}

function bitcast(x: tf.Tensor, dtype: "uint8" | "int8" | "float16" | "bfloat16"): tf.Tensor {
  return rawOp("Bitcast", [x], { type: { dtype } })[0];
}

function asFloat(x: tf.Tensor): tf.Tensor {
  return rawOp("Cast", [x], { DstT: { dtype: "float32" } })[0];
}

function byte(value: number): tf.Tensor {
  return rawOp("Cast", [tf.scalar(value, "int32")], { DstT: { dtype: "uint8" } })[0];
}

function split(x: tf.Tensor, sizes: readonly number[]): tf.Tensor[] {
  const inputs = [x, tf.tensor1d([...sizes], "int32"), tf.scalar(1, "int32")];
  return rawOp("SplitV", inputs, { num_split: sizes.length }, sizes.length);
}

/** As `tf.reshape`, of any dtype. */
function reshaped(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return rawOp("Reshape", [x, tf.tensor1d([...shape], "int32")])[0];
}
