import { type KeyStream, keyStream } from "../../nn";
import type { ParameterTree } from "../../optim";
import { tf } from "../../tensor";
import { softmaxCrossEntropy } from "../../tensor/ops/softmaxCrossEntropy";
import type { BatchTensors, SequenceInput } from "../batches";

/** A training batch: histories, targets, and a weight a row (0 for the rows that only fill up the last batch). */
export type TrainingBatch = BatchTensors & { readonly weights: tf.Tensor1D };

/** Predicts the next item of a sequence. Item ids are 1..V; 0 is padding. */
export interface SequentialModel {
  readonly name: string;
  /** Every trainable variable. */
  readonly parameters: ParameterTree;
  /** What `loss` expects: one target a row after a prefix (the default), or a target at every position. */
  readonly batches?: "prefix" | "position";
  /** How a step is best compiled; default false: XLA compiles these models for seconds and gains little on a CPU (`npm run bench -- sasrec gru`). */
  readonly xla?: boolean | "auto";
  /** The vector o_n that stands for each history, [B, d]. Without keys: evaluation, no dropout. */
  encode(batch: SequenceInput, keys?: KeyStream): tf.Tensor2D;
  /** Of causal models: the vectors of all positions, [B, L, d]; each sees itself and what stands before it. */
  encodeAll?(batch: SequenceInput, keys?: KeyStream): tf.Tensor3D;
  /** Scores of all items, [B, V + 1]; column 0 (padding) is -∞. */
  score(batch: SequenceInput): tf.Tensor2D;
  /** The training objective on a batch; the key feeds the dropout. */
  loss(batch: TrainingBatch, key: tf.Tensor1D): tf.Scalar;
}

/** What a model of one softmax over all items, tied to its item embedding, has to say for itself. */
export interface TiedModel {
  readonly name: string;
  readonly parameters: ParameterTree;
  readonly batches?: "prefix" | "position";
  /** E [V + 1, d]; row 0 is padding. */
  readonly itemTable: tf.Variable;
  encode(batch: SequenceInput, keys?: KeyStream): tf.Tensor2D;
  /** Of causal models, needed for position batches: the vectors of all positions, [B, L, d]; each sees itself and what stands before it. */
  encodeAll?(batch: SequenceInput, keys?: KeyStream): tf.Tensor3D;
  /** Added to the loss: a regulariser of the parameters. */
  penalty?(): tf.Scalar;
}

/** The model whose logits are o Eᵀ and whose loss is the cross-entropy over all items, as RecBole's `loss_type: CE`. */
export function tiedSoftmaxModel(tied: TiedModel): SequentialModel {
  const { name, parameters, batches = "prefix", itemTable, encode, encodeAll, penalty } = tied;
  if (batches === "position" && encodeAll === undefined) {
    throw new Error(`${name} has no vectors of all positions: train it on prefix batches.`);
  }
  const crossEntropy = (batch: TrainingBatch, keys: KeyStream): tf.Scalar => {
    if (batches === "position" && encodeAll !== undefined) {
      return positionsLoss(encodeAll(batch, keys), itemTable, batch.targets, positionWeights(batch));
    }
    const logits = itemLogits(encode(batch, keys), itemTable);
    return nextItemLoss(logits, batch.targets as tf.Tensor1D, batch.weights);
  };
  return {
    name,
    parameters,
    batches,
    encode,
    encodeAll,
    score: (batch) => withoutPadding(itemLogits(encode(batch), itemTable)),
    loss(batch, key) {
      const loss = crossEntropy(batch, keyStream(key));
      return penalty === undefined ? loss : loss.add(penalty());
    },
  };
}

/**
 * Weighted mean cross-entropy over all positions.
 * @param outputs [B, L, d] @param itemTable [C, d] @param targets [B, L] int32, classes @param weights [B, L]
 */
export function positionsLoss(
  outputs: tf.Tensor3D,
  itemTable: tf.Tensor,
  targets: tf.Tensor,
  weights: tf.Tensor,
): tf.Scalar {
  const rows = outputs.reshape<tf.Tensor2D>([-1, outputs.shape[2]]);
  return nextItemLoss(itemLogits(rows, itemTable), targets.flatten(), weights.flatten());
}

/** [B, L]: the row's weight where a position has a target, else 0. */
export function positionWeights({ targets, weights }: Pick<TrainingBatch, "targets" | "weights">): tf.Tensor {
  return targets.greater(tf.scalar(0, "int32")).toFloat().mul(weights.expandDims(1));
}

/** o Eᵀ: [B, V + 1] from [B, d]. */
export function itemLogits(output: tf.Tensor2D, itemTable: tf.Tensor): tf.Tensor2D {
  return tf.matMul(output, itemTable as tf.Tensor2D, false, true);
}

/** Sets column 0, the padding item, to -∞. @param logits [B, V + 1] */
export function withoutPadding(logits: tf.Tensor2D): tf.Tensor2D {
  const [batch, columns] = logits.shape;
  return tf.concat2d(
    [tf.fill([batch, 1], Number.NEGATIVE_INFINITY), logits.slice([0, 1], [batch, columns - 1])],
    1,
  );
}

/**
 * Weighted mean of -log softmax(logits)[target].
 * @param logits  [N, C]
 * @param targets [N] int32
 * @param weights [N]; rows of weight 0 do not count
 */
export function nextItemLoss(logits: tf.Tensor2D, targets: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  return weightedMean(softmaxCrossEntropy(targets, logits) as tf.Tensor1D, weights);
}

/** Σ w x / max(Σ w, 1e-12). @param values [N] @param weights [N] */
export function weightedMean(values: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  return values.mul(weights).sum().div<tf.Scalar>(tf.maximum(weights.sum(), 1e-12));
}

/**
 * The rows of `sequence` at one position of each batch element. As a product with a one-hot matrix: its gradient is a
 * product too, where a gather's would be a scatter.
 * @param sequence  [B, L, c]
 * @param positions [B] or [B, P] int32; outside 0..L-1: a row of zeros
 * @returns [B, c] or [B, P, c]
 */
export function selectPositions(sequence: tf.Tensor3D, positions: tf.Tensor): tf.Tensor {
  const [batch, length, channels] = sequence.shape;
  const columns = tf.range(0, length, 1, "int32");
  const oneHot = positions.reshape([batch, -1, 1]).equal(columns).toFloat() as tf.Tensor3D; // [B, P, L]
  const rows = tf.matMul(oneHot, sequence);
  return positions.rank === 1 ? rows.reshape([batch, channels]) : rows;
}

/**
 * The state of each row after its last real step. Padding stands on the right: that state has not seen any of it.
 * @param states   [L, B, h], time first, as `applyGru` gives them
 * @param lengths  [B] int32, n
 * @returns [B, h]
 */
export function finalStates(states: tf.Tensor3D, lengths: tf.Tensor1D): tf.Tensor2D {
  const [length, rows, hidden] = states.shape;
  const row = lengths
    .sub(tf.scalar(1, "int32"))
    .mul(tf.scalar(rows, "int32"))
    .add(tf.range(0, rows, 1, "int32"));
  return tf.gather(states.reshape<tf.Tensor2D>([length * rows, hidden]), row.toInt() as tf.Tensor1D);
}
