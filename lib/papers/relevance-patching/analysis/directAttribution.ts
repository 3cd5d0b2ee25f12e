import { tf } from "../../../tensor";
import { gather } from "../../../tensor/ops/gather";
import { matMul } from "../../../tensor/ops/matMul";
import { promptRows } from "../patching/batches";
import { answerRun, type Subject } from "../patching/subject";

/** What each part of the model adds to d = logit(yes) − logit(no) by its own hand, not through later layers; in logits. */
export interface DirectAttribution {
  readonly embedding: number;
  /** [L]; the biases of a layer's values are in it. */
  readonly attnOut: Float64Array;
  /** [L] */
  readonly mlpOut: Float64Array;
  /** [L] of [H], of each head's z_h W_O[h]: those of a layer sum to its `attnOut`. */
  readonly heads: readonly Float64Array[];
}

/**
 * The residual stream is a sum, and behind it there are only a norm and a product: with the norm's scale s as it is in this run, frozen, d is a sum over what was
 * added to the stream at the last position, (c / s ⊙ g) · (U_yes − U_no) of each part c.
 * @param prompt  [T]
 * @returns terms of which `embedding`, `attnOut` and `mlpOut` sum to d
 * @throws RangeError where the prompt is longer than the model's positions
 * @see N. Elhage et al., A Mathematical Framework for Transformer Circuits, 2021
 */
export function directAttribution(subject: Subject, prompt: Int32Array): DirectAttribution {
  const { model, answers } = subject;
  const { weights, config } = model;
  const { layers, heads } = config;
  const [terms, byHead] = tf.tidy(() => {
    const { cache } = answerRun(subject, promptRows([prompt]), {
      cacheNames: ["embed", "z", "attn_out", "mlp_out", "ln_final_scale"],
    });
    const last = (activation: tf.Tensor) => lastRow(activation, prompt.length);
    const rows = gather<tf.Tensor2D>(weights.unembedding, tf.tensor1d([answers.yes, answers.no], "int32"));
    const [yes, no] = tf.unstack(rows);
    // g ⊙ (U_yes − U_no) / s, [1, D]
    const direction = weights.finalNorm.mul(yes.sub(no)).div<tf.Tensor2D>(last(cache.ln_final_scale![0]));
    const parts = tf.concat([cache.embed![0], ...cache.attn_out!, ...cache.mlp_out!].map(last), 0);
    const ofHeads = weights.layers.map(({ output }, layer) =>
      // (z_h W_O[h]) · direction = z_h · (W_O[h] direction)
      last(cache.z![layer])
        .mul(matMul<tf.Tensor2D>(direction, output.weight))
        .reshape<tf.Tensor2D>([heads, -1])
        .sum<tf.Tensor1D>(1),
    );
    return [matMul(parts, direction, false, true).dataSync(), tf.stack(ofHeads).dataSync()];
  });
  return {
    embedding: terms[0],
    attnOut: Float64Array.from(terms.slice(1, 1 + layers)),
    mlpOut: Float64Array.from(terms.slice(1 + layers)),
    heads: Array.from({ length: layers }, (_, layer) =>
      Float64Array.from(byHead.slice(layer * heads, (layer + 1) * heads)),
    ),
  };
}

/** [1, T, ..] -> [1, ..]: the last position, what it holds in one row. */
function lastRow(activation: tf.Tensor, length: number): tf.Tensor2D {
  const begin = activation.shape.map((_, axis) => (axis === 1 ? length - 1 : 0));
  const size = activation.shape.map((_, axis) => (axis === 1 ? 1 : -1));
  return activation.slice(begin, size).reshape([1, -1]);
}
