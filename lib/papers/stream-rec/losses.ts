import { keyStream } from "../../nn/dropout";
import { unitRows } from "../../recsys/contrastive";
import { decodeStates, encode, head } from "../../recsys/generative/t5";
import { dpoLoss, tokenLogProbs } from "../../rl";
import { gather, softmaxCrossEntropy, stopGradient, tf } from "../../tensor";
import type { SequenceBatch } from "./sequenceTraining";
import { residualOf, runningStates, type ThinkingModel, targetVectors } from "./states";

/** What the preference is over: a text that is to be less likely, and what the reference thinks of both. */
export type PreferenceBatch = {
  /** [B, l + m] int32: the start of thinking, then all labels but the last. */
  readonly inputs: tf.Tensor2D;
  /** [B, l + m] int32: a trace, then the tokens of a wrong item. */
  readonly labels: tf.Tensor2D;
  /** [B] log-probabilities under the reference. */
  readonly referenceChosen: tf.Tensor1D;
  readonly referenceRejected: tf.Tensor1D;
};

/** A batch of stage 2: rows that think, and rows that write the item at once. */
export type StageTwoBatch = {
  /** Rows of l + m labels; those of direct rows are m and padding. */
  readonly sequences: SequenceBatch;
  /** [B, m] int32, the tokens of the target. */
  readonly targets: tf.Tensor2D;
  /** [B] int32, the target. */
  readonly items: tf.Tensor1D;
  /** [B]: 1 for the rows that count. */
  readonly real: tf.Tensor1D;
  /** [B]: 1 for those of them that think. */
  readonly thinks: tf.Tensor1D;
  /** Absent where there is no preference. */
  readonly preference?: PreferenceBatch;
};

/** Weights and constants of the losses. Of the paper's own none is known; these are the suite's. */
export interface LossOptions {
  /** a_con. Default 0.1. */
  readonly contrastWeight?: number;
  /** a_q. Default 0.1. */
  readonly quantisationWeight?: number;
  /** a_dpo. Default 0.1. */
  readonly preferenceWeight?: number;
  /** τ_c, of the contrast. Default 0.1. */
  readonly contrastTemperature?: number;
  /** β of L_q: the weight of the residual's part beside the codeword's. Default 0.25. */
  readonly commitment?: number;
  /** b of L_dpo. Default 0.1. */
  readonly preferenceBeta?: number;
  /** Whether the trace is part of what is compared: in the form `pair`. Default false: the item's tokens alone. */
  readonly comparesTraces?: boolean;
}

/** Scalars. `loss` is the sum that is minimised; the others are means over the rows that have them, without their weights. */
export type StageTwoLosses = {
  readonly loss: tf.Scalar;
  readonly sft: tf.Scalar;
  readonly direct: tf.Scalar;
  readonly contrast: tf.Scalar;
  readonly quantisation: tf.Scalar;
  readonly preference: tf.Scalar;
};

/** Before what is divided by a sum that may be 0. */
const SMALLEST = 1e-12;
/** exp of it is 0 in float32, beside any cosine over a temperature of 1e-5 or more. */
const MASKED = -1e9;

/**
 * Draws the states to the target, step by step:
 *
 *     L_con = 1/(l+1) Σ_i w_i · -log [ exp(cos(s_i, t) / τ) / Σ_b' exp(cos(s_i, t_b') / τ) ],   w_i = 2 (i + 1) / (l + 2).
 *
 * The weights grow with the step; their mean is 1. Negatives are the other targets of the batch, but not those that are the row's own item.
 * @param states  s_0 .. s_l, [B, l + 1, d]
 * @param targets t, [B, d]; no gradient reaches them
 * @param items   [B] int32, what each target is
 * @param real    [B]: 0 for rows that only fill up the batch, which are no negatives
 * @returns [B], in nats
 * @see STREAM-Rec, the state-target contrast; the form is ours
 */
export function contrastLoss(
  states: tf.Tensor3D,
  targets: tf.Tensor2D,
  { items, real, temperature }: { items: tf.Tensor1D; real: tf.Tensor1D; temperature: number },
): tf.Tensor1D {
  return tf.tidy(() => {
    const [batch, count, d] = states.shape;
    const keys = unitRows(stopGradient(targets));
    const queries = unitRows(states).reshape<tf.Tensor2D>([batch * count, d]);
    const isSame = items.expandDims(0).equal(items.expandDims(1)).toFloat();
    const isLeftOut = isSame.maximum(tf.sub(1, real)).mul(tf.sub(1, tf.eye(batch))); // [B, B], of row b and key b'
    const cosines = tf.matMul(queries, keys, false, true).reshape<tf.Tensor3D>([batch, count, batch]);
    const logits = cosines.div(temperature).add(isLeftOut.mul(MASKED).expandDims(1));
    const own = tf.tile(tf.range(0, batch, 1, "int32").expandDims(1), [1, count]);
    const losses = softmaxCrossEntropy<tf.Tensor2D>(own, logits); // [B, l + 1]
    const growing = tf.range(1, count + 1).mul(2 / (count + 1)); // w_i = 2 (i + 1) / (l + 2)
    return losses.mul(growing).mean<tf.Tensor1D>(1);
  });
}

/**
 * Brings codewords to the residuals they were chosen for, and residuals to codewords:
 *
 *     L_q = 1/l Σ_i ‖sg(r_i) - E_{o_i}‖² / d + β ‖r_i - sg(E_{o_i})‖² / d.
 *
 * @param residuals r_1 .. r_l, [B, l, d]
 * @param codewords E_{o_1} .. E_{o_l}, [B, l, d]
 * @returns [B]; 0 where there are no steps
 * @see STREAM-Rec, the quantisation loss; as VQ-VAE's, van den Oord et al. 2017, arXiv:1711.00937, eq. 3
 */
