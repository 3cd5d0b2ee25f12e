import { rational } from "../../../../math/numbers/rational";
import { between, drawUntil, type Family } from "../family";
import { withPower } from "../latex";

/** a_1 = first, a_(n+1) = factor a_n + step; the term a_index. */
export interface LinearRecurrence {
  readonly first: number;
  readonly factor: number;
  readonly step: number;
  readonly index: number;
  /** Whether the answer stays a power. */
  readonly isLong: boolean;
}

/** A recurrence of the first order in closed form, a_n = (u + q/(p-1)) p^(n-1) - q/(p-1). */
export const linearRecurrence: Family<LinearRecurrence> = {
  name: "linear-recurrence",
  field: "Algebra",
  weight: 0.5,
  draw(random, tier) {
    const isLong = tier === "HARD";
    return drawUntil(
      () => ({
        first: between(random, 1, 9),
        factor: between(random, 2, isLong ? 7 : 5),
        step: between(random, -9, 9),
        index: isLong ? between(random, 100, 1500) : between(random, 4, 8),
        isLong,
      }),
      ({ first, factor, step }) => step !== 0 && first * (factor - 1) + step > 0,
    );
  },
  pose({ first, factor, step, index, isLong }) {
    const below = factor - 1;
    const shift = rational(step, below);
    const start = rational(first * below + step, below); // u + q/(p-1)
    const term = (exponent: number) => {
      if (isLong) return withPower(start, factor, exponent, { n: -shift.n, d: shift.d });
      const power = BigInt(factor) ** BigInt(exponent);
      const value = rational(BigInt(first * below + step) * power - BigInt(step), below);
      return value.d === 1n ? `${value.n}` : `\\frac{${value.n}}{${value.d}}`;
    };
    const rule = `a_{n+1}=${factor}a_n${step < 0 ? step : `+${step}`}`;
    const begun = Array.from({ length: isLong ? 3 : index }, (_, k) => {
      const power = factor ** k;
      return `${((first * below + step) * power - step) / below}`;
    });
    return {
      text: {
        EN: `A sequence satisfies $a_1=${first}$ and $${rule}$ for all $n\\ge 1$. Find $a_{${index}}$.`,
        ZH: `数列满足 $a_1=${first}$, 且对所有 $n\\ge 1$ 有 $${rule}$. 求 $a_{${index}}$.`,
      },
      work: `${begun.join(", ")}${isLong ? ", \\ldots" : ""}`,
      answer: term(index - 1),
      traps: [
        { name: "goes one step too far", value: term(index) },
        {
          name: "forgets the constant",
          value: isLong
            ? withPower(rational(first), factor, index - 1, rational(0))
            : `${first * factor ** (index - 1)}`,
        },
      ],
    };
  },
};
