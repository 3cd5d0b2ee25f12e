import {
  applyDense,
  applyDropout,
  applyEmbedding,
  applyLayerNorm,
  dense,
  embedding,
  type KeyStream,
  layerNorm,
  normalInit,
  transformerBlock,
} from "../../nn";
import { tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import * as Rng from "../../tensor/rng";
import { attributeTensor, type ItemAttributes } from "../attributes";
import type { SequenceInput } from "../batches";
import { type SequentialModel, tiedSoftmaxModel } from "./sequentialModel";
import { positionedInput, runTransformer } from "./transformer";

/*
 * FDSA: T. Zhang et al., Feature-level Deeper Self-Attention Network for Sequential Recommendation, IJCAI 2019.
 *
 * Reference code: RecBole 1.2.1 (RUCAIBox/RecBole), model/sequential_recommender/fdsa.py: two stacks as SASRec's, of item ids and of
 * pooled attributes; a dense layer joins their outputs; cross-entropy over all items. As there, both stacks share the position
 * embedding, and one layer norm serves both inputs and the output.
 *
 * Deviations from RecBole:
 * - The attention network pools all attributes of an item, however many, as the paper's vanilla attention does. In RecBole it weighs
 *   fields, and of the values of one field (the genres of a film) the mean is taken before. Where each field has one value, the two
 *   are the same.
 * - An item without attributes has a vector of zeros.
 * - Only the last real position is read of prefix batches: the last blocks compute their query alone. The numbers are the same.
 */

export interface FdsaOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** What each item has, e.g. `itemAttributes(dataset)`. */
  readonly attributes: ItemAttributes;
  /** L: the longest history, which sizes the position table. */
  readonly windowLength: number;
  /** d. */
  readonly dimensions?: number;
  /** Of each stack. */
  readonly blocks?: number;
  readonly heads?: number;
  /** Width of the feed-forward networks. */
  readonly inner?: number;
  /** Of inputs and output, of each sublayer's output, and of attention weights. */
  readonly dropout?: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
  /** RecBole trains on prefixes; `position` trains on all positions of a window in one pass. */
  readonly batches?: "prefix" | "position";
}

/** The values of RecBole's FDSA.yaml. */
export const FDSA_DEFAULTS = {
  dimensions: 64,
  blocks: 2,
  heads: 2,
  inner: 256,
  dropout: 0.5,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  batches: "prefix",
} as const;

export type FdsaParameters = ReturnType<typeof fdsaParameters>;

function fdsaParameters(options: Required<FdsaOptions>, key: tf.Tensor1D) {
  const { items, attributes, windowLength, dimensions, blocks, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  const stack = (keys: readonly tf.Tensor1D[]) =>
    keys.map((blockKey) => transformerBlock({ dimensions, inner, init }, blockKey));
  return tf.tidy(() => {
    const [itemKey, positionKey, attributeKey, hiddenKey, scoreKey, outputKey, ...blockKeys] = Rng.split(
      key,
      6 + 2 * blocks,
    );
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      positions: embedding({ count: windowLength, dimensions, init }, positionKey),
      norm: layerNorm({ dimensions }),
      attributes: embedding({ count: attributes.names.length, dimensions, init }, attributeKey),
      pooling: {
        hidden: dense({ inputs: dimensions, outputs: dimensions, init }, hiddenKey),
        score: dense({ inputs: dimensions, outputs: 1, init }, scoreKey),
      },
      itemBlocks: stack(blockKeys.slice(0, blocks)),
      attributeBlocks: stack(blockKeys.slice(blocks)),
      output: dense({ inputs: 2 * dimensions, outputs: dimensions, init }, outputKey),
    };
  });
}

/** An FDSA with fresh parameters. */
export function fdsa(
  options: FdsaOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: FdsaParameters } {
  const complete = { ...FDSA_DEFAULTS, ...options };
  if (complete.blocks < 1) throw new Error(`FDSA needs at least one block a stack, got ${complete.blocks}.`);
  tf.tidy(() => attributeTensor(complete.attributes, complete.items)); // complains now, not in the first step
  const parameters = fdsaParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "FDSA",
    parameters,
    itemTable: parameters.items.table,
    batches: complete.batches,
    encode: (batch, keys) =>
      runStacks(parameters, complete, batch, "last", keys).reshape([-1, complete.dimensions]),
    encodeAll: (batch, keys) => runStacks(parameters, complete, batch, "all", keys),
  });
  return { ...model, parameters };
}

/** The joined stacks' output at the last real position, [B, 1, d], or at all of them, [B, L, d]. */
function runStacks(
  parameters: FdsaParameters,
  options: Required<FdsaOptions>,
  batch: SequenceInput,
  read: "last" | "all",
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const { positions, norm, itemBlocks, attributeBlocks, output } = parameters;
  const { items, attributes, dropout, epsilon } = options;
  const run = (vectors: tf.Tensor, blocks: typeof itemBlocks) => {
    const input = positionedInput("FDSA", vectors, { positions, inputNorm: norm }, options, keys);
    return runTransformer(blocks, input, batch, { ...options, read, causal: true }, keys);
  };
  const fromItems = run(applyEmbedding(parameters.items, batch.items, { padding: 0 }), itemBlocks);
  const flags = gather<tf.Tensor3D>(attributeTensor(attributes, items), batch.items); // [B, L, A]
  const fromAttributes = run(pooledAttributes(parameters, flags), attributeBlocks);
  // O = Dropout(LN(W [O_items; O_attributes] + b))
  const joined = applyDense(output, tf.concat([fromItems, fromAttributes], 2));
  return applyDropout(applyLayerNorm(norm, joined, epsilon), dropout, keys) as tf.Tensor3D;
}

/**
 * Σ_a α_a T_a over the attributes of each item, α = softmax of w · ReLU(W T_a + b) + c among them.
 * @param flags [B, L, A], 1 where an item has an attribute
 * @returns [B, L, d]; zeros where there is none
 * @see FDSA, the vanilla attention of its feature-based block; the form of the network is RecBole's
 */
export function pooledAttributes(
  { attributes, pooling }: Pick<FdsaParameters, "attributes" | "pooling">,
  flags: tf.Tensor3D,
): tf.Tensor3D {
  const [batch, length, count] = flags.shape;
  // An attribute's score does not depend on the item: one for each serves all.
  const scores = applyDense(pooling.score, tf.relu(applyDense(pooling.hidden, attributes.table)));
  const masked = scores.reshape([count]).add(flags.sub(1).mul(1e9));
  const weights = tf.softmax(masked).mul(flags); // the product empties the rows of items that have none
  const pooled = tf.matMul(
    weights.reshape<tf.Tensor2D>([-1, count]),
    attributes.table as unknown as tf.Tensor2D,
  );
  return pooled.reshape([batch, length, -1]);
}
