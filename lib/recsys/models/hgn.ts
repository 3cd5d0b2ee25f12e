import {
  applyDense,
  applyEmbedding,
  dense,
  embedding,
  normalInit,
  parameter,
  xavierUniform,
  zeros,
} from "../../nn";
import { tf } from "../../tensor";
import { noGradient } from "../../tensor/ops/custom";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { type SequentialModel, selectPositions, tiedSoftmaxModel } from "./sequentialModel";

/*
 * HGN: C. Ma, P. Kang and X. Liu, Hierarchical Gating Networks for Sequential Recommendation, KDD 2019.
 *
 * Reference code: RecBole 1.2.1 (RUCAIBox/RecBole), model/sequential_recommender/hgn.py, whose reading this is: cross-entropy over
 * all items of a second item table. The paper ranks a positive against one sampled negative, on windows of 5 items.
 *
 * Padding takes part in gates, mean and sum, as a row of the table that its look-up does not train; so the width of the window
 * matters. There is no dropout.
 *
 * Deviations from RecBole:
 * - No L2 penalty: RecBole's weights of it are 0 by default.
 * - Users are numbered from 0: the user table has no row for a padding user.
 */

export interface HgnOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  readonly users: number;
  /** L: histories stand in windows of this width exactly, for the user's instance gates are one a position. */
  readonly windowLength: number;
  /** d, of both item tables and of users. */
  readonly dimensions?: number;
  /** What becomes of the gated items: their mean by gate, or the one whose gate is most open. */
  readonly pooling?: "average" | "max";
}

/** The values of RecBole's HGN.yaml. */
export const HGN_DEFAULTS = { dimensions: 64, pooling: "average" } as const;

export type HgnParameters = ReturnType<typeof hgnParameters>;

function hgnParameters({ items, users, windowLength, dimensions }: Required<HgnOptions>, key: tf.Tensor1D) {
  const init = normalInit(1 / dimensions);
  const linear = (outputs: number, bias: boolean, layerKey: tf.Tensor1D) =>
    dense({ inputs: dimensions, outputs, bias, init: xavierUniform }, layerKey);
  return tf.tidy(() => {
    const [itemKey, userKey, outputKey, ...gateKeys] = Rng.split(key, 7);
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey), // S
      users: embedding({ count: users, dimensions, init }, userKey), // U
      features: {
        items: linear(dimensions, true, gateKeys[0]), // W₁
        users: linear(dimensions, true, gateKeys[1]), // W₂
        bias: parameter(zeros, key, [dimensions]), // b
      },
      instances: {
        items: linear(1, false, gateKeys[2]), // w₃
        users: linear(windowLength, false, gateKeys[3]), // W₄
      },
      outputs: embedding({ count: items + 1, dimensions, init }, outputKey), // Q
    };
  });
}

/** An HGN with fresh parameters. It knows the users 0..users - 1 and no others. */
export function hgn(options: HgnOptions, key: tf.Tensor1D): SequentialModel & { parameters: HgnParameters } {
  const complete = { ...HGN_DEFAULTS, ...options };
  const parameters = hgnParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "HGN",
    parameters,
    itemTable: parameters.outputs.table,
    encode: (batch) => encode(parameters, complete, batch),
  });
  return { ...model, parameters };
}

/** o = u + pooled + Σ_t s_t, [B, d]: what the user likes, what the gates let through, and how items go with items. */
function encode(
  { items: itemEmbedding, users: userEmbedding, features, instances }: HgnParameters,
  { windowLength, pooling }: Required<HgnOptions>,
  { items, users }: SequenceInput,
): tf.Tensor2D {
  const length = items.shape[1];
  if (length !== windowLength) {
    throw new Error(`HGN: histories in windows of ${length}, but it was built for ${windowLength}.`);
  }
  const sequence = applyEmbedding(itemEmbedding, items, { padding: 0 }); // s_t [B, L, d]
  const user = applyEmbedding(userEmbedding, users) as tf.Tensor2D; // u [B, d]

  // Feature gates: s'_t = s_t ⊙ σ(W₁ s_t + W₂ u + b)
  const ofUser = applyDense(features.users, user).add(features.bias).expandDims(1);
  const gated = sequence.mul(tf.sigmoid(applyDense(features.items, sequence).add(ofUser)));

  // Instance gates: a_t = σ(w₃ᵀ s'_t + (W₄ u)_t)
  const ofPosition = applyDense(instances.users, user).expandDims(2);
  const gates = tf.sigmoid(applyDense(instances.items, gated).add(ofPosition)); // [B, L, 1]
  const weighted = gated.mul<tf.Tensor3D>(gates);
  const pooled =
    pooling === "average"
      ? weighted.sum(1).div(gates.sum(1)) // Σ_t a_t s'_t / Σ_t a_t
      : selectPositions(weighted, noGradient(() => tf.argMax(gates, 1)).flatten());
  return user.add(pooled).add(sequence.sum(1));
}
