import {
  applyEmbedding,
  embedding,
  type KeyStream,
  keyStream,
  layerNorm,
  normalInit,
  transformerBlock,
} from "../../nn";
import { gather, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { disposeTree } from "../../tensor/tree";
import type { SequenceInput } from "../batches";
import { type TrainingBatch, weightedMean } from "../models/sequentialModel";
import { positionedInput, runTransformer } from "../models/transformer";
import { cosineSoftmaxModel } from "./cosineSoftmax";
import { type ContentDomain, type ContentTensors, contentTensors } from "./domains";
import { historyViews } from "./historyViews";
import { inBatchContrast } from "./inBatchContrast";
import { applyMixtureOfExperts, mixtureOfExperts } from "./mixtureOfExperts";
import type { FineTuning, Pretraining, TransferModel } from "./transferModel";

/*
 * UniSRec: Y. Hou et al., Towards Universal Sequence Representation Learning for Recommender Systems, KDD 2022, arXiv:2206.05941.
 *
 * Reference code: RUCAIBox/UniSRec, unisrec.py and props/UniSRec.yaml: text vectors through a mixture of experts, SASRec's encoder; pre-trained by contrasting
 * histories with next items and with views of themselves, fine-tuned by a softmax over the items.
 *
 * Deviations from the code:
 * - The padding is no item of the softmax of fine-tuning.
 * - A history whose items are left out keeps the others as they are; in the code a left-out item may be written over its predecessor.
 * - Only the last real position is read, so the last block computes its query there alone. The numbers are the same.
 */

export interface UniSRecOptions {
  /** w, width of the items' text vectors. UniSRec: BERT's 768. */
  readonly contentWidth: number;
  /** L: the longest history, which sizes the position table. */
  readonly windowLength: number;
  /** d */
  readonly dimensions?: number;
  readonly blocks?: number;
  readonly heads?: number;
  /** Width of the feed-forward network. */
  readonly inner?: number;
  /** Of the input, of each sublayer's output, and of attention weights. */
  readonly dropout?: number;
  readonly experts?: number;
  /** Of what enters an expert. */
  readonly expertDropout?: number;
  /** τ */
  readonly temperature?: number;
  /** λ, of the contrast between views of one history, in pre-training. */
  readonly viewWeight?: number;
  /** Chance of an item of a view to be left out, or to be given without some of its words. */
  readonly dropRatio?: number;
  /** Share of the batches whose views leave items out; the views of the others have thinned texts. All leave items out where a domain has no thinned texts. */
  readonly itemDropShare?: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
  /** Fine-tuning: items by their text alone, so that new ones can be scored too, or with an embedding of their own beside it. */
  readonly setting?: "inductive" | "transductive";
  /** Fine-tuning: what is moved; without pre-training it should be all. `adaptor`: experts, input norm and the items' own embeddings. */
  readonly tuned?: "adaptor" | "all";
}

/** The values of UniSRec.yaml. */
export const UNISREC_DEFAULTS = {
  dimensions: 300,
  blocks: 2,
  heads: 2,
  inner: 256,
  dropout: 0.5,
  experts: 8,
  expertDropout: 0.2,
  temperature: 0.07,
  viewWeight: 1e-3,
  dropRatio: 0.2,
  itemDropShare: 0.9,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  setting: "transductive",
  tuned: "adaptor",
} as const;

export type UniSRecWeights = ReturnType<typeof uniSRecWeights>;

function uniSRecWeights(options: Required<UniSRecOptions>, key: tf.Tensor1D) {
  const { contentWidth, windowLength, dimensions, blocks, inner, experts, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [expertKey, positionKey, ...blockKeys] = Rng.split(key, 2 + blocks);
    return {
      experts: mixtureOfExperts({ inputs: contentWidth, outputs: dimensions, experts, init }, expertKey),
      positions: embedding({ count: windowLength, dimensions, init }, positionKey),
      inputNorm: layerNorm({ dimensions }),
      blocks: blockKeys.map((blockKey) => transformerBlock({ dimensions, inner, init }, blockKey)),
    };
  });
}

