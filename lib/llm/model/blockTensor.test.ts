import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { compile, isNative, tf } from "../../tensor";
import { bytesOfValues, dequantise, type GgmlType, ggmlTypeNames } from "../files";
import { expectSameNumbers } from "../files/testing";
import { type BlockFormat, blockTensor, formatOf, unpacked, unpackedAt } from "./blockTensor";

const KEPT: readonly GgmlType[] = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "F16", "BF16"];
/** An odd number of blocks: the bytes of some formats are no whole words. */
const [ROWS, WIDTH] = [3, 96];

/** Blocks of random bits, but that scales are finite: the exponents of halves, which are among the first four bytes, are not all ones. */
function randomBlocks(type: GgmlType): Uint8Array {
  const random = createRandom(7);
  const bytes = Uint8Array.from({ length: bytesOfValues(type, ROWS * WIDTH) }, () => random.integer(256));
  const values = dequantise(type, bytes, ROWS * WIDTH);
  if (values.every(Number.isFinite)) return bytes;
  return bytes.map((byte) => byte & 0xbf);
}

function subject(type: GgmlType) {
  const bytes = randomBlocks(type);
  const format = formatOf({ type, shape: [ROWS, WIDTH] }) as BlockFormat;
  return { bytes, format, expected: dequantise(type, bytes, ROWS * WIDTH) };
}

const numbers = (tensor: tf.Tensor) => tensor.dataSync() as Float32Array;

describe.each(KEPT)("a matrix in %s", (type) => {
  test("is what the file reader makes of it, bit for bit", () => {
    const { bytes, format, expected } = subject(type);
    const before = tf.memory().numTensors;
    const blocks = blockTensor(bytes);
    const values = unpacked(blocks, format);
    expect(values.shape).toEqual([ROWS, WIDTH]);
    expectSameNumbers(numbers(values), expected);
    tf.dispose([blocks, values]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("gives single rows", () => {
    const { bytes, format, expected } = subject(type);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const rows = unpackedAt(blockTensor(bytes), format, tf.tensor2d([[2, 0]], undefined, "int32"));
      expect(rows.shape).toEqual([1, 2, WIDTH]);
      const [first, third] = [expected.slice(0, WIDTH), expected.slice(2 * WIDTH)];
      expectSameNumbers(numbers(rows), Float32Array.from([...third, ...first]));
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test.runIf(isNative())("is the same in a program of XLA", () => {
    const { bytes, format, expected } = subject(type);
    const blocks = blockTensor(bytes);
    const program = compile((x: tf.Tensor) => unpacked(x, format), { xla: true });
    expectSameNumbers(numbers(program(blocks)), expected);
    expect(program.traces).toBe(1);
    program.dispose();
    blocks.dispose();
  });
});

test("other formats, and vectors, do not stay blocks", () => {
  for (const type of ggmlTypeNames)
    expect(formatOf({ type, shape: [1, 256] }) !== undefined, type).toBe(KEPT.includes(type));
  expect(formatOf({ type: "Q8_0", shape: [32] })).toBeUndefined();
});
