import { adagrad, type Optimizer, type ParameterTree } from "../../optim";
import { compile, tf } from "../../tensor";
import { shuffledBatches } from "../batches";
import { collisionRate, perplexity, usedCodes } from "./codeStatistics";
import { type EmaOptions, startEma, updateEma } from "./emaCodebook";
import { type ItemCodes, itemCodes } from "./itemCodes";
import { kmeans, nearestCentre } from "./kmeans";
import type { Quantized } from "./residualQuantizer";
import { applyMlp, encodeItems, type RqVae, rqVaeLoss } from "./rqVae";

/** Finds a level's first codes. @param points [n, d] @returns centres, [clusters, d], which the caller frees */
export type Clustering = (
  points: tf.Tensor2D,
  options: { readonly clusters: number; readonly seed: number },
) => { readonly centres: tf.Tensor2D };

/** Tensors that stay the same for an epoch. */
export type EpochTensors = Readonly<Record<string, tf.Tensor>>;

/** What a recipe adds to the loss of the autoencoder. */
export interface AddedLoss {
  /** Made before the first step of every epoch, and freed after its last; the compiled step takes them as inputs. Shapes are those of the first epoch. */
  readonly epochTensors?: (model: RqVae, epoch: number) => EpochTensors;
  /** @param rows [B] int32, the batch as rows of the content */
  readonly loss: (batch: {
    readonly model: RqVae;
    readonly quantized: Quantized;
    readonly rows: tf.Tensor1D;
    readonly tensors: EpochTensors;
  }) => tf.Scalar;
}

export interface RqVaeTrainingOptions {
  readonly epochs: number;
  /** Order of the batches and the k-means start come from it. */
  readonly seed: number;
  /** The rows of the content to train on, those that the training part of the data has. Default: all. */
  readonly items?: Int32Array;
  /** Default 2048. */
  readonly batchSize?: number;
  /** Constant. Default 0.001. */
  readonly learningRate?: number;
  /** Default: Adagrad. */
  readonly optimizer?: (parameters: ParameterTree, options: { readonly learningRate: number }) => Optimizer;
  readonly ema?: EmaOptions;
  /** Which items the first codes come from. Default: all training items. */
  readonly startOn?: "items" | "first batch";
  /** Default: k-means. */
  readonly clustering?: Clustering;
  /**
   * Begin again after this epoch, with the autoencoder as it is by then: codes from a new start, the optimiser's memory empty. In short trainings the latents grow
   * tenfold from their first size, the codes stay behind, and a few of them take all items; after a restart that is over. Default: never.
   */
  readonly restartAfter?: number;
  readonly added?: AddedLoss;
  /** The codes of all items, for snapshots. Default: the nearest. */
  readonly encode?: (model: RqVae, content: tf.Tensor2D) => ItemCodes;
  /** Take the codes of all items `count` times, `every` so many steps, the last time after the last step. Default: then only. */
  readonly snapshots?: { readonly every: number; readonly count: number };
  readonly onEpoch?: (record: RqVaeEpoch) => void;
  /** Ends the training after the running step; the snapshots are then those taken so far. */
  readonly signal?: AbortSignal;
}

export interface RqVaeEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Means over the steps. */
  readonly loss: number;
  readonly reconstruction: number;
  readonly quantization: number;
  /** What the recipe adds; 0 where it adds nothing. */
  readonly added: number;
  /** [H] codes that some training item got in this epoch, and exp of their entropy. */
  readonly used: readonly number[];
  readonly perplexity: readonly number[];
  /** Of the training items. */
  readonly collisionRate: number;
}

export interface Snapshot {
  /** Steps made before it. */
  readonly step: number;
  /** Of all items. */
  readonly codes: ItemCodes;
}

export interface RqVaeTrainingResult {
  readonly history: readonly RqVaeEpoch[];
  readonly snapshots: readonly Snapshot[];
}

/**
 * Codes for a start: clusters of the latents, and of what each level leaves.
 * @param content    [items, inputs], of the items to start from
 * @param clustering default: k-means
 * @see MTGRec, arXiv:2504.04400, whose code does it on the whole set; TIGER does it on the first batch
 */
export function startCodebooks(
  { weights, averages, options }: RqVae,
  content: tf.Tensor2D,
  seed: number,
  clustering: Clustering = kmeans,
): void {
  tf.tidy(() => {
    let residuals = applyMlp(weights.encoder, content);
    weights.codebooks.forEach((book, level) => {
      const { centres } = clustering(residuals, { clusters: options.codes, seed: seed + level });
      if (averages[level] === undefined) book.assign(centres.clone());
      else startEma(averages[level], centres);
      residuals = residuals.sub(tf.gather(centres, nearestCentre(residuals, centres)));
    });
  });
}

/**
 * Trains an RQ-VAE at a constant rate, by default from a k-means start with Adagrad, whose steps become ever smaller, so that tokenizers a few
 * steps apart differ in few codes. Forward, backward, update and running averages are one compiled step.
 * @param content [items, inputs]
 * @throws Error where the snapshots would begin before the first step, or where the loss is not finite
 */
