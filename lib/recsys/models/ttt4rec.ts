import {
  applyDropout,
  applyEmbedding,
  applyLayerNorm,
  applyRmsNorm,
  applySwiGlu,
  applyTttMlp,
  embedding,
  type KeyStream,
  layerNorm,
  normalInit,
  type RmsNorm,
  rmsNorm,
  type SwiGlu,
  swiGlu,
  type TttMlp,
  tttMlp,
  tttOutput,
  tttReadings,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { type SequentialModel, selectPositions, tiedSoftmaxModel } from "./sequentialModel";

/*
 * TTT4Rec: Z. Yang et al., TTT4Rec: A Test-Time Training Approach for Rapid Adaption in Sequential Recommendation, 2024,
 * arXiv:2409.19142.
 *
 * Reference code: ZhaoqiZachYang/TTT4Rec, main.py (the model and its sizes) and ttt.py (the layer, which is that of
 * test-time-training/ttt-lm-pytorch). The hidden state of the layer is a small network for each user, trained on the user's history
 * inside the forward pass, in training and in test alike.
 *
 * Deviations from the reference code:
 * - Only the last real position is read, so the last block computes its norm, output layer and feed-forward network there alone. The
 *   numbers are the same.
 */

export interface Ttt4RecOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  /** Of the test-time-training layer; d is shared by them in pairs. */
  readonly heads?: number;
  /** Tokens that the inner network learns from at once. */
  readonly miniBatch?: number;
  /** θ of the rotary embedding. */
  readonly rotaryBase?: number;
  /** Width of the feed-forward network; default 4d. */
  readonly inner?: number;
  /** Of the embeddings; there is no other. */
  readonly dropout?: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norm of the embeddings. */
  readonly epsilon?: number;
  /** The reference trains on prefixes; `position` trains on all positions of a window in one pass. */
  readonly batches?: "prefix" | "position";
}

/** The values of the reference code's main.py and config.yaml. */
export const TTT4REC_DEFAULTS = {
  dimensions: 64,
  blocks: 1,
  heads: 4,
  miniBatch: 8,
  rotaryBase: 1000,
  dropout: 0.2,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  batches: "prefix",
} as const;

/** Of the root-mean-square norms. */
const RMS_EPSILON = 1e-6;

export type Ttt4RecParameters = ReturnType<typeof ttt4RecParameters>;

type Block = {
  readonly mixerNorm: RmsNorm;
  readonly mixer: TttMlp;
  readonly feedForwardNorm: RmsNorm;
  readonly feedForward: SwiGlu;
};

function ttt4RecParameters(options: Required<Ttt4RecOptions>, key: tf.Tensor1D) {
  const { items, dimensions, blocks, heads, miniBatch, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [itemKey, ...blockKeys] = Rng.split(key, 1 + blocks);
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      inputNorm: layerNorm({ dimensions }),
      blocks: blockKeys.map((blockKey): Block => {
        const [mixerKey, feedForwardKey] = Rng.split(blockKey, 2);
        return {
          mixerNorm: rmsNorm({ dimensions }),
          mixer: tttMlp({ dimensions, heads, miniBatch, init }, mixerKey),
          feedForwardNorm: rmsNorm({ dimensions }),
          feedForward: swiGlu({ dimensions, inner, init }, feedForwardKey),
        };
      }),
      outputNorm: rmsNorm({ dimensions }),
    };
  });
}

/** A TTT4Rec with fresh parameters. */
export function ttt4Rec(
  options: Ttt4RecOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: Ttt4RecParameters } {
  const defaults = { ...TTT4REC_DEFAULTS, ...options };
  const complete = { ...defaults, inner: options.inner ?? 4 * defaults.dimensions };
  if (complete.blocks < 1) throw new Error(`TTT4Rec needs at least one block, got ${complete.blocks}.`);
  const parameters = ttt4RecParameters(complete, key);
  const { blocks, outputNorm } = parameters;
  const model = tiedSoftmaxModel({
    name: "TTT4Rec",
    parameters,
    itemTable: parameters.items.table,
    batches: complete.batches,
    encode(batch, keys) {
      const hidden = runBlocks(parameters, complete, batch, blocks.slice(0, -1), keys);
      const last = blocks[complete.blocks - 1];
      // x + TTT(RMSNorm(x)), read at the last real position
      const readings = tttReadings(last.mixer, normed(last.mixerNorm, hidden), complete);
      const position = batch.lengths.sub(tf.scalar(1, "int32"));
      const mixed = tttOutput(last.mixer, selectPositions(readings, position));
      const output = withFeedForward(last, selectPositions(hidden, position).add(mixed));
      return normed(outputNorm, output) as tf.Tensor2D;
    },
    encodeAll: (batch, keys) => normed(outputNorm, runBlocks(parameters, complete, batch, blocks, keys)),
  });
  return { ...model, parameters };
}

/** Embedding and blocks on all positions: [B, L, d]. */
function runBlocks(
  parameters: Ttt4RecParameters,
  options: Required<Ttt4RecOptions>,
  { items }: SequenceInput,
  blocks: readonly Block[],
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const { dropout, epsilon } = options;
  // x = LN(Dropout(E[ids]))
  const embedded = applyEmbedding(parameters.items, items, { padding: 0 });
  const input = applyLayerNorm(parameters.inputNorm, applyDropout(embedded, dropout, keys), epsilon);
  return blocks.reduce((hidden, block) => {
    const mixed = applyTttMlp(block.mixer, normed(block.mixerNorm, hidden), options);
    return withFeedForward(block, hidden.add(mixed)) as tf.Tensor3D;
  }, input as tf.Tensor3D);
}

/** x + SwiGLU(RMSNorm(x)) */
function withFeedForward({ feedForwardNorm, feedForward }: Block, x: tf.Tensor): tf.Tensor {
  return x.add(applySwiGlu(feedForward, normed(feedForwardNorm, x)));
}

function normed<T extends tf.Tensor>(norm: RmsNorm, x: T): T {
  return applyRmsNorm(norm, x, RMS_EPSILON) as T;
}
