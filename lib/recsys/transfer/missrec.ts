import { embedding, type KeyStream, keyStream, normalInit } from "../../nn";
import type { ParameterTree } from "../../optim";
import { softmaxCrossEntropy, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { disposeTree } from "../../tensor/tree";
import type { SequenceInput } from "../batches";
import { unitRows } from "../contrastive";
import {
  nextItemLoss,
  type SequentialModel,
  type TrainingBatch,
  weightedMean,
} from "../models/sequentialModel";
import type { ContentDomain } from "./domains";
import { historyViews } from "./historyViews";
import { type MissRecWeights, missRecWeights } from "./missrecEncoder";
import { fusedCosines } from "./missrecFusion";
import {
  candidates,
  encode,
  factorOf,
  type MissRecPhase,
  missRecPhase,
  type PhaseOptions,
  withText,
} from "./missrecPhase";
import type { FineTuning, Pretraining, TransferModel } from "./transferModel";

/*
 * MISSRec: J. Wang et al., MISSRec: Pre-training and Transferring Multi-modal Interest-aware Sequence Representation for Recommendation, MM 2023,
 * arXiv:2308.11175. Items are texts and pictures; a history is its items and the distinct interests (clusters of texts and pictures) that they belong to.
 *
 * Reference code: gimpong/MM23-MISSRec. Deviations:
 * - Interests: see missrecInterests.ts. An item without a picture has no vector, no interest and no score by one; there, it has those of a picture of zeros.
 * - In a batch, a row's own target in another row's place is no negative.
 * - The penalty is the mean over rows of the squared norm of the sum over distinct interests; there, a sum over rows, padding in it.
 * - A view that leaves items out leaves out their pictures, too; there, the pictures stay where they were.
 * - The padding is no item of the softmax of fine-tuning. No dropout inside the feed-forward networks.
 */

export interface MissRecOptions
  extends Partial<Omit<PhaseOptions, "contentWidth" | "imageWidth" | "windowLength">>,
    Pick<PhaseOptions, "contentWidth" | "imageWidth" | "windowLength"> {
  /** τ, what the cosines are divided by. */
  readonly temperature?: number;
  /** λ, of the contrast between views of one history, in pre-training. */
  readonly viewWeight?: number;
  /** γ, of the penalty on pooled interests. */
  readonly penaltyWeight?: number;
  /** Chance of an item of a view to be left out, or to be given without some of its words. */
  readonly dropRatio?: number;
  /** Share of the batches whose views leave items out; the views of the others have thinned texts. All leave items out where a domain has no thinned texts. */
  readonly itemDropShare?: number;
  /** Interests a text or picture, in pre-training and on a target. */
  readonly pretrainingInterestRatio?: number;
  readonly interestRatio?: number;
  /** Fine-tuning: items by their content alone, so that new ones can be scored too, or with an embedding of their own beside it. */
  readonly setting?: "inductive" | "transductive";
  /** Fine-tuning: what is moved; without pre-training it should be all. `adaptor`: adaptors, fusion, input norm and the items' own embeddings. */
  readonly tuned?: "adaptor" | "all";
}

/** The values of MISSRec.yaml, pretrain.yaml and finetune.yaml. */
export const MISSREC_DEFAULTS = {
  dimensions: 300,
  blocks: 1,
  heads: 4,
  inner: 256,
  dropout: 0.5,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  temperature: 0.07,
  fusion: "shared",
  viewWeight: 1e-3,
  penaltyWeight: 1e-4,
  dropRatio: 0.2,
  itemDropShare: 0.9,
  pretrainingInterestRatio: 0.02,
  interestRatio: 0.5,
  setting: "transductive",
  tuned: "adaptor",
} as const;

type Complete = Required<MissRecOptions>;

/** A MISSRec with fresh weights. Pre-train it with `pretrainOnMixture`, then `fineTune` it. */
export function missRec(
  options: MissRecOptions,
  key: tf.Tensor1D,
): TransferModel & { weights: MissRecWeights } {
  const complete = { ...MISSREC_DEFAULTS, ...options };
  if (complete.blocks < 1) throw new Error(`MISSRec needs at least one block, got ${complete.blocks}.`);
  const weights = missRecWeights(complete, key);
  return {
    name: "MISSRec",
    weights,
    pretraining(mixture, seed): Pretraining {
      const phase = missRecPhase(weights, complete, mixture, complete.pretrainingInterestRatio, seed);
      return {
        parameters: { ...weights, ...phase.factors },
        loss: (batch, lossKey) => pretrainingLoss(phase, complete, batch, keyStream(lossKey)),
        dispose: phase.dispose,
      };
    },
    fineTuning: (target, seed) => tuneOn(weights, complete, target, seed),
  };
}

/**
 * Histories against next items, λ times histories against views of themselves, γ times the penalty on the interests of both.
 * @see MISSRec, section 3.4
 */
function pretrainingLoss(
  phase: MissRecPhase,
  options: Complete,
  batch: TrainingBatch,
  keys: KeyStream,
): tf.Scalar {
  const { temperature, viewWeight, penaltyWeight } = options;
  const targets = batch.targets as tf.Tensor1D;
  const contrast = (cosines: tf.Tensor2D, ids?: tf.Tensor1D) => {
    const logits = cosines.div<tf.Tensor2D>(temperature).add<tf.Tensor2D>(noNegatives(batch.weights, ids));
    const own = tf.range(0, targets.shape[0], 1, "int32");
    return weightedMean(softmaxCrossEntropy(own, logits), batch.weights);
  };
  const { states, penalty } = encode(phase, withText(phase, batch), undefined, keys);
  const ofItems = fusedCosines(states, candidates(phase, targets), factorOf(phase, targets));
  const loss = contrast(ofItems, targets).add<tf.Scalar>(
    weightedMean(penalty, batch.weights).mul(penaltyWeight),
  );
  if (viewWeight === 0) return loss;
  const view = encode(phase, historyViews(batch, phase.content, options, keys), undefined, keys);
  const ofViews: tf.Tensor2D = tf.matMul(unitRows(states), unitRows(view.states), false, true);
  return loss
    .add(contrast(ofViews).mul(viewWeight))
    .add(weightedMean(view.penalty, batch.weights).mul(penaltyWeight));
}

/** exp of it is 0 in float32. */
const ABSENT = -1e9;

/** [B, B], `ABSENT` beside the diagonal where a column only fills the batch up, or stands for the row's own id; else 0. */
function noNegatives(weights: tf.Tensor1D, ids?: tf.Tensor1D): tf.Tensor2D {
  const rows = weights.shape[0];
  const fills = weights.equal(0).expandDims(0);
  const none = ids === undefined ? fills : fills.logicalOr(ids.expandDims(1).equal(ids.expandDims(0)));
  return tf.sub(1, tf.eye(rows)).mul(none.toFloat()).mul(ABSENT);
}

function tuneOn(weights: MissRecWeights, options: Complete, target: ContentDomain, seed: number): FineTuning {
  const { setting, tuned, dimensions, initialDeviation, temperature, penaltyWeight } = options;
  const phase = missRecPhase(weights, options, target, options.interestRatio, seed);
  const V = target.data.items;
  const sizes = { count: V + 1, dimensions, init: normalInit(initialDeviation) };
  const ids = setting === "inductive" ? undefined : tf.tidy(() => embedding(sizes, Rng.key(seed)));
  const { adaptors, fusion, inputNorm } = weights;
  const moved: ParameterTree = tuned === "all" ? weights : { adaptors, fusion, inputNorm };
  const own = ids === undefined ? {} : { ids };

  const run = (batch: SequenceInput, keys?: KeyStream) => {
    const { states, penalty } = encode(phase, withText(phase, batch), ids, keys);
    const items = tf.range(1, V + 1, 1, "int32");
    const table = ids?.table as tf.Tensor | undefined;
    const catalogue = {
      ...candidates(phase, items),
      own: table?.slice([1, 0], [-1, -1]) as tf.Tensor2D | undefined,
    };
    const cosines = fusedCosines(states, catalogue, factorOf(phase, items));
    return { states, penalty, logits: cosines.div<tf.Tensor2D>(temperature) }; // [B, V]
  };
  const model: SequentialModel = {
    name: "MISSRec",
    parameters: { ...(moved as object), ...own, ...phase.factors } as ParameterTree,
    batches: "prefix",
    encode: (batch, keys) => run(batch, keys).states,
    score(batch) {
      const { logits } = run(batch);
      return tf.concat2d([tf.fill([logits.shape[0], 1], Number.NEGATIVE_INFINITY), logits], 1);
    },
    loss(batch, key) {
      const { logits, penalty } = run(batch, keyStream(key));
      const classes = batch.targets.sub(tf.scalar(1, "int32")).toInt() as tf.Tensor1D;
      const loss = nextItemLoss(logits, classes, batch.weights);
      return loss.add(weightedMean(penalty, batch.weights).mul(penaltyWeight));
    },
  };
  return {
    stages: [{ model }],
    dispose() {
      phase.dispose();
      disposeTree(own);
    },
  };
}
