import type { Random } from "../../data/random";
import { identifier } from "../../recsys/generative/tokenMap";
import { findItem } from "../../recsys/generative/trie";
import type { StreamTokens } from "./tokens";

/** Draws the items that a target is ranked among. */
export type NegativeDraw = (target: number, liked: ArrayLike<number>, random: Random) => Int32Array;

/**
 * N negatives: the floor(N / 2) that the direct model likes best, the rest any of the others with equal chances. All have different identifiers, and none
 * has the target's; of items that share one, its first stands for all. Where the direct model offers fewer, more are drawn.
 * @returns a function of a target, the items that the direct model likes, best first (0: none), and random numbers; its result is [N] item ids
 * @throws RangeError where there are not so many other identifiers, or N is no whole number
 * @see STREAM-Rec, the reward of the rank; the halves are ours
 */
export function negativeDraw({ map, trie }: StreamTokens, count: number): NegativeDraw {
  const first = Int32Array.from({ length: map.items + 1 }, (_, item) =>
    item === 0 ? 0 : findItem(trie, identifier(map, item)),
  );
  const all = [...new Set(first.subarray(1))];
  if (!Number.isInteger(count) || count < 0)
    throw new RangeError(`negatives must be a whole number >= 0; got ${count}.`);
  if (count >= all.length)
    throw new RangeError(
      `${count} negatives are too many: beside a target there are ${all.length - 1} identifiers.`,
    );
  const hard = Math.floor(count / 2);
  return (target, liked, random) => {
    const taken = new Set<number>([first[target]]);
    for (let k = 0; k < liked.length && taken.size <= hard; k++)
      if (liked[k] !== 0) taken.add(first[liked[k]]);
    while (taken.size <= count) taken.add(all[random.integer(all.length)]);
    return Int32Array.from(taken).subarray(1);
  };
}
