import type { Random } from "../../../../data/random";
import { tf } from "../../../../tensor";
import type { Example } from "./examples";
import type { ExampleBatch } from "./model";

/** Lengths are filled up to a multiple of this: so few lengths that each has its own compiled step. */
const LENGTH_STEP = 32;
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
  const longest = Math.max(...examples.map(({ tokens }) => tokens.length - 1));
  const length = Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP;
  const tokens = new Int32Array(examples.length * (length + 1)).fill(padding);
  const weights = new Float32Array(examples.length * length);
  for (const [row, example] of examples.entries()) {
    tokens.set(example.tokens, row * (length + 1));
    // The token at t is predicted from the position before it.
    weights.fill(1, row * length + example.written - 1, row * length + example.tokens.length - 1);
  }
  return {
    tokens: tf.tensor2d(tokens, [examples.length, length + 1], "int32"),
    weights: tf.tensor2d(weights, [examples.length, length]),
  };
}
