import { createRandom } from "../../../data/random";
import { adamW, linearDecay, type Optimizer, type Schedule, warmup } from "../../../optim";
import { shuffledBatches } from "../../../recsys/batches";
import { collisionRate } from "../../../recsys/generative/codeStatistics";
import { itemCodes } from "../../../recsys/generative/itemCodes";
import { eventLoop } from "../../../recsys/stepping";
import { compile, flattenTree, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { startBooks } from "./codes/bookStart";
import { type BookUse, bookUse } from "./codes/codeStatistics";
import { prefixDifferences } from "./codes/prefixResidual";
import { codesOfPositions } from "./codes/treeCodes";
import { type ItemContent, selectContent } from "./content";
import type { ContentUnion } from "./contentUnion";
import { type TokenizerPhase, trainedWeights, type UtgTokenizer } from "./tokenizer";
import {
  itemVectors,
  LOSS_WEIGHTS,
  type LossWeights,
  type TokenizerLossOptions,
  type TokenizerTerms,
  tokenizerLoss,
} from "./tokenizerLoss";

export interface TokenizerTrainingOptions
  extends Pick<TokenizerLossOptions, "masking" | "repeats" | "variational" | "temperature"> {
  readonly phase: TokenizerPhase;
  readonly epochs: number;
  /** Order of the batches, partners, dropout, masks and noise come from it. */
  readonly seed: number;
  /** Items a step; all, where there are fewer. Default 64; the paper has 256. */
  readonly batchSize?: number;
  /** Its highest value. The paper has 3e-4, and 1e-4 in adaptation. */
  readonly learningRate: number;
  /** Share of the steps in which the rate rises; from there it falls to 0. Default 0.03. */
  readonly rising?: number;
  /** λ of AdamW, of matrices alone. Default 0.01. */
  readonly weightDecay?: number;
  /** Steps in which the decoders read past the quantiser. Default 0; the paper has 300 in pre-training. */
  readonly bypassSteps?: number;
  /**
   * Where the codes begin once the bypass is over: as they were drawn, like the paper's, or at centres of the training items' vectors. Default `drawn`.
   */
  readonly bookStart?: "drawn" | "centres";
  /** Default: the paper's code's. */
  readonly weights?: Partial<LossWeights>;
  readonly onEpoch?: (record: TokenizerEpoch) => void;
  /** Ends the training after the running step. */
  readonly signal?: AbortSignal;
}

export interface TokenizerEpoch extends Readonly<Record<keyof TokenizerTerms, number>> {
  /** From 1. */
  readonly epoch: number;
  /** Weighted sum of the terms; all are means over the steps. */
  readonly loss: number;
  /** Root and leaf, or the flat books, by the codes that the training items got in this epoch's steps. */
  readonly books: readonly BookUse[];
  /** Of the training items, by the same codes. */
  readonly collisionRate: number;
}

/** Of the gradient's global norm. */
const CLIP_NORM = 1;
/** Names the stream of random numbers of the partners. */
const PARTNERS = 1;

/**
 * Trains a tokenizer on the items of one domain or several, whose batches are mixed. One epoch visits each training item once, with a partner drawn anew; its
 * last batch is filled up with items from the epoch's beginning. Forward, backward and update are one compiled step.
 * @throws Error where the loss is not finite
 * @see UTGRec, arXiv:2504.04405, 3.4 and 4.1.4; the authors' code
 */
export async function trainTokenizer(
  tokenizer: UtgTokenizer,
  union: ContentUnion,
  options: TokenizerTrainingOptions,
): Promise<readonly TokenizerEpoch[]> {
  const {
    epochs,
    seed,
    bypassSteps = 0,
    masking,
    repeats,
    variational,
    temperature,
    signal,
    onEpoch,
  } = options;
  const items = union.trainRows;
  const batchSize = Math.min(options.batchSize ?? 64, items.length);
  const weights = { ...LOSS_WEIGHTS, ...options.weights };
  const steps = epochs * Math.ceil(items.length / batchSize);
  const optimizer = optimizerOf(tokenizer, steps, options);
  const ofStep = { weights, masking, repeats, variational, temperature, training: true };
  const key = Rng.key(seed);
  const step = compile(
    (content: ItemContent, rows: tf.Tensor1D, partnerRows: tf.Tensor1D, index: tf.Scalar, bypass: boolean) =>
      trainingStep(
        tokenizer,
        optimizer,
        { content, rows, partnerRows },
        { ...ofStep, bypass },
        Rng.foldIn(key, index),
      ),
    { name: "tokenizer training step", xla: false },
  );
  const history: TokenizerEpoch[] = [];
  let made = 0;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const meter = epochMeter(tokenizer, items.length);
      const random = createRandom(seed, PARTNERS, epoch);
      const order = [...shuffledBatches(items, { batchSize, seed, epoch })];
      for (const batch of order) {
        if (signal?.aborted) return history;
        if (made === bypassSteps && options.bookStart === "centres") startAtCentres(tokenizer, union, seed);
        const rows = completed(batch, order[0]);
        const partnerRows = union.drawPartners(rows, random);
        const result = tf.tidy(() =>
          step(
            union.content,
            tf.tensor1d(rows, "int32"),
            tf.tensor1d(partnerRows, "int32"),
            tf.scalar(made, "int32"),
            made < bypassSteps,
          ),
        );
        meter.add(result.summary.dataSync(), result.codes.dataSync() as Int32Array, batch.length);
        tf.dispose(result);
        made++;
      }
      const record = meter.record(epoch);
      if (!Number.isFinite(record.loss))
        throw new Error(
          `UTGRec tokenizer: the loss of epoch ${epoch} is ${record.loss}: lower the learning rate.`,
        );
      history.push(record);
      onEpoch?.(record);
      await eventLoop();
    }
    return history;
  } finally {
    optimizer.dispose();
    step.dispose();
    key.dispose();
  }
}

