import { applyDense, applyEmbedding, type Dense, type Embedding } from "../../nn";
import { tf } from "../../tensor";
import { softplus } from "../../tensor/ops/activations";
import { gather } from "../../tensor/ops/gather";
import type { SequenceInput } from "../batches";
import type { PretrainingViews } from "./s3recViews";
import { type TrainingBatch, weightedMean } from "./sequentialModel";

/** Parameters that the pre-training alone uses, but for the items. */
export interface PretrainingParameters {
  readonly items: Embedding;
  /** [A, d] */
  readonly attributes: Embedding;
  readonly pretraining: {
    readonly associatedAttributes: Dense;
    readonly maskedItem: Dense;
    readonly maskedAttributes: Dense;
    readonly segment: Dense;
  };
}

/** Bidirectional vectors of histories: [B, L, d] of all positions, [B, 1, d] of the last real one. */
export type Encoder = (
  histories: Pick<SequenceInput, "items" | "lengths">,
  read: "last" | "all",
) => tf.Tensor3D;

/** The four losses, each summed over a history and averaged over the batch. */
export interface PretrainingLosses {
  readonly associatedAttributes: tf.Scalar;
  readonly maskedItem: tf.Scalar;
  readonly maskedAttributes: tf.Scalar;
  readonly segment: tf.Scalar;
}

/**
 * S3-Rec's four self-supervised objectives, with h a position's vector in the masked history and one dense layer of each objective:
 *
 *     AAP, MAP  -Σ_a log σ(±(W h) · t_a), + where the position's item has attribute a; at unmasked, at masked positions
 *     MIP       -log σ(σ((W h) · e) - σ((W h) · e')), e the masked item, e' an absent one
 *     SP        the same of the context's last vector with those of the true and of a foreign segment
 *
 * @param flags [V + 1, A]
 * @see S3-Rec, Associated Attribute, Masked Item, Masked Attribute and Segment Prediction; in the form that RecBole gives them
 */
export function pretrainingLosses(
  { items, attributes, pretraining }: PretrainingParameters,
  encode: Encoder,
  { items: history, lengths, weights }: Pick<TrainingBatch, "items" | "lengths" | "weights">,
  views: PretrainingViews,
  flags: tf.Tensor2D,
): PretrainingLosses {
  const hidden = encode({ items: views.masked, lengths }, "all"); // [B, L, d]
  const isMasked = views.masked.notEqual(history).toFloat();
  const isShown = history.greater(tf.scalar(0, "int32")).toFloat().sub(isMasked);
  const meanOverRows = (losses: tf.Tensor) => weightedMean(losses as tf.Tensor1D, weights);
  const summedWhere = (mask: tf.Tensor, losses: tf.Tensor) => meanOverRows(losses.mul(mask).sum(1));

  const truth = gather(flags, history); // [B, L, A]
  const attributeLoss = (layer: Dense) => {
    const rows = applyDense(layer, hidden).reshape<tf.Tensor2D>([history.size, -1]);
    const table = attributes.table as unknown as tf.Tensor2D;
    const logits = tf.matMul(rows, table, false, true).reshape(truth.shape);
    return softplus(logits).sub(logits.mul(truth)).sum(2); // [B, L]
  };
  const look = (ids: tf.Tensor) => applyEmbedding(items, ids, { padding: 0 });
  const forItem = applyDense(pretraining.maskedItem, hidden);

  const segments = [views.context, views.segment, views.foreign];
  const stacked = { items: tf.concat(segments) as tf.Tensor2D, lengths: tf.tile(lengths, [3]) };
  const [context, segment, foreign] = tf.split(encode(stacked, "last").squeeze([1]), 3); // each [B, d]
  const forSegment = applyDense(pretraining.segment, context);

  return {
    associatedAttributes: summedWhere(isShown, attributeLoss(pretraining.associatedAttributes)),
    maskedItem: summedWhere(isMasked, pairwise(forItem, look(history), look(views.negatives))),
    maskedAttributes: summedWhere(isMasked, attributeLoss(pretraining.maskedAttributes)),
    segment: meanOverRows(pairwise(forSegment, segment, foreign)),
  };
}

/** -log σ(σ(x · y) - σ(x · y')). @param x [..., d] @returns [...] */
function pairwise(x: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor): tf.Tensor {
  const similarity = (y: tf.Tensor) => tf.sigmoid(x.mul(y).sum(-1));
  return softplus(similarity(negative).sub(similarity(positive)));
}
