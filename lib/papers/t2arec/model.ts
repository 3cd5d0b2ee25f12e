import { type KeyStream, keyStream } from "../../nn";
import type { SequenceInput } from "../../recsys/batches";
import {
  itemLogits,
  nextItemLoss,
  positionsLoss,
  positionWeights,
  type SequentialModel,
  type TrainingBatch,
  withoutPadding,
} from "../../recsys/models/sequentialModel";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { type Encoded, encodeAll, encodedAt, encodeLast, type Refed, refeed, transform } from "./forward";
import { roundTrip, stateLoss, type TimeLoss, type TimeLossOptions, timeLoss } from "./losses";
import {
  type CompleteOptions,
  completeOptions,
  type T2ARecOptions,
  type T2ARecParameters,
  t2aRecParameters,
} from "./parameters";

/*
 * T2ARec: C. Zhang, X. Zhang, T. Shi, J. Xu, J.-R. Wen, Test-Time Alignment with State Space Model for Tracking User Interest
 * Shifts in Sequential Recommendation, RecSys 2025 (arXiv 2504.01489). No official code was found.
 *
 * Time stamps never enter the forward pass: they enter through T in L_time alone.
 *
 * Shortcut: where one position is read, its state is one product (`finalState`) and everything after the state is computed
 * there only. The numbers are those of the full recurrence; prefix training costs O(L s d) a row.
 */

/** How much each loss counts, and what L_time is measured by. */
export interface AlignmentOptions extends TimeLossOptions {
  /** μ₁, of L_time. */
  readonly timeWeight: number;
  /** μ₂, of L_state. */
  readonly stateWeight: number;
}

/** The three losses of a batch and what there is to watch about them. */
export interface Objective {
  /** L_rec + μ₁ L_time + μ₂ L_state (eq. 26) */
  readonly total: tf.Scalar;
  readonly recommendation: tf.Scalar;
  readonly time: tf.Scalar;
  readonly state: tf.Scalar;
  /** Share of the compared pairs whose Δ are in the order of their gaps. */
  readonly ordered: tf.Scalar;
  /** Mean Δ': L_state has a cheap way out, which is to raise it. */
  readonly nextDelta: tf.Scalar;
}

/** The two losses that need no label: a function of history, time stamps and the time of serving. */
export interface Alignment {
  readonly time: TimeLoss;
  readonly state: tf.Scalar;
  readonly nextDelta: tf.Scalar;
}

type Parameters = T2ARecParameters<tf.Tensor>;

export interface T2ARec extends SequentialModel {
  readonly parameters: T2ARecParameters;
  readonly options: CompleteOptions;
  /** μ₁, μ₂ and L_time's settings, as trained with. */
  readonly alignment: AlignmentOptions;
  /** Scores under other parameters, such as those of a test-time step. */
  scoreWith(parameters: Parameters, batch: SequenceInput): tf.Tensor2D;
  /** L_time and L_state of histories, without dropout. */
  align(parameters: Parameters, batch: SequenceInput, weights?: tf.Tensor1D): Alignment;
  /** All losses of a training batch. */
  objective(batch: TrainingBatch, key: tf.Tensor1D): Objective;
}

export interface T2ARecTraining {
  readonly alignment: AlignmentOptions;
  /**
   * `prefix`: each case is a prefix and its next item, as RecBole trains. `position`: cross-entropy at all positions of a window in
   * one pass, the two alignment losses at one random cut of it; about ten times cheaper an epoch, and a deviation.
   */
  readonly batches?: "prefix" | "position";
}

