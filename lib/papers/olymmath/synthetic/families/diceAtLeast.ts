import { between, choose, type Family } from "../family";
import { fraction } from "../latex";

/** Fair dice with faces 1 to `faces`; at least `wanted` of them show `threshold` or more. */
export interface DiceAtLeast {
  readonly dice: number;
  readonly faces: number;
  readonly threshold: number;
  readonly wanted: number;
}

/** "At least" is a sum of binomial probabilities; "exactly" is its first term. */
export const diceAtLeast: Family<DiceAtLeast> = {
  name: "dice-at-least",
  field: "Combinatorics",
  draw(random, tier) {
    const isEasy = tier === "EASY";
    const dice = isEasy ? between(random, 2, 3) : between(random, 4, 8);
    const faces = between(random, 4, 20);
    return {
      dice,
      faces,
      threshold: between(random, 2, faces),
      wanted: between(random, isEasy ? 1 : 2, dice - 1),
    };
  },
  pose({ dice, faces, threshold, wanted }) {
    const hits = faces - threshold + 1;
    // of faces^dice throws, those where exactly k dice show the threshold or more
    const exactly = (k: number) => choose(dice, k) * hits ** k * (threshold - 1) ** (dice - k);
    const counts = Array.from({ length: dice - wanted + 1 }, (_, i) => exactly(wanted + i));
    const favourable = counts.reduce((sum, count) => sum + count, 0);
    const all = faces ** dice;
    return {
      text: {
        EN: `$${dice}$ fair dice, each with faces numbered $1$ to $${faces}$, are rolled. Find the probability that at least $${wanted}$ of them show a number not less than $${threshold}$.`,
        ZH: `掷 $${dice}$ 个均匀的骰子, 每个骰子的面上标有 $1$ 到 $${faces}$. 求至少有 $${wanted}$ 个骰子的点数不小于 $${threshold}$ 的概率.`,
      },
      work: `\\frac{${counts.join("+")}}{${all}}=\\frac{${favourable}}{${all}}`,
      answer: fraction(favourable, all),
      traps: [
        { name: "exactly for at least", value: fraction(counts[0], all) },
        { name: "more than for at least", value: fraction(favourable - counts[0], all) },
      ],
    };
  },
};
