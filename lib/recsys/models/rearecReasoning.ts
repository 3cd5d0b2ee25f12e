import {
  applyDropout,
  applyEmbedding,
  applyLayerNorm,
  applyTransformerBlock,
  attentionMask,
  type Embedding,
  embedding,
  type KeyStream,
  normalInit,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { type SasRecOptions, type SasRecParameters, sasRec } from "./sasrec";
import { selectPositions } from "./sequentialModel";
import { positionedInput } from "./transformer";

export interface ReaRecOptions extends Omit<SasRecOptions, "batches"> {
  /** T, the reasoning steps; 0: the encoder alone. */
  readonly reasoningSteps?: number;
  /** τ, what the logits are divided by. */
  readonly temperature?: number;
}

export type CompleteReaRecOptions = Required<ReaRecOptions>;

export type ReaRecParameters = SasRecParameters & {
  /** [T, d], one row a reasoning step; absent where T is 0. */
  readonly reasoning?: Embedding;
};

/** The parameters of a SASRec, and one position embedding a reasoning step. @throws Error where the number of steps is none */
export function reaRecParameters(options: CompleteReaRecOptions, key: tf.Tensor1D): ReaRecParameters {
  const { reasoningSteps: count, dimensions, initialDeviation } = options;
  if (!Number.isInteger(count) || count < 0)
    throw new Error(`ReaRec: ${count} reasoning steps; choose 0 or more.`);
  const encoder = tf.tidy((): SasRecParameters => sasRec(options, Rng.foldIn(key, 0)).parameters);
  if (count === 0) return encoder;
  const init = normalInit(initialDeviation);
  const reasoning = tf.tidy(() => embedding({ count, dimensions, init }, Rng.foldIn(key, 1)));
  return { ...encoder, reasoning };
}

/**
 * The state at the last real item, h_0, and those of T reasoning tokens behind it, h_1 .. h_T. Token k enters as LN(h_{k-1} + r_k) and
 * sees all items, the tokens before it, and itself; no item sees a token, so that the encoder runs once over the history.
 * @param feed  what follows from the last state, [B, 1, d] from [B, 1, d]; default: the state itself
 * @returns [B, T + 1, d]
 */
export function reasoningStates(
  parameters: ReaRecParameters,
  options: CompleteReaRecOptions,
  { items, lengths }: Pick<SequenceInput, "items" | "lengths">,
  keys?: KeyStream,
  feed: (state: tf.Tensor) => tf.Tensor = (state) => state,
): tf.Tensor3D {
  const { blocks, inputNorm, reasoning } = parameters;
  const { heads, dropout, epsilon, reasoningSteps, dimensions } = options;
  const settings = { heads, dropoutRate: dropout, epsilon, keys };
  const batch = items.shape[0];

  // H = Dropout(LN(E[ids] + P)), and what each block reads from: memories[i] is the input of block i at every position.
  const embedded = applyEmbedding(parameters.items, items, { padding: 0 });
  const memories = [positionedInput("ReaRec", embedded, parameters, options, keys)];
  const causal = attentionMask(items, { causal: true });
  for (const block of blocks.slice(0, -1)) {
    const memory = memories[memories.length - 1];
    memories.push(applyTransformerBlock(block, memory, memory, { ...settings, mask: causal }));
  }
  // The last item and the tokens behind it see every key that is not padding.
  let mask = attentionMask(items, { causal: false });
  const open = tf.zeros<tf.Rank.R4>([batch, 1, 1, 1]);
  const last = selectPositions(memories[blocks.length - 1], lengths.sub(tf.scalar(1, "int32")).expandDims(1));
  const final = blocks[blocks.length - 1];
  let state = applyTransformerBlock(final, last as tf.Tensor3D, memories[blocks.length - 1], {
    ...settings,
    mask,
  });
  const states = [state];
  for (let step = 0; step < reasoningSteps; step++) {
    // x = Dropout(LN(h_{k-1} + r_k))
    const placed = feed(state).add(reasoning!.table.slice([step, 0], [1, dimensions]));
    let token = applyDropout(applyLayerNorm(inputNorm, placed, epsilon), dropout, keys) as tf.Tensor3D;
    mask = tf.concat4d([mask, open], 3);
    blocks.forEach((block, index) => {
      memories[index] = tf.concat([memories[index], token], 1);
      token = applyTransformerBlock(block, token, memories[index], { ...settings, mask });
    });
    state = token;
    states.push(state);
  }
  return tf.concat(states, 1);
}
