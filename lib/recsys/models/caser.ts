import {
  applyDense,
  applyDropout,
  applyEmbedding,
  dense,
  embedding,
  fanInUniform,
  type KeyStream,
  maxOfMultiHeightConv,
  multiHeightConv,
  multiHeightNorms,
  normalInit,
  uniformInit,
  xavierNormal,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { type SequentialModel, tiedSoftmaxModel } from "./sequentialModel";

/*
 * Caser: J. Tang and K. Wang, Personalized Top-N Sequential Recommendation via Convolutional Sequence Embedding, WSDM 2018.
 *
 * Reference code: RecBole 1.2.1 (RUCAIBox/RecBole), model/sequential_recommender/caser.py, whose reading this is: one target a
 * history, cross-entropy over all items, scores against the item embedding. The 2018 paper predicts T items from sliding windows
 * by binary cross-entropy, and scores [z; user] against a second item table twice as wide.
 *
 * Padding takes part in the convolutions, as a row of the table that its look-up does not train; so the width of the window matters.
 *
 * Deviations from RecBole:
 * - The horizontal convolutions are products of Fourier transforms (`maxOfMultiHeightConv`), equal up to rounding.
 * - Equal windows share a maximum's gradient, where PyTorch gives it to the first of them.
 * - Users are numbered from 0: the user table has no row for a padding user.
 */

export interface CaserOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  readonly users: number;
  /** L: histories stand in windows of this width exactly. */
  readonly windowLength: number;
  /** d, of items and of users. */
  readonly dimensions?: number;
  /** n_v: weighted sums over the positions of the window. */
  readonly verticalFilters?: number;
  /** n_h: filters of each height. */
  readonly horizontalFilters?: number;
  /**
   * Filters have the heights 1 to this. Default L, RecBole's: fine at L = 50. At L = 200 that makes 10 million weights; 10 is a
   * sensible limit there.
   */
  readonly largestHeight?: number;
  /** Of the outputs of all filters. */
  readonly dropout?: number;
  /** Factor of the sum of the weights' L2 norms (not squared) in the loss. */
  readonly regularization?: number;
}

/** The values of RecBole's Caser.yaml; `largestHeight` is the length of the window. */
export const CASER_DEFAULTS = {
  dimensions: 64,
  verticalFilters: 4,
  horizontalFilters: 8,
  dropout: 0.4,
  regularization: 1e-4,
} as const;

export type CaserParameters = ReturnType<typeof caserParameters>;

function caserParameters(options: Required<CaserOptions>, key: tf.Tensor1D) {
  const { items, users, windowLength, dimensions, verticalFilters, horizontalFilters, largestHeight } =
    options;
  const init = normalInit(1 / dimensions);
  return tf.tidy(() => {
    const [itemKey, userKey, verticalKey, horizontalKey, sequenceKey, outputKey] = Rng.split(key, 6);
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      users: embedding({ count: users, dimensions, init }, userKey),
      vertical: dense(
        {
          inputs: windowLength,
          outputs: verticalFilters,
          init: fanInUniform,
          biasInit: uniformInit(1 / Math.sqrt(windowLength)),
        },
        verticalKey,
      ),
      horizontal: multiHeightConv(
        { dimensions, heights: largestHeight, filters: horizontalFilters },
        horizontalKey,
      ),
      sequence: dense(
        {
          inputs: verticalFilters * dimensions + horizontalFilters * largestHeight,
          outputs: dimensions,
          init: xavierNormal,
        },
        sequenceKey,
      ),
      output: dense({ inputs: 2 * dimensions, outputs: dimensions, init: xavierNormal }, outputKey),
    };
  });
}

/** A Caser with fresh parameters. It knows the users 0..users - 1 and no others. */
export function caser(
  options: CaserOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: CaserParameters } {
  const complete = { ...CASER_DEFAULTS, largestHeight: options.windowLength, ...options };
  const { windowLength, largestHeight, regularization } = complete;
  if (!(largestHeight >= 1 && largestHeight <= windowLength)) {
    throw new Error(
      `Caser: filters of up to ${largestHeight} positions do not fit windows of ${windowLength}.`,
    );
  }
  const parameters = caserParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "Caser",
    parameters,
    itemTable: parameters.items.table,
    encode: (batch, keys) => encode(parameters, complete, batch, keys),
    penalty: () => weightNorms(parameters).mul(regularization),
  });
  return { ...model, parameters };
}

/** o = ReLU(W' [z; p_u] + b'), z = ReLU(W Dropout([vertical; horizontal]) + b), [B, d]. @see Caser, section 3 */
function encode(
  parameters: CaserParameters,
  { windowLength, dropout }: Required<CaserOptions>,
  { items, users }: SequenceInput,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  const [batch, length] = items.shape;
  if (length !== windowLength) {
    throw new Error(`Caser: histories in windows of ${length}, but it was built for ${windowLength}.`);
  }
  // Time first, as the convolutions take it.
  const embedded = applyEmbedding(parameters.items, items.transpose(), { padding: 0 }) as tf.Tensor3D;
  const vertical = applyVertical(parameters.vertical, embedded);
  const horizontal = tf.relu(maxOfMultiHeightConv(parameters.horizontal, embedded)); // = the maximum of ReLU
  const features = applyDropout(tf.concat2d([vertical, horizontal], 1), dropout, keys);
  const sequence = tf.relu(applyDense(parameters.sequence, features)); // z [B, d]
  const user = applyEmbedding(parameters.users, users); // p_u [B, d]
  return tf.relu(
    applyDense(parameters.output, tf.concat([sequence, user], 1)).reshape<tf.Tensor2D>([batch, -1]),
  );
}

/**
 * Each filter's weighted sum over the positions, a feature at a time: [B, n_v d], all of filter 1 first.
 * @param x [L, B, d]
 */
function applyVertical({ weight, bias }: CaserParameters["vertical"], x: tf.Tensor3D): tf.Tensor2D {
  const [length, batch, dimensions] = x.shape;
  const filters = bias!.size;
  const sums = tf.matMul(
    weight as tf.Tensor as tf.Tensor2D,
    x.reshape<tf.Tensor2D>([length, batch * dimensions]),
    true,
    false,
  );
  const biased = sums.add(bias!.expandDims(1)).reshape([filters, batch, dimensions]);
  return biased.transpose([1, 0, 2]).reshape([batch, filters * dimensions]);
}

/** Σ ‖W‖₂ over both tables, the vertical filters, both dense layers, and the horizontal filters of each height; no biases. */
function weightNorms({ items, users, vertical, horizontal, sequence, output }: CaserParameters): tf.Scalar {
  const norms = [items.table, users.table, vertical.weight, sequence.weight, output.weight].map(
    (weight) => tf.sqrt(weight.square().sum()) as tf.Scalar,
  );
  return tf.addN([...norms, multiHeightNorms(horizontal).sum<tf.Scalar>()]);
}
