import { tf } from "../../tensor";
import { silu } from "../../tensor/ops/activations";
import { matMul, timesWeights } from "../../tensor/ops/matMul";
import { attentionScores, byHead, type KeysAndValues, mixValues, type Seen } from "./attention";
import type { ModelConfig } from "./config";
import type { HookName, Observer } from "./hooks";
import { type Rotation, rotate } from "./rope";
import type { LayerWeights, Linear } from "./weights";

/** What all layers of a run share. */
export interface BlockContext {
  readonly config: ModelConfig;
  readonly observer: Observer;
  /** Of the positions that are computed. */
  readonly rotation: Rotation;
  /** Of the new keys; see `Seen`. */
  readonly bias?: tf.Tensor;
}

export interface BlockOutput {
  /** resid_post, [B, n, D] */
  readonly hidden: tf.Tensor3D;
  /** Of the new positions: [B, G, n, d] */
  readonly fresh: KeysAndValues;
}

/**
 * One layer: attention and MLP, each behind a norm, each added to the residual stream.
 * @param residPre  [B, n, D]
 * @param past      what the new positions see beside themselves
 */
export function decoderBlock(
  weights: LayerWeights,
  layer: number,
  residPre: tf.Tensor3D,
  past: readonly Seen[],
  context: BlockContext,
): BlockOutput {
  const { observer } = context;
  const normed = observedNorm(residPre, weights.attentionNorm, "ln1_scale", layer, context);
  const { attnOut, fresh } = attention(weights, layer, normed, past, context);
  const residMid = observer.at("resid_mid", layer, residPre.add<tf.Tensor3D>(attnOut));

  const m = observedNorm(residMid, weights.mlpNorm, "ln2_scale", layer, context);
  // mlp_out = (silu(m W_gateᵀ) ⊙ (m W_upᵀ)) W_downᵀ
  const inner = silu(linear(weights.gate, m)).mul(linear(weights.up, m));
  const mlpOut = observer.at("mlp_out", layer, linear(weights.down, inner));
  return { hidden: observer.at("resid_post", layer, residMid.add<tf.Tensor3D>(mlpOut)), fresh };
}

function attention(
  weights: LayerWeights,
  layer: number,
  normed: tf.Tensor3D,
  past: readonly Seen[],
  { config, observer, rotation, bias }: BlockContext,
): { attnOut: tf.Tensor3D; fresh: KeysAndValues } {
  const { heads, kvHeads, headWidth } = config;
  const [batch, count] = normed.shape;
  const project = (name: HookName, projection: Linear, of: number) =>
    observer.at(name, layer, linear(projection, normed).reshape<tf.Tensor4D>([batch, count, of, headWidth]));
  const q = observer.at("rot_q", layer, rotate(project("q", weights.query, heads), rotation));
  const k = observer.at("rot_k", layer, rotate(project("k", weights.key, kvHeads), rotation));
  const v = project("v", weights.value, kvHeads);
  const fresh = { key: byHead(k), value: byHead(v) };

  const blocks = [...past, { ...fresh, bias }];
  const scores = observer.at("attn_scores", layer, attentionScores(q, blocks));
  const pattern = observer.at("pattern", layer, tf.softmax(scores));
  const z = observer.at("z", layer, mixValues(pattern, blocks));
  const results = () => observer.at("result", layer, headResults(weights.output, z));
  if (observer.changes("result", layer))
    return { attnOut: observer.at("attn_out", layer, results().sum<tf.Tensor3D>(2)), fresh };
  if (observer.keeps("result")) results(); // aside: to be looked at changes no bit of a run
  const attnOut = linear(weights.output, z.reshape([batch, count, heads * headWidth]));
  return { attnOut: observer.at("attn_out", layer, attnOut), fresh };
}

/**
 * What each head adds to the residual stream, z_h W_O[h]; they sum to attn_out.
 * @param z [B, n, H, d]
 * @returns [B, n, H, D]
 */
export function headResults({ weight }: Linear, z: tf.Tensor4D): tf.Tensor4D {
  const [batch, count, heads, headWidth] = z.shape;
  const [width] = weight.shape;
  const rows = z.reshape([batch * count, heads, headWidth]).transpose([1, 0, 2]); // [H, B n, d]
  const perHead = weight.reshape([width, heads, headWidth]).transpose([1, 2, 0]); // [H, d, D]
  return matMul(rows, perHead).transpose([1, 0, 2]).reshape([batch, count, heads, width]);
}

/** x Wᵀ + b. @param x [.., in] @returns [.., out] */
export function linear<T extends tf.Tensor = tf.Tensor3D>({ weight, bias }: Linear, x: tf.Tensor): T {
  const product = timesWeights<T>(x, weight);
  return bias === undefined ? product : product.add<T>(bias);
}

/**
 * g x / √(mean(x²) + ε)
 * @param x [B, n, D]
 */
export function observedNorm(
  x: tf.Tensor3D,
  gain: tf.Tensor,
  name: "ln1_scale" | "ln2_scale" | "ln_final_scale",
  layer: number,
  { config: { epsilon }, observer }: Pick<BlockContext, "config" | "observer">,
): tf.Tensor3D {
  const scale = observer.at(name, layer, x.square().mean(-1, true).add(epsilon).sqrt());
  return x.div(scale).mul(gain);
}
