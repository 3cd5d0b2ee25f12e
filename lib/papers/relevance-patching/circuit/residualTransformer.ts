import { causalBias } from "../../../llm/model/attention";
import {
  type ActivationCache,
  type Hook,
  type HookName,
  type Observer,
  observer,
} from "../../../llm/model/hooks";
import { scoped } from "../../../llm/model/scope";
import { einsum, tf } from "../../../tensor";
import { gather } from "../../../tensor/ops/gather";

/** A layer of H heads, each with its own matrices, and a feed-forward layer without biases. Scores are q · k, not divided by √d. */
export interface ResidualLayer {
  /** [H, d, D] */
  readonly query: tf.Tensor3D;
  /** [H, d, D] */
  readonly key: tf.Tensor3D;
  /** [H, e, D] */
  readonly value: tf.Tensor3D;
  /** [H, D, e] */
  readonly output: tf.Tensor3D;
  /** relu(x Wᵢₙᵀ) Wₒᵤₜᵀ; absent: nothing is added. */
  readonly mlp?: { readonly input: tf.Tensor2D /* [F, D] */; readonly output: tf.Tensor2D /* [D, F] */ };
}

/** A decoder without norms and rotary positions: everything that it does to its residual stream is a sum that can be read off its weights. */
export interface ResidualTransformer {
  /** [V, D] */
  readonly tokens: tf.Tensor2D;
  /** [T, D], added to the tokens' rows: prompts have T tokens. */
  readonly positions: tf.Tensor2D;
  readonly layers: readonly ResidualLayer[];
  /** [A, D], a row an answer */
  readonly unembedding: tf.Tensor2D;
}

/** The hooks that such a model has, in the order of its forward pass. */
export const RESIDUAL_HOOKS = [
  "embed",
  "resid_pre",
  "q",
  "k",
  "v",
  "attn_scores",
  "pattern",
  "z",
  "attn_out",
  "resid_mid",
  "mlp_out",
  "resid_post",
] as const satisfies readonly HookName[];

export interface ResidualRunOptions {
  readonly hooks?: readonly Hook[];
  readonly cacheNames?: readonly HookName[];
}

export interface ResidualRun {
  /** [B, T, A] */
  readonly logits: tf.Tensor3D;
  readonly cache: ActivationCache;
}

/**
 * The forward pass, with the hooks of a language model.
 * @param ids  [B, T] int32
 * @returns tensors for the caller to free
 * @throws RangeError where a hook is one that the model does not have, or a prompt does not have T tokens
 */
export function runResidual(
  { tokens, positions, layers, unembedding }: ResidualTransformer,
  ids: tf.Tensor2D,
  { hooks = [], cacheNames = [] }: ResidualRunOptions = {},
): ResidualRun {
  const known: readonly HookName[] = RESIDUAL_HOOKS;
  const unknown = [...hooks.map(({ name }) => name), ...cacheNames].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`This model has no hook ${unknown}; it has ${RESIDUAL_HOOKS.join(", ")}.`);
  const length = positions.shape[0];
  if (ids.shape[1] !== length)
    throw new RangeError(`Prompts of this model have ${length} tokens, not ${ids.shape[1]}.`);
  return scoped(() => {
    const watch = observer(hooks, cacheNames, layers.length, 0);
    let x = watch.at("embed", 0, gather<tf.Tensor3D>(tokens, ids).add<tf.Tensor3D>(positions)); // [B, T, D]
    layers.forEach((layer, l) => {
      x = residualBlock(layer, l, watch.at("resid_pre", l, x), watch);
    });
    return { logits: einsum<tf.Tensor3D>("btw,aw->bta", x, unembedding), cache: watch.cache };
  });
}

/** @param x [B, T, D] @returns resid_post */
function residualBlock(
  { query, key, value, output, mlp }: ResidualLayer,
  l: number,
  x: tf.Tensor3D,
  watch: Observer,
): tf.Tensor3D {
  const q = watch.at("q", l, einsum("btw,hdw->bthd", x, query));
  const k = watch.at("k", l, einsum("btw,hdw->bthd", x, key));
  const v = watch.at("v", l, einsum("btw,hew->bthe", x, value));
  // S[h,i,j] = q[i,h] · k[j,h], -∞ where j > i
  const scores = watch.at("attn_scores", l, einsum("bihd,bjhd->bhij", q, k).add(causalBias(x.shape[1])));
  const pattern = watch.at("pattern", l, tf.softmax(scores));
  const z = watch.at("z", l, einsum("bhij,bjhe->bihe", pattern, v));
  const attended = watch.at("attn_out", l, einsum<tf.Tensor3D>("bthe,hwe->btw", z, output));
  const middle = watch.at("resid_mid", l, x.add<tf.Tensor3D>(attended));
  const fed =
    mlp === undefined
      ? tf.zerosLike(middle)
      : einsum<tf.Tensor3D>("btf,wf->btw", tf.relu(einsum("btw,fw->btf", middle, mlp.input)), mlp.output);
  return watch.at("resid_post", l, middle.add<tf.Tensor3D>(watch.at("mlp_out", l, fed)));
}
