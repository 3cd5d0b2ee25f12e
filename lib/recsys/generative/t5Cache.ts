import { tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import { relativeBucket } from "./relativeBuckets";
import { decoderNorm, type Encoded, embed, head } from "./t5";
import type { T5 } from "./t5Parameters";
import {
  attend,
  crossAttention,
  feedForward,
  type KeysAndValues,
  keysAndValues,
  normalised,
} from "./t5Sublayers";

/**
 * Decoding token by token. What a layer computed for earlier tokens is kept: a step costs one position, not the whole prefix. The cache grows by a position
 * a step, so that no step reads places that are still empty; a program of several steps is one graph of all of them. Evaluation only: there is no
 * dropout here.
 */

/** What all steps and beams share: of each layer the keys and values of the encoder's states, and their mask. */
export type T5Memory = {
  /** One a layer, [B, heads, L, d_kv] */
  readonly layers: readonly KeysAndValues[];
  /** [B, 1, 1, L] */
  readonly mask: tf.Tensor4D;
};

/** Of each layer the self-attention's keys and values of the T tokens so far: [B, beams, heads, T, d_kv]. */
export type T5Cache = readonly { readonly key: tf.Tensor5D; readonly value: tf.Tensor5D }[];

/** The cache before the first step. */
export const EMPTY_CACHE: T5Cache = [];

/** Computes the encoder's keys and values of each decoder layer, once for all steps. */
export function decoderMemory({ options, weights }: T5<tf.Tensor>, { states, mask }: Encoded): T5Memory {
  const layers = weights.decoder.layers.map(({ crossAttention: { attention } }) =>
    keysAndValues(attention, states, options.heads),
  );
  return { layers, mask };
}

export type T5Step = {
  /** [B, beams, V], of the token after the last one. */
  readonly logits: tf.Tensor3D;
  /** [B, beams, d], the decoder's output vectors after the last token, as `decodeStates` has them. */
  readonly states: tf.Tensor3D;
  readonly cache: T5Cache;
};

/**
 * One position of the decoder for all beams. In the cross-attention the beams of a row stand side by side as queries, so that the encoder's keys and
 * values are not copied for each.
 * @param cache   of the tokens before the last
 * @param tokens  [B, beams] int32, each beam's last token; at the first step the start token
 */
export function decodeStep(
  model: T5<tf.Tensor>,
  memory: T5Memory,
  cache: T5Cache,
  tokens: tf.Tensor2D,
): T5Step {
  const { options, weights } = model;
  const [batch, beams] = tokens.shape;
  const { dimensions, heads, headDimensions } = options;
  const length = 1 + (cache[0]?.key.shape[3] ?? 0);
  const bias = lastBias(model, length);

  let hidden = embed(model, tokens);
  const grown = weights.decoder.layers.map((layer, index) => {
    const { attention } = layer.selfAttention;
    const alone = hidden.reshape<tf.Tensor3D>([batch * beams, 1, dimensions]);
    const own = normalised(layer.selfAttention, alone, options);
    const added = keysAndValues(attention, own, heads); // [B · beams, heads, 1, d_kv]
    const all = {
      key: append(added.key, cache[index]?.key),
      value: append(added.value, cache[index]?.value),
    };
    const attended = attend(attention, own, all, bias, options).reshape<tf.Tensor3D>(hidden.shape);
    hidden = crossAttention(
      layer.crossAttention,
      hidden.add(attended),
      memory.layers[index],
      memory.mask,
      options,
    );
    hidden = feedForward(layer.feedForward, hidden, options);
    const shape = [batch, beams, heads, length, headDimensions] as [number, number, number, number, number];
    return { key: all.key.reshape<tf.Tensor5D>(shape), value: all.value.reshape<tf.Tensor5D>(shape) };
  });
  const states = decoderNorm(model, hidden);
  return { logits: head(model, states), states, cache: grown };
}

/**
 * The decoder has read tokens, the same for all rows, but for the last of them: what a search or a sample goes on from.
 * @param tokens  at least one; the first is the start token
 * @returns the cache of all tokens but the last, and the last [B, 1] int32
 */
export function readPrefix(
  model: T5<tf.Tensor>,
  memory: T5Memory,
  tokens: readonly number[],
): { readonly cache: T5Cache; readonly last: tf.Tensor2D } {
  if (tokens.length === 0) throw new RangeError("readPrefix: the decoder needs a start token.");
  const batch = memory.mask.shape[0];
  const column = (token: number) => tf.fill<tf.Rank.R2>([batch, 1], token, "int32");
  let cache = EMPTY_CACHE;
  for (const token of tokens.slice(0, -1)) cache = decodeStep(model, memory, cache, column(token)).cache;
  return { cache, last: column(tokens[tokens.length - 1]) };
}

/**
 * The cache of other beams, each the continuation of one that is there. Their number may change: a search can make its first step with one beam, and
 * go on with as many as it wants.
 * @param parents  [B, new beams] int32, in [0, beams)
 */
export function reorderCache(cache: T5Cache, parents: tf.Tensor2D): T5Cache {
  return cache.map(({ key, value }) => ({
    key: gather(key, parents, 1, 1),
    value: gather(value, parents, 1, 1),
  }));
}

/** @param added [B · beams, heads, 1, d_kv] @param cached absent: there is nothing before it @returns [B · beams, heads, T + 1, d_kv] */
function append(added: tf.Tensor4D, cached?: tf.Tensor5D): tf.Tensor4D {
  if (cached === undefined) return added;
  const [rows, heads, , width] = added.shape;
  return tf.concat([cached.reshape<tf.Tensor4D>([rows, heads, -1, width]), added], 2);
}

/** Relative biases of the last of so many positions as the query. @returns [heads, 1, length] */
function lastBias({ options, weights }: T5<tf.Tensor>, length: number): tf.Tensor {
  const { buckets, maxDistance, heads } = options;
  const of = Int32Array.from({ length }, (_, key) =>
    relativeBucket(key - (length - 1), { bidirectional: false, buckets, maxDistance }),
  );
  const rows = gather(weights.decoder.relativeBias, tf.tensor1d(of, "int32")); // [length, heads]
  return rows.transpose().reshape([heads, 1, length]);
}
