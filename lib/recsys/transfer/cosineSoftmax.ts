import { type KeyStream, keyStream } from "../../nn";
import type { ParameterTree } from "../../optim";
import { tf } from "../../tensor";
import type { SequenceInput } from "../batches";
import { unitRows } from "../contrastive";
import { nextItemLoss, type SequentialModel } from "../models/sequentialModel";

export interface CosineModel {
  readonly name: string;
  /** What the training moves. */
  readonly parameters: ParameterTree;
  /** τ */
  readonly temperature: number;
  /** The vector of each history, [B, d]. Without keys: evaluation. */
  encode(batch: SequenceInput, keys?: KeyStream): tf.Tensor2D;
  /** The vectors of items 1..V, [V, d]. */
  catalogue(keys?: KeyStream): tf.Tensor2D;
}

/**
 * The model whose logits are the cosines of history and item over τ, and whose loss is the cross-entropy over all items: how UniSRec, VQ-Rec and their
 * like are fine-tuned. The padding is no item of the softmax; in their code it is one.
 */
export function cosineSoftmaxModel(model: CosineModel): SequentialModel {
  const { name, parameters, temperature, encode, catalogue } = model;
  const logits = (batch: SequenceInput, keys?: KeyStream) =>
    tf
      .matMul(unitRows(encode(batch, keys)), unitRows(catalogue(keys)), false, true)
      .div<tf.Tensor2D>(temperature);
  return {
    name,
    parameters,
    batches: "prefix",
    encode,
    score(batch) {
      const scores = logits(batch);
      return tf.concat([tf.fill([scores.shape[0], 1], Number.NEGATIVE_INFINITY), scores], 1) as tf.Tensor2D;
    },
    loss(batch, key) {
      const classes = batch.targets.sub<tf.Tensor1D>(tf.scalar(1, "int32")).toInt() as tf.Tensor1D;
      return nextItemLoss(logits(batch, keyStream(key)), classes, batch.weights);
    },
  };
}
