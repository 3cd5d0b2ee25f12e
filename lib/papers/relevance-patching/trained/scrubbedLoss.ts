import { mean } from "../../../experiment/statistics";
import { softmaxCrossEntropy, tf } from "../../../tensor";
import { type HookedModel, rightColumn } from "./hookedModel";

/** The two ends of the scale that a scrubbed model is measured on, in nats. */
export interface AnswerLosses {
  /** L_model: cross-entropy of the intact model. */
  readonly model: number;
  /** L_random: expected cross-entropy of the intact model where the labels are shuffled. */
  readonly random: number;
}

/** @param prompts  of one length */
export function answerLosses(model: HookedModel, prompts: readonly Int32Array[]): AnswerLosses {
  return tf.tidy(() => {
    const { logits } = model.run(prompts);
    const labels = prompts.map((prompt) => rightColumn(model, prompt));
    // A shuffled label is any prompt's, with equal chances: its column's share is its probability.
    const columns = [...new Set(labels)];
    const random = columns.map((column) => {
      const share = labels.filter((label) => label === column).length / labels.length;
      return (
        share *
        meanLoss(
          logits,
          labels.map(() => column),
        )
      );
    });
    return { model: meanLoss(logits, labels), random: random.reduce((sum, part) => sum + part) };
  });
}

/** Loss and share of right answers, the more probable of the two, of logits [B, A] that answer the prompts. */
export function lossesOf(
  model: HookedModel,
  prompts: readonly Int32Array[],
  logits: tf.Tensor2D,
): { readonly loss: number; readonly accuracy: number } {
  const labels = prompts.map((prompt) => rightColumn(model, prompt));
  const { yes, no } = model.answers;
  const columns = logits.shape[1];
  const values = logits.dataSync();
  const right = labels.map((label, row) => {
    const other = label === yes ? no : yes;
    return Number(values[row * columns + label] > values[row * columns + other]);
  });
  return { loss: tf.tidy(() => meanLoss(logits, labels)), accuracy: mean(right) };
}

function meanLoss(logits: tf.Tensor2D, labels: readonly number[]): number {
  return softmaxCrossEntropy(tf.tensor1d([...labels], "int32"), logits)
    .mean()
    .dataSync()[0];
}