export async function trainRqVae(
  model: RqVae,
  content: tf.Tensor2D,
  options: RqVaeTrainingOptions,
): Promise<RqVaeTrainingResult> {
  const { epochs, seed, batchSize = 2048, learningRate = 0.001, optimizer: make = adagrad } = options;
  const { ema, added, encode = nearestCodes } = options;
  const items = options.items ?? Int32Array.from({ length: content.shape[0] }, (_, item) => item);
  const steps = epochs * Math.ceil(items.length / batchSize);
  const isDue = snapshotSteps(steps, options.snapshots);
  const batches = (epoch: number) => shuffledBatches(items, { batchSize, seed, epoch });
  const start = (epoch: number) =>
    tf.tidy(() => {
      const rows = options.startOn === "first batch" ? (batches(epoch).next().value as Int32Array) : items;
      startCodebooks(model, tf.gather(content, tf.tensor1d(rows, "int32")), seed, options.clustering);
    });
  start(1);

  const optimizer = make(model.trained, { learningRate });
  const step = compile(
    (all: tf.Tensor2D, rows: tf.Tensor1D, tensors: EpochTensors) =>
      trainingStep(model, optimizer, { content: all, rows, tensors, added, ema }),
    { name: "RQ-VAE training step", xla: false },
  );
  const history: RqVaeEpoch[] = [];
  const taken: Snapshot[] = [];
  let made = 0;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const meter = epochMeter(items.length, model.options.levels, model.options.codes);
      const tensors = added?.epochTensors?.(model, epoch) ?? {};
      try {
        for (const batch of batches(epoch)) {
          if (options.signal?.aborted) return { history, snapshots: taken };
          const result = tf.tidy(() => step(content, tf.tensor1d(batch, "int32"), tensors));
          meter.add(result.summary.dataSync(), result.codes.dataSync());
          tf.dispose(result);
          made++;
          if (isDue(made)) taken.push({ step: made, codes: encode(model, content) });
        }
      } finally {
        tf.dispose(tensors as Record<string, tf.Tensor>);
      }
      const record = meter.record(epoch);
      if (!Number.isFinite(record.loss))
        throw new Error(`RQ-VAE: the loss of epoch ${epoch} is ${record.loss}: lower the learning rate.`);
      history.push(record);
      options.onEpoch?.(record);
      if (epoch === options.restartAfter) {
        optimizer.reset();
        start(epoch + 1);
      }
      await new Promise(setImmediate);
    }
    return { history, snapshots: taken };
  } finally {
    optimizer.dispose();
    step.dispose();
  }
}

interface StepInputs {
  readonly content: tf.Tensor2D;
  readonly rows: tf.Tensor1D;
  readonly tensors: EpochTensors;
  readonly added: AddedLoss | undefined;
  readonly ema: EmaOptions | undefined;
}

/** One update. @returns the losses, [4], and the codes of the batch, [B, H], by which they were */
function trainingStep(
  model: RqVae,
  optimizer: Optimizer,
  { content, rows, tensors, added, ema }: StepInputs,
): { summary: tf.Tensor1D; codes: tf.Tensor2D } {
  const { weights, averages, options } = model;
  return tf.tidy(() => {
    const z = tf.gather(content, rows);
    const kept: tf.Tensor[] = [];
    // What the averages need survives the scope in which the gradient is taken.
    const keep = <T extends tf.Tensor>(x: T): T => {
      const alias = tf.keep(x.clone());
      kept.push(alias);
      return alias;
    };
    let result = { summary: undefined as tf.Tensor | undefined, codes: undefined as tf.Tensor | undefined };
    let residuals: tf.Tensor2D[] = [];
    const { gradients } = optimizer.gradients(() => {
      const { loss: own, reconstruction, quantization, quantized } = rqVaeLoss(weights, z, options);
      const more = added?.loss({ model, quantized, rows, tensors });
      const loss = more === undefined ? own : own.add<tf.Scalar>(more);
      result = {
        summary: keep(tf.stack([loss, reconstruction, quantization, more ?? tf.scalar(0)])),
        codes: keep(quantized.codes),
      };
      residuals = averages.map((_, level) => keep(quantized.residuals[level]));
      return loss;
    });
    optimizer.apply(gradients);
    const codes = result.codes as tf.Tensor2D;
    const ofLevel = tf.unstack(codes, 1) as tf.Tensor1D[];
    averages.forEach((average, level) => {
      updateEma(average, residuals[level], ofLevel[level], ema);
    });
    const returned = { summary: (result.summary as tf.Tensor1D).clone(), codes: codes.clone() };
    tf.dispose(kept);
    return returned;
  });
}

function nearestCodes(model: RqVae, content: tf.Tensor2D): ItemCodes {
  const { codes, lastResiduals } = encodeItems(model, content);
  lastResiduals.dispose();
  return codes;
}

/** Which steps end with a snapshot. */
function snapshotSteps(
  steps: number,
  { every, count }: { readonly every: number; readonly count: number } = { every: 1, count: 1 },
): (step: number) => boolean {
  const first = steps - (count - 1) * every;
  if (!(every >= 1) || !(count >= 1) || first < 1)
    throw new Error(
      `trainRqVae: ${count} snapshots ${every} steps apart need ${(count - 1) * every + 1} steps; there are ${steps}.`,
    );
  return (step) => step >= first && (steps - step) % every === 0;
}

function epochMeter(items: number, levels: number, codes: number) {
  const values = new Int32Array(items * levels);
  let filled = 0;
  const sums = [0, 0, 0, 0];
  let steps = 0;
  return {
    add(summary: ArrayLike<number>, batchCodes: ArrayLike<number>): void {
      sums.forEach((sum, k) => {
        sums[k] = sum + summary[k];
      });
      steps++;
      values.set(batchCodes, filled);
      filled += batchCodes.length;
    },
    record(epoch: number): RqVaeEpoch {
      const [loss, reconstruction, quantization, added] = sums.map((sum) => sum / steps);
      const all = itemCodes(values, levels, codes);
      const statistics = {
        used: usedCodes(all),
        perplexity: perplexity(all),
        collisionRate: collisionRate(all),
      };
      return { epoch, loss, reconstruction, quantization, added, ...statistics };
    },
  };
}
