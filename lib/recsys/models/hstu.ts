import {
  applyDropout,
  applyEmbedding,
  embedding,
  type Initializer,
  type KeyStream,
  keyStream,
  normalInit,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { secondsBetween } from "./eventTimes";
import { applyHstuBlock, hstuBlock, timeBuckets } from "./hstuBlock";
import { cosineLogits, sampledSoftmaxLoss, unitLength } from "./sampledSoftmax";
import { positionWeights, type SequentialModel, selectPositions, withoutPadding } from "./sequentialModel";

/*
 * HSTU: J. Zhai et al., Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for Generative
 * Recommendations, ICML 2024; here as the sequential recommender of its section 4.1.1.
 *
 * Reference code: the authors' (facebookresearch/generative-recommenders), modeling/sequential/hstu.py, features.py,
 * losses/sampled_softmax.py and autoregressive_losses.py.
 *
 * Deviations from the authors' code:
 * - A query is dated by its own event. There it is dated by the event it predicts, so that the model knows the time of prediction,
 *   at the test too; `servingTime` does the same.
 * - The negatives are drawn once a step for all positions, not for each position anew: [B L, 512, d] would not fit the memory.
 *   Where there are no more items than negatives, the softmax is over all items.
 * - The position bias has L weights, for keys 0..L - 1 positions back; there it has 2 L - 1, of which the causal mask hides half.
 */

export interface HstuOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** L: the longest history, which sizes the position tables and divides the attention. */
  readonly windowLength: number;
  /** d; also of U, V, Q and K together for all heads. */
  readonly dimensions?: number;
  readonly blocks?: number;
  readonly heads?: number;
  /** Of the input and of what enters a block's output layer. */
  readonly dropout?: number;
  /** How many items a target is told from in training. */
  readonly negatives?: number;
  /** What cosines are divided by. */
  readonly temperature?: number;
  /** Date a query by the event it predicts, in place of its own: the model then knows the time of prediction. */
  readonly servingTime?: boolean;
  /** Standard deviation of the initial item embedding, projections and biases. */
  readonly initialDeviation?: number;
  /** Trained at every position, or on prefixes. */
  readonly batches?: "prefix" | "position";
}

/** The values of the authors' smaller model for MovieLens-1M, but for the width (50 there) and the negatives (128 there). */
export const HSTU_DEFAULTS = {
  dimensions: 64,
  blocks: 2,
  heads: 1,
  dropout: 0.2,
  negatives: 512,
  temperature: 0.05,
  servingTime: false,
  initialDeviation: 0.02,
  batches: "position",
} as const;

export type HstuParameters = ReturnType<typeof hstuParameters>;

/** No more than two standard deviations from 0. */
function truncatedInit(standardDeviation: number): Initializer {
  return (key, shape) => Rng.truncatedNormal(key, shape, 0, standardDeviation);
}

function hstuParameters(options: Required<HstuOptions>, key: tf.Tensor1D) {
  const { items, windowLength, dimensions, blocks, initialDeviation } = options;
  return tf.tidy(() => {
    const [itemKey, positionKey, ...blockKeys] = Rng.split(key, 2 + blocks);
    const positionInit = truncatedInit(Math.sqrt(1 / dimensions));
    const init = normalInit(initialDeviation);
    return {
      items: embedding({ count: items + 1, dimensions, init: truncatedInit(initialDeviation) }, itemKey),
      positions: embedding({ count: windowLength, dimensions, init: positionInit }, positionKey),
      blocks: blockKeys.map((blockKey) => hstuBlock({ dimensions, windowLength, init }, blockKey)),
    };
  });
}

/** An HSTU with fresh parameters. Its vectors o_n have unit length, and its scores are cosines over the temperature. */
export function hstu(
  options: HstuOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: HstuParameters } {
  const complete = { ...HSTU_DEFAULTS, ...options };
  const { batches, dimensions, temperature } = complete;
  const parameters = hstuParameters(complete, key);
  const { table } = parameters.items;
  const encodeAll = (batch: SequenceInput, keys?: KeyStream) =>
    unitLength(runBlocks(parameters, complete, batch, keys));
  const encode = (batch: SequenceInput, keys?: KeyStream) => {
    const last = batch.lengths.sub<tf.Tensor1D>(tf.scalar(1, "int32"));
    return unitLength(selectPositions(runBlocks(parameters, complete, batch, keys), last) as tf.Tensor2D);
  };
  return {
    name: "HSTU",
    parameters,
    batches,
    encode,
    encodeAll,
    score: (batch) => withoutPadding(cosineLogits(encode(batch), table, temperature)),
    loss(batch, lossKey) {
      const keys = keyStream(lossKey);
      const [outputs, weights] =
        batches === "prefix"
          ? [encode(batch, keys), batch.weights]
          : [encodeAll(batch, keys), positionWeights(batch)];
      return sampledSoftmaxLoss(
        outputs.reshape([-1, dimensions]),
        table,
        batch.targets.flatten(),
        weights.flatten(),
        complete,
        keys.next(),
      );
    },
  };
}

/** The last block's output, [B, L, d]. */
function runBlocks(
  parameters: HstuParameters,
  { dimensions, heads, dropout, servingTime }: Required<HstuOptions>,
  { items, gaps }: SequenceInput,
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const length = items.shape[1];
  const longest = parameters.positions.table.shape[0];
  if (length > longest) {
    throw new Error(`HSTU: histories of ${length} items, but the position table holds ${longest}.`);
  }
  // X = Dropout(√d E[ids] + P)
  const embedded = applyEmbedding(parameters.items, items, { padding: 0 }).mul(Math.sqrt(dimensions));
  const positions = parameters.positions.table.slice([0, 0], [length, -1]);
  const input = applyDropout(embedded.add(positions), dropout, keys) as tf.Tensor3D;
  const buckets = timeBuckets(secondsBetween(gaps, { servingTime }));
  // Padding stands after all that is read, so that the causal mask hides it as well.
  return parameters.blocks.reduce(
    (x, block) => applyHstuBlock(block, x, buckets, { heads, dropoutRate: dropout, keys }),
    input,
  );
}
