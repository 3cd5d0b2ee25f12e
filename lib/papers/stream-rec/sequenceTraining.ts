import { keyStream } from "../../nn/dropout";
import { adamW, type Schedule } from "../../optim";
import { decode, encode } from "../../recsys/generative/t5";
import type { T5 } from "../../recsys/generative/t5Parameters";
import type { SequentialDataset } from "../../recsys/sequences";
import { compile, softmaxCrossEntropy, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { type EpochsOptions, runEpochs, type Training } from "./epochs";
import { type HistoryOptions, historyTokens } from "./historyBatches";
import type { StreamTokens } from "./tokens";
import type { TraceTargets } from "./traceTargets";

/** Histories, and what is to be written after them. */
export type SequenceBatch = {
  /** [B, P] int32, padded with 0 */
  readonly histories: tf.Tensor2D;
  /** [B, T] int32: the start token, then all labels but the last. */
  readonly inputs: tf.Tensor2D;
  /** [B, T] int32 */
  readonly labels: tf.Tensor2D;
  /** [B, T]: 1 where a label counts; 0 at padding, and in rows that only fill up the batch. */
  readonly mask: tf.Tensor2D;
};

/**
 * L = -Σ_t log P(y_t | y_<t, x) over all tokens of the batch that count, divided by how many they are.
 * @param key  of the dropout; absent: evaluation
 * @see STREAM-Rec, L_pre, which has the sum
 */
export function sequenceLoss(
  model: T5<tf.Tensor>,
  { histories, inputs, labels, mask }: SequenceBatch,
  key?: tf.Tensor1D,
): tf.Scalar {
  const keys = key && keyStream(key);
  const logits = decode(model, inputs, encode(model, histories, keys), keys);
  const losses = softmaxCrossEntropy<tf.Tensor2D>(labels, logits);
  return losses.mul(mask).sum().div<tf.Scalar>(mask.sum().maximum(1));
}

/** A batch as tensors. Dispose of them, or make them inside `tf.tidy`. @param real how many rows count; default: all */
export function sequenceTensors(
  histories: Int32Array,
  { size, length, inputs, labels, mask }: TraceTargets,
  real = size,
): SequenceBatch {
  const counted = mask.slice();
  counted.fill(0, real * length);
  return {
    histories: tf.tensor2d(histories, [size, histories.length / size], "int32"),
    inputs: tf.tensor2d(inputs, [size, length], "int32"),
    labels: tf.tensor2d(labels, [size, length], "int32"),
    mask: tf.tensor2d(counted, [size, length]),
  };
}

export interface OptimiserOptions {
  readonly learningRate: number | Schedule;
  /** λ of AdamW, of all parameters. Default 0.05. */
  readonly weightDecay?: number;
  /** Of the gradient's global norm. Default 1. */
  readonly clipNorm?: number;
}

export interface SequenceTrainingOptions extends EpochsOptions, OptimiserOptions, HistoryOptions {}

/**
 * Trains a T5 to write what `targets` makes of cases, with AdamW. Forward, backward and update are one compiled step.
 * @param name     for messages
 * @param targets  rows of the same length in every batch
 */
export async function trainSequences(
  name: string,
  model: T5,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  targets: (cases: Int32Array, epoch: number) => TraceTargets,
  options: SequenceTrainingOptions,
): Promise<Training> {
  const { learningRate, weightDecay = 0.05, clipNorm = 1, seed } = options;
  const optimizer = adamW(model.weights, { learningRate, weightDecay, clipNorm });
  const key = Rng.key(seed);
  const program = compile(
    (batch: SequenceBatch, index: tf.Scalar) =>
      optimizer.step(() => sequenceLoss(model, batch, Rng.foldIn(key, index))).reshape<tf.Tensor1D>([1]),
    { name, xla: false },
  );
  try {
    return await runEpochs(
      {
        name,
        parameters: optimizer.parameters,
        losses: ["loss"],
        step: ({ cases, real, epoch, index }) =>
          tf.tidy(() => {
            const histories = historyTokens(dataset, cases, tokens, options);
            const batch = sequenceTensors(histories, targets(cases, epoch), real);
            return program(batch, tf.scalar(index, "int32"));
          }),
      },
      options,
    );
  } finally {
    optimizer.dispose();
    program.dispose();
    key.dispose();
  }
}
