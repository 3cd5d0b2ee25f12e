import { createRandom } from "../../../data/random";
import { patch } from "../../../llm/model/patch";
import { scoped } from "../../../llm/model/scope";
import type { tf } from "../../../tensor";
import type { ScrubSite } from "./causalScrubbing";
import { differences, type HookedModel } from "./hookedModel";

export interface SwapOptions {
  readonly site: ScrubSite;
  /** What the site is said to hold. */
  readonly feature: (prompt: Int32Array) => string | number | boolean;
  /** What both inputs of a swap must have in common beside it, because the site holds it as well or is next to it. Default: nothing. */
  readonly fixed?: (prompt: Int32Array) => string | number | boolean;
  readonly seed: number;
}

/** What happens to the sign of d where an activation comes from another input. */
export interface Swaps {
  /** Share of swaps between inputs of equal feature that keep it. */
  readonly kept: number;
  /** Share of swaps between inputs of unequal feature that flip it. */
  readonly flipped: number;
}

/**
 * The feature-wise test of a site: where it holds the feature and nothing else that matters, an activation of another input with the same feature changes nothing,
 * and one of an input with another feature turns the answer round.
 * @param pool  prompts of one length; each is changed once in either way
 * @throws RangeError where a prompt has no partner in the pool
 */
export function swapTest(
  model: HookedModel,
  pool: readonly Int32Array[],
  { site: { name, layer, positions, heads }, feature, fixed = () => 0, seed }: SwapOptions,
): Swaps {
  const random = createRandom(seed);
  const partner = (prompt: Int32Array, equal: boolean) => {
    const able = pool.filter(
      (other) =>
        other !== prompt && fixed(other) === fixed(prompt) && (feature(other) === feature(prompt)) === equal,
    );
    if (able.length === 0)
      throw new RangeError(`The pool has no other prompt of ${equal ? "the same" : "another"} feature.`);
    return able[random.integer(able.length)];
  };
  const share = (equal: boolean) => {
    const others = pool.map((prompt) => partner(prompt, equal));
    return scoped(() => {
      const before = differences(model, model.run(pool).logits);
      const value = model.run(others, { cacheNames: [name] }).cache[name]![layer] as tf.Tensor;
      const hooks = [patch({ name, layer, regions: pool.map(() => ({ positions, heads })), value })];
      const after = differences(model, model.run(pool, { hooks }).logits);
      const kept = before.filter((d, i) => Math.sign(d) === Math.sign(after[i])).length / pool.length;
      return { kept, flipped: 1 - kept };
    });
  };
  return { kept: share(true).kept, flipped: share(false).flipped };
}
