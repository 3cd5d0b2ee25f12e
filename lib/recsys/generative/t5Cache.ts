import { tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import { where } from "../../tensor/ops/where";
import { relativeBucketTable } from "./relativeBuckets";
import { BLOCKED, type Encoded, embed, head } from "./t5";
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
 * Decoding token by token. What a layer computed for earlier tokens is kept: a step costs one position, not the whole prefix. Shapes do not change from
 * step to step, and the step is a tensor, so that one compiled program serves all of them. Evaluation only: there is no dropout here.
 */

/** What all steps and beams share: of each layer the keys and values of the encoder's states, and their mask. */
export type T5Memory = {
  /** One a layer, [B, heads, L, d_kv] */
  readonly layers: readonly KeysAndValues[];
  /** [B, 1, 1, L] */
  readonly mask: tf.Tensor4D;
};

/** Of each layer the self-attention's keys and values of the tokens so far: [B, beams, heads, T, d_kv], T steps at most. */
export type T5Cache = readonly { readonly key: tf.Tensor5D; readonly value: tf.Tensor5D }[];

/** Computes the encoder's keys and values of each decoder layer, once for all steps. */
export function decoderMemory({ options, weights }: T5<tf.Tensor>, { states, mask }: Encoded): T5Memory {
  const layers = weights.decoder.layers.map(({ crossAttention: { attention } }) =>
    keysAndValues(attention, states, options.heads),
  );
  return { layers, mask };
}

/**
 * The cache before the first step.
 * @param steps  T, tokens that will be decoded at most
 */
export function emptyCache(
  { options }: T5<tf.Tensor>,
  { batch, beams, steps }: { readonly batch: number; readonly beams: number; readonly steps: number },
): T5Cache {
  const { layers, heads, headDimensions } = options;
  const zeros = () => tf.zeros<tf.Rank.R5>([batch, beams, heads, steps, headDimensions]);
  return Array.from({ length: layers }, () => ({ key: zeros(), value: zeros() }));
}

export type T5Step = {
  /** [B, beams, V], of the token after the last one. */
  readonly logits: tf.Tensor3D;
  readonly cache: T5Cache;
};

/**
 * One position of the decoder for all beams. In the cross-attention the beams of a row stand side by side as queries, so that the encoder's keys and
 * values are not copied for each.
 * @param tokens  [B, beams] int32, each beam's last token; 0 at the first step
 * @param step    int32 scalar in [0, T): how many tokens the cache has
 */
export function decodeStep(
  model: T5<tf.Tensor>,
  memory: T5Memory,
  cache: T5Cache,
  tokens: tf.Tensor2D,
  step: tf.Scalar,
): T5Step {
  const { options, weights } = model;
  const [batch, beams] = tokens.shape;
  const { dimensions } = options;
  const steps = cache[0].key.shape[3];
  const positions = tf.range(0, steps, 1, "int32");
  const isCurrent = positions.equal(step).reshape([steps, 1]);
  const bias = stepBias(model, positions, step);

  let hidden = embed(model, tokens);
  const grown = weights.decoder.layers.map((layer, index) => {
    const { attention } = layer.selfAttention;
    const alone = hidden.reshape<tf.Tensor3D>([batch * beams, 1, dimensions]);
    const own = normalised(layer.selfAttention, alone, options);
    const added = keysAndValues(attention, own, options.heads); // [B · beams, heads, 1, d_kv]
    const all = {
      key: write(added.key, cache[index].key, isCurrent),
      value: write(added.value, cache[index].value, isCurrent),
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
    const { shape } = cache[index].key;
    return { key: all.key.reshape<tf.Tensor5D>(shape), value: all.value.reshape<tf.Tensor5D>(shape) };
  });
  return { logits: head(model, hidden), cache: grown };
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

/** The cache with the new position in its place. @param added [B · beams, heads, 1, d_kv] @returns [B · beams, heads, T, d_kv] */
function write(added: tf.Tensor4D, cached: tf.Tensor5D, isCurrent: tf.Tensor): tf.Tensor4D {
  const [rows, heads, , width] = added.shape;
  return where(isCurrent, added, cached.reshape([rows, heads, -1, width]));
}

/** Relative biases and mask of the query at `step` over all T places. @returns [heads, 1, T] */
function stepBias({ options, weights }: T5<tf.Tensor>, positions: tf.Tensor, step: tf.Scalar): tf.Tensor {
  const { buckets, maxDistance, heads } = options;
  const steps = positions.size;
  const all = relativeBucketTable(steps, steps, { bidirectional: false, buckets, maxDistance });
  const row = gather(tf.tensor2d(all, [steps, steps], "int32"), step); // [T]
  const biases = gather(weights.decoder.relativeBias, row).transpose(); // [heads, T]
  const mask = positions.greater(step).toFloat().mul(BLOCKED);
  return biases.add(mask).reshape([heads, 1, steps]);
}
