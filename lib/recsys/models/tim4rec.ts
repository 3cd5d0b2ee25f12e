import {
  type Activation,
  applyDropout,
  applyEmbedding,
  applyLayerNorm,
  applyMamba2,
  embedding,
  type KeyStream,
  layerNorm,
  type Mamba2,
  mamba2,
  mamba2Output,
  mamba2Selection,
  normalInit,
  type SsdForm,
  ssdFinalState,
  zeros,
} from "../../nn";
import { tf } from "../../tensor";
import { matMul } from "../../tensor/ops/matMul";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { afterMixer, type MixerBlock, mixerBlock } from "./mixerBlock";
import { type SequentialModel, selectPositions, tiedSoftmaxModel } from "./sequentialModel";
import {
  applyTimeDifferences,
  gapSequence,
  maskedNorm,
  nextGaps,
  type TimeDifferences,
  timeDifferences,
  timeResidual,
} from "./timeDifferences";

/*
 * TiM4Rec: H. Fan et al., TiM4Rec: An Efficient Sequential Recommendation Model Based on Time-Aware Structured State Space Duality
 * Model, 2024, arXiv:2409.16182.
 *
 * Reference code: AlwaysFHao/TiM4Rec, tim4rec.py, ssd.py and config/config4movie_64d.yaml. As its ssd.py does for a number of heads
 * that is no multiple of 8, the convolutions are followed by the hard swish, not by SiLU.
 *
 * Prefix batches only. The gaps of a row pass through norms and dense layers over all L positions, so the step Δ of an early event
 * depends on the gaps that come after it. At the last position nothing comes after, and all gaps are known when a prediction is asked
 * for. In a pass over all positions it would be a leak: position i would see the gap to the event that it must predict, those after
 * it, and how many there are. Every position has its own Δ of all events before it, so exact vectors of all positions are L recurrences
 * a row, which is what prefix batches are.
 *
 * Deviations from the reference code:
 * - Padding is masked. There, the first padded position of a row has a gap of minus its last time, some 10⁹ s, which the norm over the
 *   row divides all other gaps by. Here padding has no gap, norms of gaps take their mean and variance over the real positions, and
 *   dense layers over positions read 0 there. Rows without padding give the same numbers.
 * - The norms of gaps have an ε of 1e-5, not 1e-12: the gaps of a row may all be equal, where 1e-12 multiplies gradients by 10⁶. Gaps
 *   are in seconds there and here, so it changes nothing else.
 * - Without the last block's gate and norm of gaps, which nothing reads.
 * - Only the last real position is read, so the last block computes its final states, gate, feed-forward network and norms there
 *   alone. The numbers are the same.
 */

export interface TiM4RecOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** L: the longest history, which sizes the dense layers over positions. */
  readonly windowLength: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  /** Channels of the state-space layers / d. */
  readonly expand?: number;
  /** Channels a head, which must divide `expand` d. */
  readonly headDimensions?: number;
  /** Width of the states. */
  readonly states?: number;
  /** Positions that the convolutions see. */
  readonly convolutionWidth?: number;
  /** Width of the feed-forward network; default 4d. */
  readonly inner?: number;
  /** Of embeddings, of gaps as they enter, of each sublayer's output, and inside the feed-forward network. */
  readonly dropout?: number;
  /** In front of the dense layers over positions. */
  readonly timeDropout?: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of all norms but those of gaps. */
  readonly epsilon?: number;
  /**
   * Append the gap between the last event and the predicted one to the gaps of a row, so that the model knows the time of prediction.
   * Off, as in the paper. On, it is a fair opponent for models that are given that time.
   */
  readonly servingTime?: boolean;
  /** How the recurrence of all blocks but the last is computed; default `quadratic` for windows of up to 64, else `chunked`. */
  readonly form?: SsdForm;
  /** Chunk length of the chunked form. */
  readonly chunk?: number;
}

/** The values of the reference code's config4movie_64d.yaml. */
export const TIM4REC_DEFAULTS = {
  dimensions: 64,
  blocks: 2,
  expand: 2,
  headDimensions: 32,
  states: 32,
  convolutionWidth: 4,
  dropout: 0.2,
  timeDropout: 0.2,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  servingTime: false,
  chunk: 32,
} as const;

/** Behind every convolution, and in the feed-forward networks. */
const ACTIVATION: Activation = "hardSwish";
const LONGEST_QUADRATIC = 64;

type CompleteOptions = Required<TiM4RecOptions>;

type Block = MixerBlock & { readonly ssd: Mamba2; readonly time: TimeDifferences };

export type TiM4RecParameters = ReturnType<typeof tiM4RecParameters>;

