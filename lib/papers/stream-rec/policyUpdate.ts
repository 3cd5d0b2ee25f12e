import type { Optimizer } from "../../optim";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { sampledLogits } from "../../recsys/generative/t5Sampling";
import {
  average,
  groupAdvantages,
  type PolicyLossOptions,
  policyLoss,
  tokenEntropy,
  tokenLogProbs,
} from "../../rl";
import { noGradient, tf } from "../../tensor";
import type { GroupOutputs, OutputGroup } from "./outputSampler";

/** G sampled outputs of each prompt, and what they are worth. */
export type OutputGroups = {
  /** [B, P] int32, histories */
  readonly inputs: tf.Tensor2D;
  /** [B, G, T] int32 */
  readonly outputs: tf.Tensor3D;
  /** log π_old of each token, [B · G, T], as it was sampled. */
  readonly oldLogProbs: tf.Tensor2D;
  /** log π_ref, [B · G, T] */
  readonly referenceLogProbs: tf.Tensor2D;
  /** A, [B · G] */
  readonly advantages: tf.Tensor1D;
  /** [B · G]: 0 for outputs that only fill up the batch. */
  readonly weights: tf.Tensor1D;
};

/** Groups as one batch of B, filled up with the first of them at weight 0. Advantages are those among a group's own G outputs. */
export function groupTensors(
  groups: readonly OutputGroup[],
  { prompts: B, samples: G }: { readonly prompts: number; readonly samples: number },
): OutputGroups {
  const filled = Array.from({ length: B }, (_, row) => groups[row] ?? groups[0]);
  const values = (name: keyof GroupOutputs) => filled.flatMap(({ outputs }) => Array.from(outputs[name]));
  const T = groups[0].outputs.outputs.length / G;
  const rewards = filled.flatMap((group) => Array.from(group.rewards));
  const isReal = filled.flatMap((_, row) => new Array<number>(G).fill(row < groups.length ? 1 : 0));
  return {
    inputs: tf.tensor2d(values("inputs"), [B, groups[0].outputs.inputs.length], "int32"),
    outputs: tf.tensor3d(values("outputs"), [B, G, T], "int32"),
    oldLogProbs: tf.tensor2d(values("oldLogProbs"), [B * G, T]),
    referenceLogProbs: tf.tensor2d(values("referenceLogProbs"), [B * G, T]),
    advantages: tf.tensor1d(Float32Array.from(groupAdvantages(rewards, G))),
    weights: tf.tensor1d(isReal),
  };
}

/** What is measured of an update, before it; all but the loss are means over tokens, in nats. */
export const UPDATE_MEASURES = ["loss", "kl", "oldKl", "clipShare", "entropy"] as const;

export type UpdateMeasures = Record<(typeof UPDATE_MEASURES)[number], tf.Scalar>;

/**
 * The loss of GRPO on groups of outputs, and its measures. Without dropout, as the outputs were sampled: at the weights that sampled them ρ is 1.
 * @param startThink  what the outputs were sampled after
 * @see STREAM-Rec, arXiv:2504.09627, stage 3; `policyLoss`
 */
export function groupLoss(
  model: T5<tf.Tensor>,
  { inputs, outputs, ...batch }: OutputGroups,
  startThink: number,
  options: PolicyLossOptions,
): UpdateMeasures {
  return tf.tidy(() => {
    const logits = sampledLogits(model, inputs, outputs, startThink);
    const logProbs = tokenLogProbs(logits, outputs.reshape<tf.Tensor2D>(batch.oldLogProbs.shape));
    const { loss, kl, oldKl, clipShare } = policyLoss({ ...batch, logProbs }, options);
    const { weights } = batch;
    const entropy = noGradient(() => average(tokenEntropy(logits), "token", { weights })) as tf.Scalar;
    return { loss, kl, oldKl, clipShare, entropy };
  });
}

/** One update by a loss, and all measures as they were before it. Traceable. @returns [measures] */
export function updateBy(optimizer: Optimizer, measures: () => UpdateMeasures): tf.Tensor1D {
  return tf.tidy(() => {
    let kept: tf.Tensor1D | undefined;
    const { gradients } = optimizer.gradients(() => {
      const all = measures();
      // Survives the scope in which the gradient is taken.
      kept = tf.keep(tf.stack(UPDATE_MEASURES.map((name) => all[name])) as tf.Tensor1D);
      return all.loss;
    });
    optimizer.apply(gradients);
    const result = (kept as tf.Tensor1D).clone();
    kept?.dispose();
    return result;
  });
}
