import type { Random } from "../../../../data/random";
import { tf } from "../../../../tensor";
import type { Example } from "./examples";
import type { ExampleBatch } from "./model";

/** Sequences, and what is to be written of them, are filled up to multiples of these: so few sizes that each has its own compiled step. */
const LENGTH_STEP = 16;
const ROOM_STEP = 32;
/** Batches that are cut from one draw of examples. */
const DRAWN = 8;

/**
 * Batches for ever: examples are shuffled anew in each pass, and some batches' worth are sorted by length before they are cut, so that little is filled up.
 * The last examples of a pass that make no whole batch are left out of it.
 */
export function* exampleBatches(
  examples: readonly Example[],
  batchSize: number,
  random: Random,
): Generator<readonly Example[], never> {
  for (;;) {
    const order = random.shuffle([...examples]);
    for (let from = 0; from + batchSize <= order.length; from += DRAWN * batchSize) {
      const drawn = order
        .slice(from, from + DRAWN * batchSize)
        .sort((a, b) => a.tokens.length - b.tokens.length);
      const batches: Example[][] = [];
      for (let at = 0; at + batchSize <= drawn.length; at += batchSize)
        batches.push(drawn.slice(at, at + batchSize));
      for (const batch of random.shuffle(batches)) yield batch;
    }
  }
}

/** What is filled up has weight 0. */
export function toBatch(examples: readonly Example[], padding: number): ExampleBatch {
  const filledUp = (step: number, of: (example: Example) => number) =>
    Math.ceil(Math.max(...examples.map(of)) / step) * step;
  const length = filledUp(LENGTH_STEP, ({ tokens }) => tokens.length - 1);
  const room = filledUp(ROOM_STEP, ({ tokens, written }) => tokens.length - written);
  const [rows, count] = [examples.length, examples.length * room];
  const inputs = new Int32Array(rows * length).fill(padding);
  const [places, targets, weights] = [new Int32Array(count), new Int32Array(count), new Float32Array(count)];
  for (const [row, { tokens, written }] of examples.entries()) {
    inputs.set(tokens.subarray(0, -1), row * length);
    targets.set(tokens.subarray(written), row * room);
    for (let k = 0; k < tokens.length - written; k++) {
      places[row * room + k] = written + k - 1; // a token is predicted from the position before it
      weights[row * room + k] = 1;
    }
  }
  const matrix = (values: Int32Array, columns: number) => tf.tensor2d(values, [rows, columns], "int32");
  return {
    tokens: matrix(inputs, length),
    places: matrix(places, room),
    targets: matrix(targets, room),
    weights: tf.tensor2d(weights, [rows, room]),
  };
}
