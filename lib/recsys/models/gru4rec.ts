import {
  applyDense,
  applyDropout,
  applyEmbedding,
  applyGru,
  dense,
  embedding,
  fanInUniform,
  gru,
  type KeyStream,
  uniformInit,
  xavierNormal,
  xavierUniform,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { finalStates, type SequentialModel, tiedSoftmaxModel } from "./sequentialModel";

/*
 * GRU4Rec: B. Hidasi et al., Session-based Recommendations with Recurrent Neural Networks, ICLR 2016, in the improved form of
 * Y. K. Tan et al., DLRS 2016 (prefix augmentation, embedding dropout, scores against the item embedding).
 *
 * Reference code: RecBole 1.2.1 (RUCAIBox/RecBole), model/sequential_recommender/gru4rec.py: one GRU layer without biases,
 * a dense layer back to the embedding width, cross-entropy over all items.
 *
 * Deviations from RecBole:
 * - The dense layer is applied to the one hidden state that is read, in place of all of them. The numbers are the same.
 */

export interface Gru4RecOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** d, width of the item embedding. */
  readonly dimensions?: number;
  /** h, width of the GRU's state. */
  readonly hidden?: number;
  /** Of the embedded items. */
  readonly dropout?: number;
  /** RecBole trains on prefixes; `position` trains on all positions of a window in one pass. */
  readonly batches?: "prefix" | "position";
}

/** The values of RecBole's GRU4Rec.yaml. */
export const GRU4REC_DEFAULTS = { dimensions: 64, hidden: 128, dropout: 0.3, batches: "prefix" } as const;

export type Gru4RecParameters = ReturnType<typeof gru4RecParameters>;

function gru4RecParameters({ items, dimensions, hidden }: Required<Gru4RecOptions>, key: tf.Tensor1D) {
  return tf.tidy(() => {
    const [itemKey, gruKey, outputKey] = Rng.split(key, 3);
    return {
      items: embedding({ count: items + 1, dimensions, init: xavierNormal }, itemKey),
      gru: gru({ inputs: dimensions, hidden, init: xavierUniform }, gruKey),
      output: dense(
        {
          inputs: hidden,
          outputs: dimensions,
          init: fanInUniform,
          biasInit: uniformInit(1 / Math.sqrt(hidden)),
        },
        outputKey,
      ),
    };
  });
}

/** A GRU4Rec with fresh parameters. */
export function gru4Rec(
  options: Gru4RecOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: Gru4RecParameters } {
  const complete = { ...GRU4REC_DEFAULTS, ...options };
  const parameters = gru4RecParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "GRU4Rec",
    parameters,
    batches: complete.batches,
    itemTable: parameters.items.table,
    encode: (batch, keys) => encode(parameters, complete, batch, keys),
    encodeAll: (batch, keys) => {
      const states = runGru(parameters, complete, batch, keys);
      return applyDense(parameters.output, states.transpose([1, 0, 2])) as tf.Tensor3D;
    },
  });
  return { ...model, parameters };
}

/** All hidden states, [L, B, h]. */
function runGru(
  parameters: Gru4RecParameters,
  { dropout }: Required<Gru4RecOptions>,
  { items }: SequenceInput,
  keys: KeyStream | undefined,
): tf.Tensor3D {
  // Time first: transposing the ids is cheaper than transposing their vectors.
  const embedded = applyEmbedding(parameters.items, items.transpose(), { padding: 0 });
  return applyGru(parameters.gru, applyDropout(embedded, dropout, keys) as tf.Tensor3D);
}

function encode(
  parameters: Gru4RecParameters,
  options: Required<Gru4RecOptions>,
  batch: SequenceInput,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  const states = runGru(parameters, options, batch, keys);
  return applyDense(parameters.output, finalStates(states, batch.lengths)) as tf.Tensor2D;
}
