import { tf } from "../../tensor";
import { causalBias, type KeysAndValues } from "./attention";
import { decoderLayers, embed, lastLogits } from "./forward";
import { type ActivationCache, type Hook, type HookName, observer } from "./hooks";
import { rotationOf } from "./rope";
import { scoped } from "./scope";
import type { LanguageModel } from "./weights";

/**
 * Re-computation of a suffix. What changes an activation of layer l at positions p₀ and later leaves all layers below l as they are, and all positions
 * before p₀ in every layer. From a run whose residual stream, keys and values were kept, such a change costs the rows p₀, … of the layers l, … and no
 * more: for the last position, one token instead of the whole sequence. The result is that of a run of everything.
 */

/** What is kept of a run of T tokens a row, all rows of that length. */
export interface Baseline {
  /** L + 1 tensors [B, T, D]: resid_pre of each layer, then resid_post of the last. */
  readonly residuals: readonly tf.Tensor3D[];
  /** One a layer, [B, G, T, d] */
  readonly layers: readonly KeysAndValues[];
}

/** Runs the model, but for its unembedding, and keeps what `resume` starts from. @param tokens [B, T] int32 */
export function recordBaseline(model: LanguageModel, tokens: tf.Tensor2D): Baseline {
  const { config } = model;
  const [, length] = tokens.shape;
  if (length > config.maxPositions)
    throw new RangeError(`A prompt has ${length} tokens; the model has ${config.maxPositions} positions.`);
  return scoped(() => {
    const watch = observer([], ["resid_pre"], config.layers, 0);
    const rotation = rotationOf(config, 0, length);
    const context = { config, observer: watch, rotation, bias: causalBias(length) };
    const { hidden, fresh } = decoderLayers(model, embed(model, tokens), 0, () => [], context);
    return { residuals: [...(watch.cache.resid_pre as tf.Tensor3D[]), hidden], layers: fresh };
  });
}

export interface ResumeOptions {
  readonly hooks: readonly Hook[];
  /** p₀: no hook changes anything at an earlier position. */
  readonly first: number;
  /** Runs this many variants side by side, from a baseline of one row. Default: as many as the baseline has rows. */
  readonly variants?: number;
  /** The tokens whose logits are wanted. Default: all of the vocabulary. */
  readonly answers?: readonly number[];
  /** Activations to give back, of what is computed. */
  readonly cacheNames?: readonly HookName[];
}

export interface Resumed {
  /** [B, V] or [B, answers], at the last position */
  readonly logits: tf.Tensor2D;
  readonly cache: ActivationCache;
}

/**
 * The logits of the baseline's tokens under hooks, by computing only what the hooks can change. A hook on `resid_post` of layer l starts with layer
 * l + 1, all others with their own layer; without hooks the result is the baseline's.
 * @throws RangeError where `first` is no position, or variants are asked of a baseline of several rows
 */
export function resume(model: LanguageModel, baseline: Baseline, options: ResumeOptions): Resumed {
  const { config } = model;
  const { hooks, first, variants, answers, cacheNames = [] } = options;
  const [rows, length, width] = baseline.residuals[0].shape;
  if (!(Number.isInteger(first) && first >= 0 && first < length))
    throw new RangeError(`resume: there is no position ${first}; they go from 0 to ${length - 1}.`);
  if (variants !== undefined && rows !== 1)
    throw new RangeError(`resume: variants need a baseline of one row, not of ${rows}.`);
  return scoped(() => {
    const watch = observer(hooks, cacheNames, config.layers, first);
    const startLayer = Math.min(config.layers, ...hooks.map(entryLayer));
    const count = length - first;
    const context = {
      config,
      observer: watch,
      rotation: rotationOf(config, first, count),
      bias: count === 1 ? undefined : causalBias(count),
    };

    let hidden = baseline.residuals[startLayer].slice([0, first, 0], [rows, count, width]);
    if (variants !== undefined) hidden = tf.tile(hidden, [variants, 1, 1]);
    // The stream between two layers is the output of one and the input of the next.
    hidden = startLayer === 0 ? watch.at("embed", 0, hidden) : watch.at("resid_post", startLayer - 1, hidden);
    const pastOf = (layer: number) => (first === 0 ? [] : [columnsBefore(baseline.layers[layer], first)]);
    const { hidden: last } = decoderLayers(model, hidden, startLayer, pastOf, context);
    return { logits: lastLogits(model, last, context, answers), cache: watch.cache };
  });
}

/** The first layer that a hook makes run again. */
function entryLayer({ name, layer }: Hook): number {
  return name === "resid_post" ? layer + 1 : layer;
}

function columnsBefore({ key, value }: KeysAndValues, first: number): KeysAndValues {
  const before = (x: tf.Tensor4D) => x.slice([0, 0, 0, 0], [-1, -1, first, -1]);
  return { key: before(key), value: before(value) };
}