/** A UniSRec with fresh weights. Pre-train it with `pretrainOnMixture`, then `fineTune` it. */
export function uniSRec(
  options: UniSRecOptions,
  key: tf.Tensor1D,
): TransferModel & { weights: UniSRecWeights } {
  const complete = { ...UNISREC_DEFAULTS, ...options };
  if (complete.blocks < 1) throw new Error(`UniSRec needs at least one block, got ${complete.blocks}.`);
  const weights = uniSRecWeights(complete, key);

  return {
    name: "UniSRec",
    weights,
    pretraining(mixture): Pretraining {
      const content = readContent(complete, mixture);
      return {
        parameters: weights,
        loss: (batch, lossKey) => pretrainingLoss(weights, complete, content, batch, keyStream(lossKey)),
        dispose: () => disposeTree(content),
      };
    },
    fineTuning: (target, seed) => tuneOn(weights, complete, target, seed),
  };
}

function tuneOn(
  weights: UniSRecWeights,
  options: Required<UniSRecOptions>,
  target: ContentDomain,
  seed: number,
): FineTuning {
  const { setting, tuned, dimensions, initialDeviation, temperature, expertDropout } = options;
  const { experts, inputNorm } = weights;
  const content = readContent(options, target);
  const sizes = { count: target.data.items + 1, dimensions, init: normalInit(initialDeviation) };
  const ids = setting === "inductive" ? undefined : tf.tidy(() => embedding(sizes, Rng.key(seed)));
  const moved = tuned === "all" ? weights : { experts, inputNorm };
  const vectors = (text: tf.Tensor, keys?: KeyStream) =>
    applyMixtureOfExperts(experts, text, expertDropout, keys);
  const model = cosineSoftmaxModel({
    name: "UniSRec",
    parameters: ids === undefined ? moved : { ...moved, ids },
    temperature,
    encode(batch, keys) {
      const text = vectors(gather(content.text, batch.items), keys);
      const input = ids === undefined ? text : text.add(applyEmbedding(ids, batch.items, { padding: 0 }));
      return encodeHistories(weights, options, input, batch, keys);
    },
    catalogue(keys) {
      const text = vectors(content.text.slice([1, 0], [-1, -1]), keys) as tf.Tensor2D;
      return ids === undefined ? text : text.add(ids.table.slice([1, 0], [-1, -1]));
    },
  });
  return { stages: [{ model }], dispose: () => disposeTree({ ...content, ids }) };
}

function readContent({ contentWidth }: UniSRecOptions, domain: ContentDomain): ContentTensors {
  if (domain.text.columns !== contentWidth)
    throw new Error(
      `UniSRec: the text vectors are ${domain.text.columns} wide, and the model was built for ${contentWidth}.`,
    );
  const { image, hasImage, ...text } = domain; // pictures are not read
  return contentTensors(text);
}

/**
 * Histories against next items, and λ times histories against views of themselves, in batches that mix the domains.
 * @see UniSRec, eq. 8-10
 */
function pretrainingLoss(
  weights: UniSRecWeights,
  options: Required<UniSRecOptions>,
  content: ContentTensors,
  batch: TrainingBatch,
  keys: KeyStream,
): tf.Scalar {
  const { expertDropout, temperature, viewWeight } = options;
  const vectors = (text: tf.Tensor) => applyMixtureOfExperts(weights.experts, text, expertDropout, keys);
  const targets = batch.targets as tf.Tensor1D;
  const contrast = { temperature, targets, weights: batch.weights };
  const histories = encodeHistories(
    weights,
    options,
    vectors(gather(content.text, batch.items)),
    batch,
    keys,
  );
  const next = vectors(gather(content.text, targets)) as tf.Tensor2D;
  const ofItems = weightedMean(inBatchContrast(histories, next, contrast), batch.weights);
  if (viewWeight === 0) return ofItems;
  const { text, ...view } = historyViews(batch, content, options, keys);
  const views = encodeHistories(weights, options, vectors(text), view, keys);
  const ofViews = weightedMean(inBatchContrast(histories, views, contrast), batch.weights);
  return ofItems.add(ofViews.mul(viewWeight));
}

/** H = Dropout(LN(x + P)), then SASRec's blocks. @param vectors x, [B, L, d] @returns the last real position's, [B, d] */
function encodeHistories(
  weights: UniSRecWeights,
  options: Required<UniSRecOptions>,
  vectors: tf.Tensor,
  batch: Pick<SequenceInput, "items" | "lengths">,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  const hidden = positionedInput("UniSRec", vectors, weights, options, keys);
  const read = { ...options, read: "last" as const, causal: true };
  return runTransformer(weights.blocks, hidden, batch, read, keys).reshape([-1, options.dimensions]);
}
