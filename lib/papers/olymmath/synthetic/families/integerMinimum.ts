import { between, drawUntil, type Family } from "../family";
import { fraction, root, surds, timesRational } from "../latex";

/** a n^degree + c / n over the positive integers n. */
export interface IntegerMinimum {
  readonly a: number;
  readonly c: number;
  readonly degree: 1 | 2;
}

/** A minimum over the integers, where that over the reals lies between two of them. */
export const integerMinimum: Family<IntegerMinimum> = {
  name: "integer-minimum",
  field: "Algebra",
  draw(random, tier) {
    const degree = tier === "EASY" ? 1 : 2;
    return drawUntil(
      () =>
        ({ a: between(random, 1, 12), c: between(random, 20, tier === "EASY" ? 400 : 900), degree }) as const,
      (drawn) => {
        const place = realMinimiser(drawn);
        return place > 1 && Math.abs(place - Math.round(place)) > 0.02;
      },
    );
  },
  pose({ a, c, degree }) {
    const above = (n: number) => a * n ** (degree + 1) + c; // f(n) = above(n) / n
    const low = Math.floor(realMinimiser({ a, c, degree }));
    const isLow = above(low) * (low + 1) <= above(low + 1) * low;
    const [best, other] = isLow ? [low, low + 1] : [low + 1, low];
    const formula = `${a === 1 ? "" : a}n${degree === 1 ? "" : "^2"}+\\frac{${c}}{n}`;
    const at = (n: number) => fraction(above(n), n);
    return {
      text: {
        EN: `Find the minimum value of $${formula}$ over all positive integers $n$.`,
        ZH: `当 $n$ 取遍所有正整数时, 求 $${formula}$ 的最小值.`,
      },
      work: `f(${low})=${at(low)}, f(${low + 1})=${at(low + 1)}`,
      answer: at(best),
      traps: [
        { name: "takes the minimum over the reals", value: realMinimum({ a, c, degree }) },
        { name: "rounds to the other side", value: at(other) },
      ],
    };
  },
};

/** Where the derivative d a x^(d-1) - c / x² is 0. */
function realMinimiser({ a, c, degree }: IntegerMinimum): number {
  return (c / (degree * a)) ** (1 / (degree + 1));
}

/** 2√(ac), or 3 ∛(a c² / 4). */
function realMinimum({ a, c, degree }: IntegerMinimum): string {
  if (degree === 1) return surds(timesRational(root(a * c), 2));
  return `3\\sqrt[3]{${fraction(a * c * c, 4)}}`;
}
