import { tf } from "../../tensor";
import { timesWeights } from "../../tensor/ops/matMul";
import { causalBias, type KeysAndValues, type Seen } from "./attention";
import { type BlockContext, decoderBlock, observedNorm } from "./block";
import type { ModelConfig } from "./config";
import { type ActivationCache, type Hook, type HookName, observer } from "./hooks";
import { type KvCache, lengthBias, packed, seen } from "./kvCache";
import { tableRows, withLayer, withTable } from "./layerSource";
import { type Rotation, rotationAt, rotationOf } from "./rope";
import { scoped } from "./scope";
import type { LanguageModel, LayerWeights } from "./weights";

export interface RunOptions {
  readonly hooks?: readonly Hook[];
  /** Activations to give back, as they are behind the hooks. */
  readonly cacheNames?: readonly HookName[];
  /** What has been read before; it stays as it is. */
  readonly past?: KvCache;
  /** Tokens of each row, at least 1; what follows them is padding. Default: all. */
  readonly lengths?: readonly number[];
}

export interface Run {
  /** [B, n, V], of the token that follows each; behind a row's last token without meaning */
  readonly logits: tf.Tensor3D;
  readonly cache: ActivationCache;
  /** What has been read, these tokens included: the `past` of a run that goes on. */
  readonly kv: KvCache;
}

/**
 * The forward pass, with hooks.
 * @param tokens  [B, n] int32, in [0, V); rows that are shorter are filled up at the right
 * @returns tensors for the caller to free
 * @throws RangeError where the rows do not fit to `past` or `lengths`, or a sequence becomes longer than the model's positions
 */
export function run(model: LanguageModel, tokens: tf.Tensor2D, options: RunOptions = {}): Run {
  const { hooks = [], cacheNames = [], past } = options;
  const { config } = model;
  const [batch, count] = tokens.shape;
  const lengths = checkedLengths(config, batch, count, options);
  return scoped(() => {
    const columns = past?.bias.shape[1] ?? 0;
    const watch = observer(hooks, cacheNames, config.layers, columns);
    const context = {
      config,
      observer: watch,
      rotation: rotationAfter(config, past, batch, count),
      bias: count === 1 ? undefined : causalBias(count),
    };
    const hidden = watch.at("embed", 0, embed(model, tokens));
    const pastOf = (layer: number) => (past === undefined ? [] : [seen(past, layer)]);
    const { hidden: last, fresh } = decoderLayers(model, hidden, 0, pastOf, context);
    const logits = unembed(model, finalNorm(model, last, context));
    const read = {
      layers: fresh,
      bias: lengthBias(lengths, count),
      lengths: lengths.map((length, row) => (past?.lengths[row] ?? 0) + length),
    };
    return {
      logits,
      cache: watch.cache,
      kv: packed([...(past === undefined ? [] : [{ cache: past }]), { cache: read }]),
    };
  });
}

/** E[tokens]. @param tokens [B, n] int32 @returns [B, n, D] */
export function embed(model: LanguageModel, tokens: tf.Tensor2D): tf.Tensor3D {
  return tableRows(model, model.weights.embedding, tokens);
}

/**
 * Layers `startLayer`, … one after the other.
 * @param hidden  resid_pre of the first of them, [B, n, D]
 * @param pastOf  what a layer's queries see beside the new positions
 * @returns resid_post of the last layer, and the new keys and values of the layers that were computed
 */
export function decoderLayers(
  model: LanguageModel,
  hidden: tf.Tensor3D,
  startLayer: number,
  pastOf: (layer: number) => readonly Seen[],
  context: BlockContext,
): { hidden: tf.Tensor3D; fresh: KeysAndValues[] } {
  const fresh: KeysAndValues[] = [];
  let x = hidden;
  for (let layer = startLayer; layer < model.config.layers; layer++) {
    const residPre = context.observer.at("resid_pre", layer, x);
    const block = (weights: LayerWeights) => decoderBlock(weights, layer, residPre, pastOf(layer), context);
    // What a layer makes on its way is freed behind it: a batch fills memory with one layer of activations, not with all.
    const made = scoped(() => ({
      ...withLayer(model, layer, block, residPre),
      kept: context.observer.keptOf(layer),
    }));
    fresh.push(made.fresh);
    x = made.hidden;
  }
  return { hidden: x, fresh };
}

/** RMSNorm behind the last layer. @param hidden [B, n, D] */
export function finalNorm(
  { weights, config }: LanguageModel,
  hidden: tf.Tensor3D,
  context: Pick<BlockContext, "config" | "observer">,
): tf.Tensor3D {
  return observedNorm(hidden, weights.finalNorm, "ln_final_scale", config.layers, context);
}

/**
 * normed Uᵀ
 * @param normed  [.., D]
 * @param tokens  those whose logits are wanted; default: the whole vocabulary
 * @returns [.., V], or [.., tokens]
 */
export function unembed<T extends tf.Tensor = tf.Tensor3D>(
  model: LanguageModel,
  normed: tf.Tensor,
  tokens?: readonly number[],
): T {
  const { unembedding } = model.weights;
  const product = (rows: tf.Tensor) => timesWeights<T>(normed, rows);
  if (tokens === undefined) return withTable(model, unembedding, product, normed);
  return product(tableRows(model, unembedding, tf.tensor1d([...tokens], "int32")));
}

/**
 * The logits behind the last position of each row, the only ones that an answer needs.
 * @param hidden  resid_post of the last layer, [B, n, D]
 * @param tokens  as for `unembed`
 * @returns [B, V], or [B, tokens]
 */
export function lastLogits(
  model: LanguageModel,
  hidden: tf.Tensor3D,
  context: Pick<BlockContext, "config" | "observer">,
  tokens?: readonly number[],
): tf.Tensor2D {
  const [batch, count, width] = hidden.shape;
  const normed = finalNorm(model, hidden, context).slice([0, count - 1, 0], [batch, 1, width]);
  return unembed<tf.Tensor2D>(model, normed.reshape([batch, width]), tokens);
}

/** The rotation of `count` new positions of each row. */
function rotationAfter(
  config: ModelConfig,
  past: KvCache | undefined,
  batch: number,
  count: number,
): Rotation {
  const starts = past?.lengths ?? [0];
  const [first] = starts;
  if (starts.every((start) => start === first)) return rotationOf(config, first, count);
  const positions = starts.flatMap((start) => Array.from({ length: count }, (_, i) => start + i));
  const limit = Math.max(...starts) + count;
  return rotationAt(config, tf.tensor2d(positions, [batch, count], "int32"), limit);
}

function checkedLengths(
  { maxPositions }: ModelConfig,
  batch: number,
  count: number,
  { past, lengths = Array<number>(batch).fill(count) }: RunOptions,
): readonly number[] {
  if (past !== undefined && past.lengths.length !== batch)
    throw new RangeError(`${batch} rows of tokens cannot go on from a cache of ${past.lengths.length}.`);
  if (lengths.length !== batch || !lengths.every((n) => Number.isInteger(n) && n >= 1 && n <= count))
    throw new RangeError(
      `lengths must be ${batch} whole numbers from 1 to ${count}, one a row, not [${lengths}].`,
    );
  for (const [row, length] of lengths.entries()) {
    const total = (past?.lengths[row] ?? 0) + length;
    if (total > maxPositions)
      throw new RangeError(`row ${row} has ${total} tokens; the model has ${maxPositions} positions.`);
  }
  return lengths;
}