export function quantisationLoss(
  residuals: tf.Tensor3D,
  codewords: tf.Tensor3D,
  commitment: number,
): tf.Tensor1D {
  const [batch, steps] = residuals.shape;
  if (steps === 0) return tf.zeros([batch]);
  return tf.tidy(() => {
    const codebook = stopGradient(residuals).sub(codewords).square().mean(-1);
    const commitments = residuals.sub(stopGradient(codewords)).square().mean(-1);
    return codebook.add(commitments.mul(commitment)).mean<tf.Tensor1D>(1);
  });
}

/**
 * L_stage2 = L_sft + a_con L_con + a_q L_q + a_dpo L_dpo of the rows that think, and the cross-entropy of the rows that do not, which is L_sft with
 * m tokens; all in one teacher-forced pass, and one more for what the preference rejects.
 *
 *     L_sft = -1/(l+m) Σ_t log P(y_t | y_<t, x)
 *     L_dpo = -log σ(b (D+ - D-)),   D = log P(item | x, o_1:l) - log π_dir(item | x)
 *
 * @param key  of the dropout; absent: evaluation
 * @see STREAM-Rec, arXiv:2504.09627, stage 2: four losses, whose forms are ours
 */
export function stageTwoLosses(
  { t5, networks }: ThinkingModel<tf.Tensor>,
  { sequences, targets, items, real, thinks, preference }: StageTwoBatch,
  options: LossOptions = {},
  key?: tf.Tensor1D,
): StageTwoLosses {
  const { contrastWeight = 0.1, quantisationWeight = 0.1, preferenceWeight = 0.1 } = options;
  const { preferenceBeta: beta = 0.1, comparesTraces = false } = options;
  return tf.tidy(() => {
    const keys = key && keyStream(key);
    const { histories, inputs, labels, mask } = sequences;
    const steps = labels.shape[1] - targets.shape[1];
    const encoded = encode(t5, histories, keys);
    const outputs = decodeStates(t5, inputs, encoded, keys); // d_0 .. d_{l+m-1}
    const logProbs = tokenLogProbs(head(t5, outputs, keys), labels);
    const own = logProbs.mul(mask).sum(1).neg().div<tf.Tensor1D>(mask.sum(1).maximum(1));
    const { contrast, quantisation } = thinkingLosses({ t5, networks }, outputs, {
      traces: labels.slice([0, 0], [-1, steps]),
      targets,
      items,
      real,
      options,
    });

    const compared = (all: tf.Tensor2D) =>
      (comparesTraces ? all : all.slice([0, steps], [-1, -1])).sum<tf.Tensor1D>(1);
    let preferred = tf.zeros<tf.Rank.R1>([inputs.shape[0]]);
    if (preference !== undefined && preferenceWeight > 0) {
      const rejected = head(t5, decodeStates(t5, preference.inputs, encoded, keys), keys);
      preferred = dpoLoss(
        {
          chosen: compared(logProbs),
          rejected: compared(tokenLogProbs(rejected, preference.labels)),
          referenceChosen: preference.referenceChosen,
          referenceRejected: preference.referenceRejected,
        },
        { beta },
      );
    }

    const added = contrast
      .mul(contrastWeight)
      .add(quantisation.mul(quantisationWeight))
      .add(preferred.mul(preferenceWeight));
    const total = own.add<tf.Tensor1D>(added.mul(thinks));
    const meanOf = (values: tf.Tensor1D, rows: tf.Tensor) =>
      values.mul(rows).sum().div<tf.Scalar>(rows.sum().maximum(SMALLEST));
    return {
      loss: meanOf(total, real),
      sft: meanOf(own, thinks),
      direct: meanOf(own, real.sub(thinks)),
      contrast: meanOf(contrast, thinks),
      quantisation: meanOf(quantisation, thinks),
      preference: meanOf(preferred, thinks),
    };
  });
}

/**
 * L_con and L_q of each row from the decoder's outputs.
 * @param outputs d_0 .., [B, at least l + 1, d]
 */
export function thinkingLosses(
  { t5, networks }: ThinkingModel<tf.Tensor>,
  outputs: tf.Tensor3D,
  {
    traces,
    targets,
    items,
    real,
    options: { contrastTemperature: temperature = 0.1, commitment = 0.25 },
  }: {
    readonly traces: tf.Tensor2D;
    readonly targets: tf.Tensor2D;
    readonly items: tf.Tensor1D;
    readonly real: tf.Tensor1D;
    readonly options: LossOptions;
  },
): { readonly contrast: tf.Tensor1D; readonly quantisation: tf.Tensor1D } {
  const steps = traces.shape[1];
  const t = targetVectors(t5, targets);
  const states = runningStates(networks, outputs.slice([0, 0, 0], [-1, steps + 1, -1])); // s_0 .. s_l
  const contrast = contrastLoss(states, t, { items, real, temperature });
  if (steps === 0) return { contrast, quantisation: tf.zeros([traces.shape[0]]) };
  const residuals = residualOf(networks, t.expandDims(1), states.slice([0, 0, 0], [-1, steps, -1])); // r_1 .. r_l
  const codewords = gather<tf.Tensor3D>(t5.weights.embedding.table, traces); // E_{o_1} .. E_{o_l}
  return { contrast, quantisation: quantisationLoss(residuals, codewords, commitment) };
}
