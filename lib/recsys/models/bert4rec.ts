import {
  applyDense,
  applyEmbedding,
  applyLayerNorm,
  dense,
  embedding,
  type KeyStream,
  keyStream,
  layerNorm,
  normalInit,
  parameter,
  transformerBlock,
  zeros,
} from "../../nn";
import { tf } from "../../tensor";
import { gelu } from "../../tensor/ops/activations";
import { gather } from "../../tensor/ops/gather";
import { topK } from "../../tensor/ops/topK";
import { where } from "../../tensor/ops/where";
import * as Rng from "../../tensor/rng";
import { itemLogits, nextItemLoss, type SequentialModel, withoutPadding } from "./sequentialModel";
import { positionedInput, runTransformer } from "./transformer";

/*
 * BERT4Rec: F. Sun et al., BERT4Rec: Sequential Recommendation with Bidirectional Encoder Representations from Transformer, CIKM 2019.
 *
 * Reference code: RecBole 1.2.1 (RUCAIBox/RecBole), model/sequential_recommender/bert4rec.py with data/transform.py: the stack of
 * SASRec without the causal mask; a head of a dense layer, GELU and layer norm; scores against the item embedding plus a bias an item.
 *
 * As in RecBole, a row's loss is at its last ⌊maskRatio · L⌋ masked positions (further masked items stay hidden, and count nothing), and the
 * first item of a sequence is never a target: there, an index of 0 marks an empty place.
 *
 * Deviations from RecBole:
 * - A training sequence ends with the item that the batch predicts. RecBole masks the history before it and leaves that item out, so
 *   the last training item of every user is never seen.
 * - To make room for [MASK] or that item, a history loses its oldest item only where it fills the window. RecBole's scores are always
 *   without the oldest item, its training sequences never.
 * - Last block and head are computed at the positions that are read alone. The numbers are the same.
 * - Masks are drawn from the key of the step.
 */

export interface Bert4RecOptions {
  /** V: ids are 1..V, and V + 1 is [MASK]. */
  readonly items: number;
  /** L: the longest sequence, [MASK] included, which sizes the position table. */
  readonly windowLength: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  readonly heads?: number;
  /** Width of the feed-forward network. */
  readonly inner?: number;
  /** Of embeddings, of each sublayer's output, and of attention weights. */
  readonly dropout?: number;
  /** Probability that an item is masked in training. */
  readonly maskRatio?: number;
  /** Probability that a batch masks the last item of each row and no other, as in prediction. */
  readonly lastItemRatio?: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
}

/** The values of RecBole's BERT4Rec.yaml; `lastItemRatio` is its `ft_ratio`. */
export const BERT4REC_DEFAULTS = {
  dimensions: 64,
  blocks: 2,
  heads: 2,
  inner: 256,
  dropout: 0.2,
  maskRatio: 0.2,
  lastItemRatio: 0.5,
  initialDeviation: 0.02,
  epsilon: 1e-12,
} as const;

export type Bert4RecParameters = ReturnType<typeof bert4RecParameters>;

function bert4RecParameters(options: Required<Bert4RecOptions>, key: tf.Tensor1D) {
  const { items, windowLength, dimensions, blocks, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [itemKey, positionKey, outputKey, ...blockKeys] = Rng.split(key, 3 + blocks);
    return {
      items: embedding({ count: items + 2, dimensions, init }, itemKey),
      positions: embedding({ count: windowLength, dimensions, init }, positionKey),
      inputNorm: layerNorm({ dimensions }),
      blocks: blockKeys.map((blockKey) => transformerBlock({ dimensions, inner, init }, blockKey)),
      output: dense({ inputs: dimensions, outputs: dimensions, init }, outputKey),
      outputNorm: layerNorm({ dimensions }),
      itemBias: parameter(zeros, key, [items + 1]),
    };
  });
}

/** A BERT4Rec with fresh parameters. */
export function bert4Rec(
  options: Bert4RecOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: Bert4RecParameters } {
  const complete = { ...BERT4REC_DEFAULTS, ...options };
  if (complete.blocks < 1) throw new Error(`BERT4Rec needs at least one block, got ${complete.blocks}.`);
  const { items: count, dimensions, windowLength } = complete;
  const parameters = bert4RecParameters(complete, key);

  const encode: SequentialModel["encode"] = ({ items, lengths }, keys) => {
    const mask = tf.fill([items.shape[0], 1], count + 1, "int32") as tf.Tensor2D;
    const sequence = appended({ items, lengths }, mask, windowLength);
    return read(parameters, complete, sequence, "last", keys).reshape([-1, dimensions]);
  };
  const logits = (vectors: tf.Tensor2D) => {
    const itemRows = parameters.items.table.slice([0, 0], [count + 1, dimensions]); // [MASK] is no candidate
    return itemLogits(vectors, itemRows).add<tf.Tensor2D>(parameters.itemBias);
  };
  return {
    name: "BERT4Rec",
    parameters,
    batches: "prefix",
    encode,
    score: (batch) => withoutPadding(logits(encode(batch))),
    loss(batch, stepKey) {
      const [maskKey, dropoutKey] = Rng.split(stepKey, 2);
      const sequence = appended(batch, batch.targets.expandDims(1), windowLength);
      const { items, places } = maskItems(sequence, complete, maskKey);
      const masked = { items, lengths: sequence.lengths };
      const vectors = read(parameters, complete, masked, places, keyStream(dropoutKey)); // [B, P, d]
      const targets = gather(sequence.items, places.maximum(tf.scalar(0, "int32")), 1, 1); // [B, P]
      const counted = places.greater(tf.scalar(0, "int32")).toFloat().mul(batch.weights.expandDims(1));
      return nextItemLoss(logits(vectors.reshape([-1, dimensions])), targets.flatten(), counted.flatten());
    },
  };
}