function tiM4RecParameters(options: CompleteOptions, key: tf.Tensor1D) {
  const { items, dimensions, blocks, expand, headDimensions, states, convolutionWidth, inner } = options;
  const init = normalInit(options.initialDeviation);
  const gaps = options.windowLength + (options.servingTime ? 1 : 0);
  const channels = expand * dimensions;
  const heads = channels / headDimensions;
  // torch.nn.init.kaiming_normal_ with mode fan_out, for which a depthwise convolution of n channels has n · width outputs.
  const convolutionInit = (outputs: number) => normalInit(Math.sqrt(2 / (outputs * convolutionWidth)));
  return tf.tidy(() => {
    const [itemKey, residualsKey, ...blockKeys] = Rng.split(key, 2 + blocks);
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      inputNorm: layerNorm({ dimensions }),
      gapNorm: layerNorm({ dimensions: gaps }),
      /** One between every two blocks. */
      timeResiduals: Rng.split(residualsKey, blocks)
        .slice(1)
        .map((residualKey) => timeResidual({ gaps, init }, residualKey)),
      blocks: blockKeys.map((blockKey): Block => {
        const [ssdKey, timeKey, feedForwardKey] = Rng.split(blockKey, 3);
        return {
          ssd: mamba2(
            {
              ...{ dimensions, expand, headDimensions, states, convolutionWidth, init, bias: true },
              convolutionInit: convolutionInit(channels + 2 * states),
              convolutionBiasInit: zeros,
            },
            ssdKey,
          ),
          time: timeDifferences(
            { gaps, heads, width: convolutionWidth, init, convolutionInit: convolutionInit(heads) },
            timeKey,
          ),
          ...mixerBlock({ dimensions, inner, init }, feedForwardKey),
        };
      }),
    };
  });
}

/** A TiM4Rec with fresh parameters. */
export function tiM4Rec(
  options: TiM4RecOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: TiM4RecParameters } {
  const form = options.windowLength <= LONGEST_QUADRATIC ? "quadratic" : "chunked";
  const defaults = { ...TIM4REC_DEFAULTS, form, ...options } as const;
  const complete = { ...defaults, inner: options.inner ?? 4 * defaults.dimensions };
  if (complete.blocks < 1) throw new Error(`TiM4Rec needs at least one block, got ${complete.blocks}.`);
  const parameters = tiM4RecParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "TiM4Rec",
    parameters,
    itemTable: parameters.items.table,
    encode: (batch, keys) => encode(parameters, complete, batch, keys),
  });
  return { ...model, parameters };
}

/** o_n [B, d] */
function encode(
  parameters: TiM4RecParameters,
  options: CompleteOptions,
  batch: SequenceInput,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  const { dropout, timeDropout, epsilon, windowLength } = options;
  const [rows, length] = batch.items.shape;
  if (length > windowLength) {
    throw new Error(`TiM4Rec: histories of ${length} items, but its windows hold ${windowLength}.`);
  }
  // H = LN(Dropout(E[ids]))
  const embedded = applyEmbedding(parameters.items, batch.items, { padding: 0 });
  const input = applyLayerNorm(parameters.inputNorm, applyDropout(embedded, dropout, keys), epsilon);
  // g = LN(Dropout(t_i - t_{i-1})), the same for all heads
  const { seconds, mask } = gapSequence(batch, options);
  const heads = parameters.blocks[0].ssd.deltaBias.size;
  const first = maskedNorm(parameters.gapNorm, applyDropout(seconds, dropout, keys), mask);
  let gaps: tf.Tensor3D = first.expandDims(1).tile([1, heads, 1]);
  let hidden = input as tf.Tensor3D;
  const time = { activation: ACTIVATION, dropoutRate: timeDropout, keys };
  /** td, as a factor of Δ. @returns [B, L, H] */
  const factor = (differences: tf.Tensor3D) =>
    differences.transpose([0, 2, 1]).slice([0, 0, 0], [rows, length, heads]);
  parameters.timeResiduals.forEach((residual, index) => {
    const block = parameters.blocks[index];
    const differences = applyTimeDifferences(block.time, gaps, time);
    const deltaFactor = factor(differences);
    const mixed = applyMamba2(block.ssd, hidden, { ...options, activation: ACTIVATION, deltaFactor });
    hidden = afterMixer(block, hidden, mixed, mixing(options, keys)) as tf.Tensor3D;
    gaps = nextGaps(residual, gaps, differences, mask.expandDims(1), time);
  });
  const last = parameters.blocks[parameters.blocks.length - 1];
  const deltaFactor = factor(applyTimeDifferences(last.time, gaps, time));
  return lastOutput(last, options, batch, hidden, deltaFactor, keys);
}

/** A block's output at the last real position of each row: [B, d]. @param hidden [B, L, d] @param deltaFactor [B, L, H] */
function lastOutput(
  block: Block,
  options: CompleteOptions,
  { items, lengths }: SequenceInput,
  hidden: tf.Tensor3D,
  deltaFactor: tf.Tensor,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  const [rows, length, heads] = deltaFactor.shape as [number, number, number];
  const position = lengths.sub(tf.scalar(1, "int32"));
  const at = (sequence: tf.Tensor) => selectPositions(sequence.reshape([rows, length, -1]), position);
  const { states, epsilon } = options;
  const selected = mamba2Selection(block.ssd, hidden, { states, activation: ACTIVATION, deltaFactor });
  // Δ = 0 on padding: the states behind the last column are those of the last real position.
  const real = items.greater(tf.scalar(0, "int32")).toFloat().expandDims(2);
  const state = ssdFinalState({ ...selected, delta: selected.delta.mul(real) }); // [B, H, s, p]
  const read = at(selected.read).reshape([rows, 1, 1, states]);
  const y = matMul(read, state).squeeze([2]); // [B, H, p]
  const x = at(selected.x).reshape([rows, heads, -1]);
  const input = at(hidden);
  const mixed = mamba2Output(block.ssd, { input, x, y }, epsilon);
  return afterMixer(block, input, mixed, mixing(options, keys)) as tf.Tensor2D;
}

function mixing({ blocks, dropout, epsilon }: CompleteOptions, keys: KeyStream | undefined) {
  return { residual: blocks > 1, activation: ACTIVATION, dropout, epsilon, keys } as const;
}
