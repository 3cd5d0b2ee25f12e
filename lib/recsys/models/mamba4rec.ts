import {
  applyDropout,
  applyEmbedding,
  applyLayerNorm,
  applyMamba,
  embedding,
  type KeyStream,
  layerNorm,
  type Mamba,
  mamba,
  mambaOutput,
  mambaSelection,
  normalInit,
  selectiveScanLast,
  zeros,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { afterMixer, type MixerBlock, mixerBlock } from "./mixerBlock";
import { type SequentialModel, selectPositions, tiedSoftmaxModel } from "./sequentialModel";

/*
 * Mamba4Rec: C. Liu et al., Mamba4Rec: Towards Efficient Sequential Recommendation with Selective State Space Models, 2024,
 * arXiv:2403.03900.
 *
 * Reference code: chengkai-liu/Mamba4Rec, mamba4rec.py, with the layer of state-spaces/mamba, modules/mamba_simple.py. As there, a
 * model of one layer has no residual connection around it, no position embedding tells the order, and one initialisation goes over
 * all linear layers: N(0, 0.02²) weights and zero biases, those of Δ included, which Mamba sets to small steps; so Δ starts near
 * softplus(0) = 0.69.
 *
 * Deviations from the reference code:
 * - Only the last real position is read, so the last layer computes its final states, gate, feed-forward network and norms there
 *   alone. The numbers are the same; a training step is about half the work.
 */

export interface Mamba4RecOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  /** States a channel. */
  readonly states?: number;
  /** Positions that the convolution sees. */
  readonly convolutionWidth?: number;
  /** Channels of the Mamba layer / d. */
  readonly expand?: number;
  /** Width of the feed-forward network; default 4d. */
  readonly inner?: number;
  /** Of embeddings, of each sublayer's output, and inside the feed-forward network. */
  readonly dropout?: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
  /** The reference trains on prefixes; `position` trains on all positions of a window in one pass. */
  readonly batches?: "prefix" | "position";
}

/** The values of the reference code's config.yaml. */
export const MAMBA4REC_DEFAULTS = {
  dimensions: 64,
  blocks: 1,
  states: 32,
  convolutionWidth: 4,
  expand: 2,
  dropout: 0.2,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  batches: "prefix",
} as const;

export type Mamba4RecParameters = ReturnType<typeof mamba4RecParameters>;

type Block = MixerBlock & { readonly mamba: Mamba };

function mamba4RecParameters(options: Required<Mamba4RecOptions>, key: tf.Tensor1D) {
  const { items, dimensions, blocks, states, convolutionWidth, expand, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [itemKey, ...blockKeys] = Rng.split(key, 1 + blocks);
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      inputNorm: layerNorm({ dimensions }),
      blocks: blockKeys.map((blockKey): Block => {
        const [mambaKey, feedForwardKey] = Rng.split(blockKey, 2);
        return {
          mamba: mamba(
            { dimensions, expand, states, convolutionWidth, init, stepInit: init, stepBiasInit: zeros },
            mambaKey,
          ),
          ...mixerBlock({ dimensions, inner, init }, feedForwardKey),
        };
      }),
    };
  });
}

/** A Mamba4Rec with fresh parameters. */
export function mamba4Rec(
  options: Mamba4RecOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: Mamba4RecParameters } {
  const defaults = { ...MAMBA4REC_DEFAULTS, ...options };
  const complete = { ...defaults, inner: options.inner ?? 4 * defaults.dimensions };
  if (complete.blocks < 1) throw new Error(`Mamba4Rec needs at least one block, got ${complete.blocks}.`);
  const parameters = mamba4RecParameters(complete, key);
  const last = parameters.blocks[complete.blocks - 1];
  const model = tiedSoftmaxModel({
    name: "Mamba4Rec",
    parameters,
    itemTable: parameters.items.table,
    batches: complete.batches,
    encode(batch, keys) {
      const hidden = runBlocks(parameters, complete, batch, parameters.blocks.slice(0, -1), keys);
      return lastOutput(last, complete, hidden, batch, keys);
    },
    encodeAll: (batch, keys) => runBlocks(parameters, complete, batch, parameters.blocks, keys),
  });
  return { ...model, parameters };
}

/** Embedding and blocks on all positions: [B, L, d]. */
function runBlocks(
  parameters: Mamba4RecParameters,
  options: Required<Mamba4RecOptions>,
  { items }: SequenceInput,
  blocks: readonly Block[],
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const { dropout, epsilon } = options;
  // H = LN(Dropout(E[ids]))
  const embedded = applyEmbedding(parameters.items, items, { padding: 0 });
  const input = applyLayerNorm(parameters.inputNorm, applyDropout(embedded, dropout, keys), epsilon);
  return blocks.reduce((hidden, block) => {
    const mixed = applyMamba(block.mamba, hidden);
    return afterMixer(block, hidden, mixed, mixing(options, keys)) as tf.Tensor3D;
  }, input as tf.Tensor3D);
}

/** A block's output at the last real position of each row: [B, d]. @param hidden [B, L, d] */
function lastOutput(
  block: Block,
  options: Required<Mamba4RecOptions>,
  hidden: tf.Tensor3D,
  { items, lengths }: SequenceInput,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  const position = lengths.sub(tf.scalar(1, "int32"));
  const at = (sequence: tf.Tensor3D) => selectPositions(sequence, position) as tf.Tensor2D;
  const selected = mambaSelection(block.mamba, hidden);
  // Δ = 0 on padding: the states behind the last column are those of the last real position.
  const real = items.greater(tf.scalar(0, "int32")).toFloat().expandDims(2);
  const delta = selected.delta.mul<tf.Tensor3D>(real);
  const y = selectiveScanLast({ ...selected, delta, read: at(selected.read) });
  const input = at(hidden);
  const mixed = mambaOutput(block.mamba, { input, x: at(selected.x), y });
  return afterMixer(block, input, mixed, mixing(options, keys)) as tf.Tensor2D;
}

function mixing({ blocks, dropout, epsilon }: Required<Mamba4RecOptions>, keys: KeyStream | undefined) {
  return { residual: blocks > 1, activation: "gelu", dropout, epsilon, keys } as const;
}
