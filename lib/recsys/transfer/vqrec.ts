import {
  embedding,
  type KeyStream,
  keyStream,
  layerNorm,
  normalInit,
  parameter,
  transformerBlock,
} from "../../nn";
import type { ParameterTree } from "../../optim";
import { gather, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { unitRows } from "../contrastive";
import { type SequentialModel, type TrainingBatch, weightedMean } from "../models/sequentialModel";
import { positionedInput, runTransformer } from "../models/transformer";
import { cosineSoftmaxModel } from "./cosineSoftmax";
import { inBatchContrast } from "./inBatchContrast";
import type { FineTuning, FineTuningStage, TransferModel } from "./transferModel";
import { digitVectors, fakeDigits, itemDigits } from "./vqrecCodes";
import { type RemappingOptions, remappedCodes } from "./vqrecRemapping";

/*
 * VQ-Rec: Y. Hou, Z. He, J. McAuley and W. X. Zhao, Learning Vector-Quantized Item Representation for Transferable Sequential Recommenders, WWW 2023,
 * arXiv:2210.12316. An item's text becomes M digits by product quantisation, the item is the mean of M code embeddings, and a SASRec reads such items.
 *
 * Reference code: RUCAIBox/VQ-Rec. Deviations:
 * - The table has no row for padding in every digit (257 codes of 256 there), so that a re-mapping cannot choose a row that no item has.
 * - Digits are re-mapped with noise in training only. The code tests, and goes on, with a draw.
 * - The first fake negative of a batch is one like the others; in the code its digits are those of the padding.
 * - The padding is no item of the softmax of fine-tuning.
 */

export interface VqRecOptions {
  /** M, digits an item; divides the width of the texts' vectors. */
  readonly subVectors?: number;
  /** K, values of a digit. */
  readonly codes?: number;
  /** Alternations in fitting the quantiser's rotation. */
  readonly rotations?: number;
  /** L: the longest history, which sizes the position table. */
  readonly windowLength: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  readonly heads?: number;
  /** Width of the feed-forward network. */
  readonly inner?: number;
  readonly dropout?: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
  /** τ, what the cosines are divided by. */
  readonly temperature?: number;
  /** Probability that a digit of a fake negative is a random one. */
  readonly fakeRatio?: number;
  /** Epochs on a target in which only the re-mapping is learnt. */
  readonly remappingEpochs?: number;
  readonly remapping?: RemappingOptions;
  /** Fine-tuning: what is moved after the re-mapping; without pre-training it should be all. `codes`: code embeddings and input norm. */
  readonly tuned?: "codes" | "all";
}

/** The values of the reference code. */
export const VQREC_DEFAULTS = {
  subVectors: 32,
  codes: 256,
  rotations: 50,
  dimensions: 300,
  blocks: 2,
  heads: 2,
  inner: 256,
  dropout: 0.5,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  temperature: 0.07,
  fakeRatio: 0.75,
  remappingEpochs: 5,
  remapping: { iterations: 3, temperature: 0.7 },
  tuned: "codes",
} as const;

type Complete = Required<VqRecOptions>;

export type VqRecWeights = ReturnType<typeof vqRecWeights>;

function vqRecWeights(options: Complete, key: tf.Tensor1D) {
  const { subVectors, codes, windowLength, dimensions, blocks, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [codeKey, positionKey, ...blockKeys] = Rng.split(key, 2 + blocks);
    return {
      codes: parameter(init, codeKey, [subVectors, codes, dimensions]) as tf.Variable<tf.Rank.R3>,
      positions: embedding({ count: windowLength, dimensions, init }, positionKey),
      inputNorm: layerNorm({ dimensions }),
      blocks: blockKeys.map((blockKey) => transformerBlock({ dimensions, inner, init }, blockKey)),
    };
  });
}

/** A VQ-Rec with fresh weights. Pre-train it with `pretrainOnMixture`, then `fineTune` it. */
export function vqRec(options: VqRecOptions, key: tf.Tensor1D): TransferModel & { weights: VqRecWeights } {
  const complete = { ...VQREC_DEFAULTS, ...options };
  const { subVectors, codes, rotations, blocks } = complete;
  if (blocks < 1) throw new Error(`VQ-Rec needs at least one block, got ${blocks}.`);
  const weights = vqRecWeights(complete, key);
  return {
    name: "VQ-Rec",
    weights,
    pretraining(mixture, seed) {
      const digits = itemDigits(mixture, { subVectors, codes, rotations, seed });
      return {
        parameters: weights,
        loss: (batch, stepKey) => pretrainingLoss(weights, complete, digits, batch, keyStream(stepKey)),
        dispose: () => digits.dispose(),
      };
    },
    fineTuning: (target, seed) =>
      vqRecFineTuning(weights, complete, itemDigits(target, { subVectors, codes, rotations, seed }), seed),
  };
}

