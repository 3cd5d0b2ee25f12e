import { causalBias } from "../../../llm/model/attention";
import { decoderLayers, embed, lastLogits } from "../../../llm/model/forward";
import { type Hook, type HookName, observer } from "../../../llm/model/hooks";
import { rotationOf } from "../../../llm/model/rope";
import { tf } from "../../../tensor";
import { promptRows } from "../patching/batches";
import { type Place, placeOf, type Site, siteName } from "../patching/site";
import { answerRun, type Subject } from "../patching/subject";
import type { PromptPair } from "../prompts/pairs";

/** The activations whose effects can be estimated: all that have finite values everywhere, and no sources to choose from. */
export const ATTRIBUTED_HOOKS = [
  "resid_pre",
  "q",
  "k",
  "v",
  "z",
  "attn_out",
  "resid_mid",
  "mlp_out",
  "resid_post",
] as const satisfies readonly HookName[];

export interface AttributionOptions {
  /** Called behind each pair. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * What patching each site would do, to first order: IE ≈ Σ over the site of (act_clean − act_corrupted) · ∂d/∂act at the corrupted run. One run backwards
 * gives the gradient of all sites, where patching needs a run a site. A screen: compare its ranks with those of true effects before relying on it.
 * @returns IE_raw in logits: [sites] of [pairs], as `rawEffects`; of a site without positions 0
 * @throws RangeError naming a site that the model does not have, or whose activation is none of `ATTRIBUTED_HOOKS`
 * @throws Error where an operation of the model has no gradient, or an estimate is not a number
 * @see N. Nanda, Attribution Patching: Activation Patching At Industrial Scale, 2023
 */
export function attributionPatching(
  subject: Subject,
  pairs: readonly PromptPair[],
  sites: readonly Site[],
  { onProgress }: AttributionOptions = {},
): Float64Array[] {
  const known: readonly HookName[] = ATTRIBUTED_HOOKS;
  for (const site of sites)
    if (!known.includes(site.hook))
      throw new RangeError(
        `The site ${siteName(site)}: its effect cannot be estimated; that of ${ATTRIBUTED_HOOKS.join(", ")} can.`,
      );
  const byPair = pairs.map((pair, index) => {
    const estimates = attributePair(subject, pair, sites);
    onProgress?.(index + 1, pairs.length);
    return estimates;
  });
  return sites.map((_, site) => Float64Array.from(byPair, (estimates) => estimates[site]));
}

/** An activation of one layer. */
type Activation = Pick<Place, "hook" | "layer">;

function attributePair(subject: Subject, pair: PromptPair, sites: readonly Site[]): number[] {
  const places = sites.map((site) => placeOf(subject.model.config, site, pair));
  const keyOf = ({ hook, layer }: Activation) => `${hook} ${layer}`;
  const activations = new Map(places.flatMap((place) => (place ? [[keyOf(place), place] as const] : [])));
  if (activations.size === 0) return sites.map(() => 0);
  const terms = termsByPosition(subject, pair, [...activations.values()]);
  const termsOf = new Map([...activations.keys()].map((key, i) => [key, terms[i]]));
  return places.map((place, index) => {
    if (place === undefined) return 0;
    const { values, heads } = termsOf.get(keyOf(place))!;
    const { positions, heads: chosen = Array.from({ length: heads }, (_, head) => head) } = place.region;
    let sum = 0;
    for (const position of positions) for (const head of chosen) sum += values[position * heads + head];
    if (!Number.isFinite(sum)) throw new Error(`The estimate of ${siteName(sites[index])} is ${sum}.`);
    return sum;
  });
}

/** (act_clean − act_corrupted) · ∂d/∂act of each position and head, [T, heads]; what has no heads has one. */
interface Terms {
  readonly values: ArrayLike<number>;
  readonly heads: number;
}

function termsByPosition(
  subject: Subject,
  { clean, corrupted }: PromptPair,
  activations: readonly Activation[],
): Terms[] {
  const terms = tf.tidy(() => {
    const cacheNames = [...new Set(activations.map(({ hook }) => hook))];
    const { cache } = answerRun(subject, promptRows([clean, corrupted]), { cacheNames });
    const both = activations.map(({ hook, layer }) => tf.split(cache[hook]![layer], 2));
    const zeros = both.map(([ofClean]) => tf.zerosLike(ofClean));
    const gradients = answerGradients(subject, corrupted, activations, zeros);
    return both.map(([ofClean, ofCorrupted], i) => {
      const summed = ofClean.sub(ofCorrupted).mul(gradients[i]).sum(-1);
      const values = summed.dataSync();
      return { values, heads: values.length / clean.length };
    }) as unknown as tf.TensorContainer;
  });
  return terms as unknown as Terms[];
}

/**
 * ∂d/∂act of a run, by what is added to each activation. An activation's gradient goes through all layers behind it, those that are asked for too.
 * @param shifts  zeros in the shape of each activation, [1, T, ..]
 */
function answerGradients(
  { model, answers }: Subject,
  prompt: Int32Array,
  activations: readonly Activation[],
  shifts: tf.Tensor[],
): tf.Tensor[] {
  const { config } = model;
  const T = prompt.length;
  const difference = (...added: tf.Tensor[]): tf.Scalar => {
    const hooks: Hook[] = activations.map(({ hook, layer }, i) => ({
      name: hook,
      layer,
      fn: (activation) => activation.add(added[i]),
    }));
    const context = {
      config,
      observer: observer(hooks, [], config.layers, 0),
      rotation: rotationOf(config, 0, T),
      bias: causalBias(T),
    };
    const { hidden } = decoderLayers(model, embed(model, promptRows([prompt])), 0, () => [], context);
    const [yes, no] = tf.split(lastLogits(model, hidden, context, [answers.yes, answers.no]), 2, 1);
    return yes.sub(no).asScalar();
  };
  return tf.grads(difference)(shifts);
}
