import { createRandom, type Random } from "../../../data/random";
import type { Hook, HookName } from "../../../llm/model";
import { patch } from "../../../llm/model/patch";
import { scoped } from "../../../llm/model/scope";
import type { tf } from "../../../tensor";
import type { HookedModel } from "./hookedModel";
import { type AnswerLosses, answerLosses, lossesOf } from "./scrubbedLoss";

/**
 * Causal scrubbing: a hypothesis about what a model computes is a graph of activations and of the feature that each is said to hold. If it is right, an activation
 * can be taken from any other input that has the same feature, and everything that the hypothesis leaves out from an input that has nothing to do with it, and the
 * model answers as before.
 * @see Chan et al., Causal scrubbing, 2022 (Redwood Research); the specification of this experiment, section 7.3
 */

/** What of an activation a node is. */
export interface ScrubSite {
  readonly name: HookName;
  readonly layer: number;
  readonly positions: readonly number[];
  /** Default: all. */
  readonly heads?: readonly number[];
}

export interface ScrubNode {
  readonly name: string;
  readonly site: ScrubSite;
  /** What the node is said to hold of an input; inputs with equal values can stand for each other. `index` is the input's place in the pool. */
  readonly feature: (prompt: Int32Array, index: number) => string | number;
  /**
   * What the node is said to be made of, all of one hook and layer, so that nothing goes round one of them through another. Absent: of its whole input. An empty
   * list: of nothing.
   */
  readonly parents?: readonly ScrubNode[];
}

export interface Hypothesis {
  readonly name: string;
  /** What the answer is said to be made of; see `ScrubNode`. */
  readonly parents: readonly ScrubNode[];
}

export interface ScrubOptions {
  readonly seed: number;
  /** Inputs of the pool to answer, the first ones. Default: all. */
  readonly count?: number;
}

export interface Scrubbing extends AnswerLosses {
  /** Cross-entropy of the scrubbed model, in nats. */
  readonly scrubbed: number;
  /** (L_random − L_scrubbed) / (L_random − L_model): 1 where the hypothesis explains all, 0 where it explains nothing. */
  readonly recovered: number;
  /** Share of right answers of the scrubbed model. */
  readonly accuracy: number;
}

/**
 * Scrubs a model: how much of its performance is left where all that the hypothesis allows to be exchanged is exchanged.
 * @param pool  prompts of one length, to answer and to draw from
 * @throws RangeError where the parents of a node are of several hooks or layers
 */
export function causalScrubbing(
  model: HookedModel,
  hypothesis: Hypothesis,
  pool: readonly Int32Array[],
  { seed, count = pool.length }: ScrubOptions,
): Scrubbing {
  const references = Int32Array.from({ length: count }, (_, i) => i);
  const losses = answerLosses(model, pool.slice(0, count));
  const scrubbed = scoped(() => {
    const scrubber = createScrubber(model, pool, createRandom(seed));
    const logits = scrubber.run(hypothesis.parents, references).logits;
    return lossesOf(model, pool.slice(0, count), logits);
  });
  return {
    ...losses,
    scrubbed: scrubbed.loss,
    recovered: (losses.random - scrubbed.loss) / (losses.random - losses.model),
    accuracy: scrubbed.accuracy,
  };
}

function createScrubber(model: HookedModel, pool: readonly Int32Array[], random: Random) {
  const groups = new Map<ScrubNode, ReadonlyMap<string | number, readonly number[]>>();

  /** For each reference an input that agrees with it on the node's feature; perhaps itself. */
  function agreeing(node: ScrubNode, references: Int32Array): Int32Array {
    const byFeature = groups.get(node) ?? groupBy(pool, node.feature);
    groups.set(node, byFeature);
    return references.map((reference) => {
      const alike = byFeature.get(node.feature(pool[reference], reference))!;
      return alike[random.integer(alike.length)];
    });
  }

  /** Runs unrelated inputs, with the parents' activations as the references ask for them. */
  function run(parents: readonly ScrubNode[], references: Int32Array, cacheNames: readonly HookName[] = []) {
    checkCut(parents);
    const unrelated = Array.from(references, () => pool[random.integer(pool.length)]);
    const hooks = parents.map((parent) => replaced(parent, agreeing(parent, references)));
    return model.run(unrelated, { hooks, cacheNames });
  }

  /** A hook that puts the node's activation of these inputs in place. */
  function replaced({ site, parents }: ScrubNode, inputs: Int32Array): Hook {
    const { name, layer, positions, heads } = site;
    const { cache } =
      parents === undefined
        ? model.run(
            Array.from(inputs, (i) => pool[i]),
            { cacheNames: [name] },
          )
        : run(parents, inputs, [name]);
    const regions = Array.from(inputs, () => ({ positions, heads }));
    return patch({ name, layer, regions, value: cache[name]![layer] as tf.Tensor });
  }

  return { run };
}

function groupBy(
  pool: readonly Int32Array[],
  feature: ScrubNode["feature"],
): ReadonlyMap<string | number, readonly number[]> {
  const groups = new Map<string | number, number[]>();
  pool.forEach((prompt, index) => {
    const value = feature(prompt, index);
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [index]);
    else group.push(index);
  });
  return groups;
}

function checkCut(parents: readonly ScrubNode[]): void {
  const places = new Set(parents.map(({ site: { name, layer } }) => `${name} of layer ${layer}`));
  if (places.size > 1)
    throw new RangeError(
      `The parents ${parents.map(({ name }) => name).join(", ")} are at ${[...places].join(" and ")}: they must be at one.`,
    );
}