/** A T2ARec with fresh parameters. */
export function t2aRec(
  architecture: T2ARecOptions,
  { alignment, batches = "prefix" }: T2ARecTraining,
  key: tf.Tensor1D,
): T2ARec {
  const options = completeOptions(architecture);
  const parameters = t2aRecParameters(options, key);

  /** o_n and its company for whole rows. */
  function read(under: Parameters, batch: SequenceInput, keys?: KeyStream): Encoded {
    return encodeLast(
      under,
      options,
      transform(under, options, batch.items, keys),
      lastPosition(batch.items),
      keys,
    );
  }

  function scoreWith(under: Parameters, batch: SequenceInput): tf.Tensor2D {
    return withoutPadding(itemLogits(read(under, batch).output, under.items.table));
  }

  function alignEncoded(
    under: Parameters,
    encoded: Encoded,
    refed: Refed,
    { gaps, lengths }: Pick<SequenceInput, "gaps" | "lengths">,
    weights: tf.Tensor1D,
  ): Alignment {
    const delta = options.padding === "right" ? encoded.delta : shiftedLeft(encoded.delta, lengths);
    const { back } = roundTrip(under, options, encoded, refed);
    return {
      time: timeLoss({ delta, nextDelta: refed.delta, gaps, lengths, weights }, alignment),
      state: stateLoss(encoded.state, back, refed.delta, weights),
      nextDelta: refed.delta.mean(),
    };
  }

  function align(under: Parameters, batch: SequenceInput, weights?: tf.Tensor1D): Alignment {
    const encoded = read(under, batch);
    const ones = weights ?? (tf.ones([batch.items.shape[0]]) as tf.Tensor1D);
    return alignEncoded(under, encoded, refeed(under, options, encoded), batch, ones);
  }

  function objective(batch: TrainingBatch, batchKey: tf.Tensor1D): Objective {
    const keys = keyStream(batchKey);
    const { recommendation, encoded, lengths } =
      batches === "prefix" ? prefixLoss(batch, keys) : positionLoss(batch, keys);
    const refed = refeed(parameters, options, encoded);
    const { time, state, nextDelta } = alignEncoded(
      parameters,
      encoded,
      refed,
      { gaps: batch.gaps, lengths },
      batch.weights,
    );
    // L = L_rec + μ₁ L_time + μ₂ L_state (eq. 26); a loss of weight 0 is left out of the graph's gradient
    const terms = [recommendation];
    if (alignment.timeWeight !== 0) terms.push(time.loss.mul(alignment.timeWeight));
    if (alignment.stateWeight !== 0) terms.push(state.mul(alignment.stateWeight));
    return {
      total: tf.addN(terms),
      recommendation,
      time: time.loss,
      state,
      ordered: time.ordered,
      nextDelta: nextDelta as tf.Scalar,
    };
  }

  interface Read {
    recommendation: tf.Scalar;
    encoded: Encoded;
    lengths: tf.Tensor1D;
  }

  /** Cross-entropy of the item after the prefix (eq. 10). */
  function prefixLoss(batch: TrainingBatch, keys: KeyStream): Read {
    const encoded = read(parameters, batch, keys);
    const logits = itemLogits(encoded.output, realItems());
    const recommendation = nextItemLoss(logits, targetClasses(batch.targets) as tf.Tensor1D, batch.weights);
    return { recommendation, encoded, lengths: batch.lengths };
  }

  /** Mean cross-entropy over all positions of the rows; the rows as read up to a random cut. */
  function positionLoss(batch: TrainingBatch, keys: KeyStream): Read {
    const [rows] = batch.items.shape;
    const transformed = transform(parameters, options, batch.items, keys);
    const outputs = encodeAll(parameters, options, transformed, keys);
    const recommendation = positionsLoss(
      outputs,
      realItems(),
      targetClasses(batch.targets),
      positionWeights(batch),
    );
    // A cut after 1..n items of each row
    const share = Rng.uniform(keys.next(), [rows]);
    const drawn = tf
      .floor(share.mul(batch.lengths.toFloat()))
      .toInt()
      .minimum(batch.lengths.sub(tf.scalar(1, "int32")));
    const lengths = drawn.add<tf.Tensor1D>(tf.scalar(1, "int32"));
    const encoded = encodedAt(parameters, options, transformed, outputs, drawn.toInt() as tf.Tensor1D);
    return { recommendation, encoded, lengths };
  }

  /** The rows of E that are items: the padding row is not a class of the softmax. */
  function realItems(): tf.Tensor {
    return parameters.items.table.slice([1, 0], [options.items, options.dimensions]);
  }

  return {
    name: "T2ARec",
    parameters,
    options,
    alignment,
    batches,
    encode: (batch, keys) => read(parameters, batch, keys).output,
    score: (batch) => scoreWith(parameters, batch),
    loss: (batch, batchKey) => objective(batch, batchKey).total,
    scoreWith,
    align,
    objective,
  };
}

/** Column of the last real item of each row, wherever the padding stands. @param items [B, L] @returns [B] int32 */
export function lastPosition(items: tf.Tensor2D): tf.Tensor1D {
  const columns = tf.range(0, items.shape[1], 1, "int32");
  const real = items.greater(tf.scalar(0, "int32")).toInt();
  return real.mul(columns).max(1).toInt() as tf.Tensor1D;
}

/** Class c of the softmax over real items is item c + 1; the 0 of a masked position becomes class 0, of weight 0. */
function targetClasses(items: tf.Tensor): tf.Tensor {
  return tf.relu(items.sub(tf.scalar(1, "int32"))).toInt();
}

/** Left-padded rows moved to the left: column j of the result is column j + L - n. @param rows [B, L] */
function shiftedLeft(rows: tf.Tensor2D, lengths: tf.Tensor1D): tf.Tensor2D {
  const [batch, length] = rows.shape;
  const columns = tf.range(0, length, 1, "int32");
  const source = columns.add(tf.scalar(length, "int32").sub(lengths.expandDims(1))); // [B, L]
  const inside = source.less(tf.scalar(length, "int32")).toFloat();
  const flat = source
    .minimum(tf.scalar(length - 1, "int32"))
    .add(tf.range(0, batch * length, length, "int32").expandDims(1))
    .toInt();
  return tf.gather(rows.flatten(), flat).mul(inside);
}