/** Sequences side by side. */
export interface Sequences {
  /** [B, W] int32, padded with 0 on the right */
  readonly items: tf.Tensor2D;
  /** [B] int32 */
  readonly lengths: tf.Tensor1D;
}

/**
 * The sequences with one more item at the end of each. One that has L items already loses its oldest.
 * @param item     [B, 1] int32
 * @param longest  L
 */
function appended({ items, lengths }: Sequences, item: tf.Tensor2D, longest: number): Sequences {
  const [batch, width] = items.shape;
  const isEnd = tf
    .range(0, width + 1, 1, "int32")
    .equal(lengths.expandDims(1))
    .toInt(); // [B, W + 1]
  const longer = tf.concat2d([items, tf.zeros([batch, 1], "int32")], 1).add<tf.Tensor2D>(isEnd.mul(item));
  const one = tf.scalar(1, "int32");
  if (width < longest) return { items: longer, lengths: lengths.add(one) };
  const full = tf.scalar(width, "int32");
  const isFull = lengths.greaterEqual(full).expandDims(1);
  const [withoutOldest, withoutEnd] = [1, 0].map((start) => longer.slice([0, start], [batch, width]));
  return { items: where(isFull, withoutOldest, withoutEnd), lengths: lengths.add(one).minimum(full) };
}

/** Sequences in which [MASK] stands for some items. */
export interface MaskedItems {
  /** [B, W] int32 */
  readonly items: tf.Tensor2D;
  /** [B, P] int32, P = ⌊maskRatio · L⌋: the last P masked positions of each row, last first; -1 where it has fewer. */
  readonly places: tf.Tensor2D;
}

/**
 * Masks each item with probability `maskRatio`; or, with probability `lastItemRatio` and then in the whole batch, the last item of
 * each row alone.
 * @see BERT4Rec, section 3.6 (its Cloze task); RecBole, MaskItemSequence in data/transform.py
 */
export function maskItems(
  { items, lengths }: Sequences,
  {
    items: count,
    windowLength,
    maskRatio,
    lastItemRatio,
  }: Pick<Required<Bert4RecOptions>, "items" | "windowLength" | "maskRatio" | "lastItemRatio">,
  key: tf.Tensor1D,
): MaskedItems {
  const [batch, width] = items.shape;
  const [coinKey, itemKey] = Rng.split(key, 2);
  const [positions, ends, one] = [
    tf.range(0, width, 1, "int32"),
    lengths.expandDims(1),
    tf.scalar(1, "int32"),
  ];
  const isLast = positions.equal(ends.sub(one));
  const isDrawn = Rng.bernoulli(itemKey, maskRatio, [batch, width]).logicalAnd(positions.less(ends));
  const lastAlone = Rng.bernoulli(coinKey, lastItemRatio, [1, 1]);
  const isMasked = lastAlone.logicalAnd(isLast).logicalOr(lastAlone.logicalNot().logicalAnd(isDrawn));

  const most = Math.min(width, Math.max(1, Math.floor(maskRatio * windowLength)));
  const places = topK(isMasked.toInt().mul(positions.add(one)).sub(one), most).values as tf.Tensor2D;
  return { items: where(isMasked, tf.scalar(count + 1, "int32"), items), places };
}

/**
 * LN(GELU(W h + b)) of the last block's outputs at the end of each sequence, [B, 1, d], or at the given places, [B, P, d].
 * @see BERT4Rec, section 3.5
 */
function read(
  parameters: Bert4RecParameters,
  options: Required<Bert4RecOptions>,
  sequence: Sequences,
  places: "last" | tf.Tensor2D,
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const { blocks, output, outputNorm } = parameters;
  const embedded = applyEmbedding(parameters.items, sequence.items, { padding: 0 });
  const input = positionedInput("BERT4Rec", embedded, parameters, options, keys);
  const hidden = runTransformer(blocks, input, sequence, { ...options, read: places, causal: false }, keys);
  return applyLayerNorm(outputNorm, gelu(applyDense(output, hidden)), options.epsilon) as tf.Tensor3D;
}
