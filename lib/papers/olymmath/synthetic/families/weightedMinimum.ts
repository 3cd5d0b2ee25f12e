import { between, drawUntil, type Family } from "../family";
import { fraction, root, sumOf, surds, timesRational } from "../latex";

/** The sum of weights[i] / x_i under x_1 + x_2 + ... = total, all x_i > 0. */
export interface WeightedMinimum {
  readonly weights: readonly number[];
  readonly total: number;
}

const NAMES = ["x", "y", "z"];

/** A minimum by the Cauchy-Schwarz inequality, (√a + √b + ...)² / s, which does not lie where all variables are equal. */
export const weightedMinimum: Family<WeightedMinimum> = {
  name: "weighted-minimum",
  field: "Algebra",
  draw(random, tier) {
    const count = tier === "EASY" ? 2 : 3;
    const weights = drawUntil(
      () => Array.from({ length: count }, () => between(random, 1, 24)),
      (all) => new Set(all).size === count,
    );
    return { weights, total: between(random, 1, 15) };
  },
  pose({ weights, total }) {
    const names = NAMES.slice(0, weights.length);
    const sum = weights.reduce((all, weight) => all + weight, 0);
    // (Σ √a_i)² = Σ a_i + 2 Σ √(a_i a_j)
    const pairs = weights.flatMap((a, i) => weights.slice(i + 1).map((b) => a * b));
    const above = sumOf(timesRational(root(1), sum), ...pairs.map((ab) => timesRational(root(ab), 2)));
    const formula = names.map((name, i) => `\\frac{${weights[i]}}{${name}}`).join("+");
    const condition = `${names.join("+")}=${total}`;
    const roots = pairs.map((ab) => `2\\sqrt{${ab}}`).join("+");
    return {
      text: {
        EN: `Let $${names.join(",")}$ be positive real numbers with $${condition}$. Find the minimum value of $${formula}$.`,
        ZH: `设 $${names.join(",")}$ 为正实数, 且 $${condition}$. 求 $${formula}$ 的最小值.`,
      },
      work: `\\frac{${sum}+${roots}}{${total}}`,
      answer: surds(timesRational(above, 1, total)),
      traps: [
        {
          name: "takes all variables to be equal",
          value: fraction(sum * weights.length, total),
        },
        { name: "forgets the mixed terms", value: fraction(sum, total) },
      ],
    };
  },
};