/** Codes at the centres of the vectors that the training items have by now. */
function startAtCentres(tokenizer: UtgTokenizer, { content, trainRows }: ContentUnion, seed: number): void {
  tf.tidy(() => {
    const items = selectContent(content, tf.tensor1d(trainRows, "int32"));
    startBooks(tokenizer.books, prefixDifferences(itemVectors(tokenizer, items)), tokenizer.codes, seed);
  });
}

/** AdamW of what the phase trains; biases, gains and other vectors do not decay. */
function optimizerOf(
  tokenizer: UtgTokenizer,
  steps: number,
  { phase, learningRate, rising = 0.03, weightDecay = 0.01 }: TokenizerTrainingOptions,
): Optimizer {
  const trained = trainedWeights(tokenizer, phase);
  const matrices = new Set<string>();
  for (const [path, weight] of flattenTree(trained as object))
    if ((weight as tf.Tensor).rank > 1) matrices.add(path);
  return adamW(trained, {
    learningRate: risingAndFalling(learningRate, steps, Math.ceil(rising * steps)),
    weightDecay,
    clipNorm: CLIP_NORM,
    decays: (path) => matrices.has(path),
  });
}

/** From 0 to the peak and back to 0, in straight lines. */
function risingAndFalling(peak: number, steps: number, rise: number): Schedule {
  const after = linearDecay({ peak, steps: Math.max(steps - rise, 1) });
  return rise === 0 ? after : warmup({ steps: rise, after });
}

/** The batch, filled up with items of another to the size of that. */
function completed(batch: Int32Array, other: Int32Array): Int32Array {
  const rows = other.slice();
  rows.set(batch);
  return rows;
}

const TERMS: readonly (keyof TokenizerTerms)[] = [
  "text",
  "image",
  "partnerText",
  "partnerImage",
  "code",
  "alignment",
];

interface StepRows {
  readonly content: ItemContent;
  readonly rows: tf.Tensor1D;
  readonly partnerRows: tf.Tensor1D;
}

/** One update. @returns the loss and its terms, [7], and the codes by which they were, [B, L] */
function trainingStep(
  tokenizer: UtgTokenizer,
  optimizer: Optimizer,
  { content, rows, partnerRows }: StepRows,
  options: TokenizerLossOptions,
  key: tf.Tensor1D,
): { summary: tf.Tensor1D; codes: tf.Tensor2D } {
  return tf.tidy(() => {
    const batch = {
      items: selectContent(content, rows),
      partners: selectContent(content, partnerRows),
      partnerIds: partnerRows,
    };
    let kept: tf.Tensor[] = [];
    optimizer.step(() => {
      const { loss, terms, codes } = tokenizerLoss(tokenizer, batch, options, key);
      // They survive the scope in which the gradient is taken.
      const summary = tf.stack([loss, ...TERMS.map((term) => terms[term])]);
      kept = [tf.keep(summary.clone()), tf.keep(codes.clone())];
      return loss;
    });
    const [summary, codes] = kept.map((tensor) => tensor.clone());
    tf.dispose(kept);
    return { summary: summary as tf.Tensor1D, codes: codes as tf.Tensor2D };
  });
}

function epochMeter({ codes: layout }: UtgTokenizer, items: number) {
  const { levels } = layout;
  const values = new Int32Array(items * levels);
  const sums = new Array<number>(TERMS.length + 1).fill(0);
  let [filled, steps] = [0, 0];
  return {
    /** @param count how many of the batch's items are visited for the first time, from its beginning */
    add(summary: ArrayLike<number>, codes: Int32Array, count: number): void {
      sums.forEach((sum, k) => {
        sums[k] = sum + summary[k];
      });
      steps++;
      values.set(codes.subarray(0, count * levels), filled);
      filled += count * levels;
    },
    record(epoch: number): TokenizerEpoch {
      const [loss, ...terms] = sums.map((sum) => sum / steps);
      const ofTerms = Object.fromEntries(TERMS.map((term, k) => [term, terms[k]])) as Record<
        keyof TokenizerTerms,
        number
      >;
      const tuples = itemCodes(values, levels, Math.max(...codesOfPositions(layout)));
      return {
        epoch,
        loss,
        ...ofTerms,
        books: bookUse(values, layout),
        collisionRate: collisionRate(tuples),
      };
    },
  };
}
