import {
  applyDense,
  applyDropout,
  applyEmbedding,
  applyGru,
  dense,
  embedding,
  gru,
  type KeyStream,
  uniformInit,
  xavierNormal,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { finalStates, type SequentialModel, tiedSoftmaxModel } from "./sequentialModel";

/*
 * NARM: J. Li et al., Neural Attentive Session-based Recommendation, CIKM 2017.
 *
 * Reference code: RecBole 1.2.1 (RUCAIBox/RecBole), model/sequential_recommender/narm.py: one GRU layer without biases, attention
 * weights that no softmax normalises, cross-entropy over all items. The paper's bilinear decoder is the last dense layer: scores o Eᵀ.
 *
 * Deviations from RecBole:
 * - None in the numbers. The attention of a padded position is set to 0 after the product with v in place of before it.
 */

export interface NarmOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** d, width of the item embedding. */
  readonly dimensions?: number;
  /** h, width of the GRU's state. */
  readonly hidden?: number;
  /** Of the embedded items. */
  readonly embeddingDropout?: number;
  /** Of the joined local and global vectors. */
  readonly contextDropout?: number;
}

/** The values of RecBole's NARM.yaml. */
export const NARM_DEFAULTS = {
  dimensions: 64,
  hidden: 128,
  embeddingDropout: 0.25,
  contextDropout: 0.5,
} as const;

export type NarmParameters = ReturnType<typeof narmParameters>;

function narmParameters({ items, dimensions, hidden }: Required<NarmOptions>, key: tf.Tensor1D) {
  const linear = (inputs: number, outputs: number, layerKey: tf.Tensor1D) =>
    dense({ inputs, outputs, bias: false, init: xavierNormal }, layerKey);
  return tf.tidy(() => {
    const [itemKey, gruKey, statesKey, lastKey, scoreKey, outputKey] = Rng.split(key, 6);
    return {
      items: embedding({ count: items + 1, dimensions, init: xavierNormal }, itemKey),
      gru: gru({ inputs: dimensions, hidden, init: uniformInit(1 / Math.sqrt(hidden)) }, gruKey),
      attention: {
        states: linear(hidden, hidden, statesKey), // A₁
        last: linear(hidden, hidden, lastKey), // A₂
        score: linear(hidden, 1, scoreKey), // v
      },
      output: linear(2 * hidden, dimensions, outputKey), // B
    };
  });
}

/** A NARM with fresh parameters. */
export function narm(
  options: NarmOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: NarmParameters } {
  const complete = { ...NARM_DEFAULTS, ...options };
  const parameters = narmParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "NARM",
    parameters,
    itemTable: parameters.items.table,
    encode: (batch, keys) => encode(parameters, complete, batch, keys),
  });
  return { ...model, parameters };
}

/** o = B Dropout([c_local; c_global]), [B, d]. @see NARM, section 3 */
function encode(
  { items: itemEmbedding, gru: layer, attention, output }: NarmParameters,
  { embeddingDropout, contextDropout }: Required<NarmOptions>,
  { items, lengths }: SequenceInput,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  // Time first: transposing the ids is cheaper than transposing their vectors.
  const ids = items.transpose(); // [L, B]
  const embedded = applyDropout(applyEmbedding(itemEmbedding, ids, { padding: 0 }), embeddingDropout, keys);
  const states = applyGru(layer, embedded as tf.Tensor3D); // h_j [L, B, h]
  const global = finalStates(states, lengths); // c_global = h_n [B, h]

  // α_j = vᵀ σ(A₁ h_j + A₂ h_n), 0 where j is padding
  const compared = tf.sigmoid(applyDense(attention.states, states).add(applyDense(attention.last, global)));
  const real = ids.greater(tf.scalar(0, "int32")).toFloat().expandDims(2); // [L, B, 1]
  const weights = applyDense(attention.score, compared).mul(real); // [L, B, 1]
  const local = weights.mul(states).sum<tf.Tensor2D>(0); // c_local = Σ_j α_j h_j [B, h]

  const context = applyDropout(tf.concat2d([local, global], 1), contextDropout, keys);
  return applyDense(output, context) as tf.Tensor2D;
}