/**
 * InfoNCE of each history s_b with its next item v_b; negatives are the next items of the other rows, and a fake item f_b:
 *
 *     -log [ exp(s_b · v_b / τ) / (Σ_b' exp(s_b · v_b' / τ) + exp(s_b · f_b / τ)) ],  all vectors of length 1.
 *
 * @see VQ-Rec, section 2.3.2, eq. 6
 */
function pretrainingLoss(
  weights: VqRecWeights,
  options: Complete,
  digits: tf.Tensor2D,
  batch: TrainingBatch,
  keys: KeyStream,
): tf.Scalar {
  const { codes, fakeRatio: ratio, temperature } = options;
  const targets = batch.targets as tf.Tensor1D;
  const table = weights.codes;
  const own = gather(digits, targets) as tf.Tensor2D; // [B, M]
  const histories = encodeHistories(weights, options, table, digits, batch, keys);
  const items = digitVectors(table, own);
  const fakes = digitVectors(table, fakeDigits(own, { codes, ratio }, keys.next()));
  const logit = (vectors: tf.Tensor2D) =>
    unitRows(histories).mul(unitRows(vectors)).sum<tf.Tensor1D>(1).div<tf.Tensor1D>(temperature);
  const withoutFakes = inBatchContrast(histories, items, { temperature, targets, weights: batch.weights });
  // -log(e^l / (Σ + e^f)) from c = -log(e^l / Σ): log Σ = c + l, and log(Σ + e^f) = log Σ + log(1 + e^(f - log Σ))
  const sum = withoutFakes.add(logit(items));
  const loss = withoutFakes.add<tf.Tensor1D>(tf.softplus(logit(fakes).sub(sum)));
  return weightedMean(loss, batch.weights);
}

/**
 * The SASRec over digit vectors.
 * @param table [M, K, d], the code embeddings @param digits [V + 1, M] int32
 * @returns [B, d]
 */
function encodeHistories(
  weights: VqRecWeights,
  options: Complete,
  table: tf.Tensor3D,
  digits: tf.Tensor2D,
  batch: Pick<SequenceInput, "items" | "lengths">,
  keys?: KeyStream,
): tf.Tensor2D {
  const [rows, length] = batch.items.shape;
  // Padding gets a vector, too: no position sees it, and none of padding is read.
  const vectors = digitVectors(table, gather(digits, batch.items.flatten()) as tf.Tensor2D);
  const placed = vectors.reshape([rows, length, options.dimensions]);
  const hidden = positionedInput("VQ-Rec", placed, weights, options, keys);
  const run = { ...options, read: "last", causal: true } as const;
  return runTransformer(weights.blocks, hidden, batch, run, keys).reshape([rows, options.dimensions]);
}

/** First the re-mapping of the target's digits alone; then the re-mapped code embeddings and the input norm, the encoder frozen. */
function vqRecFineTuning(
  weights: VqRecWeights,
  options: Complete,
  digits: tf.Tensor2D,
  seed: number,
): FineTuning {
  const { subVectors, codes, temperature, remapping, remappingEpochs, tuned } = options;
  const mapping = tf.tidy(() =>
    parameter(normalInit(1), Rng.key(seed), [subVectors, codes, codes]),
  ) as tf.Variable<tf.Rank.R3>;
  const remapped = (key?: tf.Tensor1D) => remappedCodes(weights.codes, mapping, remapping, key);
  const recommender = (name: string, parameters: ParameterTree, table: () => tf.Tensor3D): SequentialModel =>
    cosineSoftmaxModel({
      name,
      parameters,
      temperature,
      encode: (batch, keys) => encodeHistories(weights, options, table(), digits, batch, keys),
      catalogue: () => digitVectors(table(), digits.slice([1, 0], [-1, -1])),
    });
  const still = recommender("VQ-Rec re-mapping", { mapping }, () => remapped());
  const first: FineTuningStage = {
    model: {
      ...still,
      loss(batch, key) {
        const [noiseKey, dropoutKey] = Rng.split(key, 2);
        const table = remapped(noiseKey); // one draw, for histories and items
        return recommender(still.name, still.parameters, () => table).loss(batch, dropoutKey);
      },
    },
    epochs: remappingEpochs,
  };
  const moved = tuned === "all" ? weights : { codes: weights.codes, inputNorm: weights.inputNorm };
  const model = recommender("VQ-Rec", moved, () => weights.codes);
  const handOver = () => tf.tidy(() => weights.codes.assign(remapped()));
  return {
    stages: remappingEpochs > 0 ? [first, { model, start: handOver }] : [{ model }],
    dispose: () => tf.dispose([digits, mapping]),
  };
}
