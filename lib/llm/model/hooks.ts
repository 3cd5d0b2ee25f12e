import type { tf } from "../../tensor";

/**
 * Where a run can be read and changed, in the order of the forward pass. In [B, n, ..] n counts the positions that the run computes, T the positions that
 * they can see.
 *
 * `embed`, `resid_pre`, `attn_out`, `resid_mid`, `mlp_out`, `resid_post`: [B, n, D]. `q`, `rot_q`, `z`: [B, n, H, d], and `k`, `rot_k`, `v`: [B, n, G, d];
 * the `rot_` are behind the rotary positions. `attn_scores`, `pattern`: [B, H, n, T], -∞ and 0 where a key must not be seen. `result`: [B, n, H, D], what
 * each head adds to attn_out, made only on request: it is H times as large. `ln1_scale`, `ln2_scale`, `ln_final_scale`: [B, n, 1], the root mean
 * squares that the norms divide by.
 */
export const HOOK_NAMES = [
  "embed",
  "resid_pre",
  "ln1_scale",
  "q",
  "k",
  "v",
  "rot_q",
  "rot_k",
  "attn_scores",
  "pattern",
  "z",
  "result",
  "attn_out",
  "resid_mid",
  "ln2_scale",
  "mlp_out",
  "resid_post",
  "ln_final_scale",
] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** Where a hook is called. */
export interface HookContext {
  readonly name: HookName;
  /** From 0; for `embed` 0, for `ln_final_scale` the number of layers. */
  readonly layer: number;
  /** Position of the first row: what was computed before is not computed again. Row i of the tensor is position `first + i`. */
  readonly first: number;
}

/** Returns what the run goes on with: the tensor itself, or another of its shape. It writes nothing in place. */
export type HookFunction = (tensor: tf.Tensor, context: HookContext) => tf.Tensor;

export interface Hook {
  readonly name: HookName;
  /** From 0; for `embed` 0, for `ln_final_scale` the number of layers. */
  readonly layer: number;
  readonly fn: HookFunction;
}

/** Activations of a run, as they were behind its hooks. */
export type ActivationCache = Readonly<Partial<Record<HookName, readonly tf.Tensor[]>>>;

/** What a run does at its hooks. */
export interface Observer {
  /** Whether there are hooks here. */
  changes(name: HookName, layer: number): boolean;
  /** Whether the activation is to be kept. */
  keeps(name: HookName): boolean;
  /** Runs the hooks, keeps the result where asked to, and returns it. @throws Error where a hook returns another shape */
  at<T extends tf.Tensor>(name: HookName, layer: number, tensor: T): T;
  /** What was kept of a layer so far. */
  keptOf(layer: number): tf.Tensor[];
  /** What was kept: of each name a list by layer, empty below the first layer that was computed. */
  readonly cache: ActivationCache;
}

/**
 * @param hooks       run in this order
 * @param cacheNames  activations to keep, of every layer that is computed
 * @param first       position of the first row that is computed
 * @throws RangeError naming a hook that the model does not have
 */
export function observer(
  hooks: readonly Hook[],
  cacheNames: readonly HookName[],
  layers: number,
  first: number,
): Observer {
  for (const { name, layer } of hooks) checkPlace(name, layer, layers);
  const cache: Partial<Record<HookName, tf.Tensor[]>> = {};
  for (const name of cacheNames) {
    checkPlace(name, lastLayer(name, layers), layers);
    cache[name] = [];
  }
  const hooksAt = (name: HookName, layer: number) =>
    hooks.filter((hook) => hook.name === name && hook.layer === layer);
  return {
    cache,
    changes: (name, layer) => hooksAt(name, layer).length > 0,
    keeps: (name) => cache[name] !== undefined,
    keptOf: (layer) => Object.values(cache).flatMap((kept) => kept[layer] ?? []),
    at<T extends tf.Tensor>(name: HookName, layer: number, tensor: T): T {
      let value: tf.Tensor = tensor;
      for (const { fn } of hooksAt(name, layer)) {
        const changed = fn(value, { name, layer, first });
        if (changed.shape.join() !== tensor.shape.join())
          throw new Error(
            `the hook ${name} of layer ${layer} returned [${changed.shape}] for a tensor [${tensor.shape}].`,
          );
        value = changed;
      }
      const kept = cache[name];
      // A single activation, `embed` or the final scale, is a list of one.
      if (kept !== undefined) kept[name === "ln_final_scale" ? 0 : layer] = value;
      return value as T;
    },
  };
}

/** Of a run that nobody looks at. */
export const UNOBSERVED: Observer = {
  cache: {},
  changes: () => false,
  keeps: () => false,
  keptOf: () => [],
  at: (_name, _layer, tensor) => tensor,
};

function lastLayer(name: HookName, layers: number): number {
  if (name === "embed") return 0;
  return name === "ln_final_scale" ? layers : layers - 1;
}

function checkPlace(name: HookName, layer: number, layers: number): void {
  if (!HOOK_NAMES.includes(name))
    throw new RangeError(`there is no hook ${name}; there are ${HOOK_NAMES.join(", ")}.`);
  const last = lastLayer(name, layers);
  const first = name === "ln_final_scale" ? layers : 0;
  if (!(Number.isInteger(layer) && layer >= first && layer <= last))
    throw new RangeError(
      `the hook ${name} of layer ${layer} does not exist; layers go from ${first} to ${last}.`,
    );
}

/** The name of an activation in TransformerLens. */
export function transformerLensName(name: HookName, layer: number): string {
  if (name === "embed") return "hook_embed";
  if (name === "ln_final_scale") return "ln_final.hook_scale";
  if (name === "ln1_scale" || name === "ln2_scale") return `blocks.${layer}.${name.slice(0, 3)}.hook_scale`;
  return `blocks.${layer}.${ATTENTION.has(name) ? "attn." : ""}hook_${name}`;
}

const ATTENTION: ReadonlySet<HookName> = new Set([
  "q",
  "k",
  "v",
  "rot_q",
  "rot_k",
  "attn_scores",
  "pattern",
  "z",
  "result",
]);
