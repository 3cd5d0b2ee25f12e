import { between, drawUntil, type Family, pick } from "../family";

/** N = product of p^e, and which of its divisors count. */
export interface DivisorCount {
  readonly factors: readonly { readonly prime: number; readonly exponent: number }[];
  /** "squares": divisors of N that are squares. "belowRoot": divisors of N² below N that do not divide N. */
  readonly asked: "squares" | "belowRoot";
}

const PRIMES = [2, 3, 5, 7, 11, 13];
/** N is at most this, so that N² is a safe integer and its divisors can be tried one after the other. */
const LARGEST = { squares: 5_000_000, belowRoot: 30_000 };

/** Divisors with a condition, from the exponents of the prime factors. */
export const divisorCount: Family<DivisorCount> = {
  name: "divisor-count",
  field: "Number Theory",
  draw(random, tier) {
    const asked = tier === "EASY" ? "squares" : "belowRoot";
    const factors = drawUntil(
      () => {
        const chosen = PRIMES.filter(() => random.uniform() < 0.55);
        return chosen.map((prime) => ({ prime, exponent: between(random, 1, pick(random, [2, 4, 7])) }));
      },
      (all) => all.length >= 2 && all.some(({ exponent }) => exponent > 1) && product(all) <= LARGEST[asked],
    );
    return { factors, asked };
  },
  pose({ factors, asked }) {
    const n = product(factors);
    const count = (ways: (exponent: number) => number) =>
      factors.reduce((all, { exponent }) => all * ways(exponent), 1);
    const divisors = count((e) => e + 1);
    const factored = factors
      .map(({ prime, exponent }) => (exponent === 1 ? `${prime}` : `${prime}^{${exponent}}`))
      .join("\\cdot ");
    const shown = `${n}=${factored}`;
    if (asked === "squares") {
      const ways = factors.map(({ exponent }) => Math.floor(exponent / 2) + 1);
      const answer = count((e) => Math.floor(e / 2) + 1);
      return {
        text: {
          EN: `How many positive divisors of $${n}$ are perfect squares?`,
          ZH: `$${n}$ 的正因数中有多少个是完全平方数?`,
        },
        work: `${shown}, ${ways.join("\\cdot ")}=${answer}`,
        answer: `${answer}`,
        traps: [
          { name: "counts all divisors", value: `${divisors}` },
          { name: "leaves out the exponent 0", value: `${count((e) => Math.max(1, Math.floor(e / 2)))}` },
        ],
      };
    }
    const below = (count((e) => 2 * e + 1) - 1) / 2; // d and N²/d lie on either side of N
    const answer = below - (divisors - 1);
    return {
      text: {
        EN: `Let $N=${n}$. How many positive divisors of $N^2$ are less than $N$ but do not divide $N$?`,
        ZH: `设 $N=${n}$. $N^2$ 的正因数中有多少个小于 $N$ 且不整除 $N$?`,
      },
      work: `${shown}, \\frac{${2 * below + 1}-1}{2}=${below}, ${below}-${divisors - 1}=${answer}`,
      answer: `${answer}`,
      traps: [
        { name: "counts divisors of N too", value: `${below}` },
        { name: "counts those above N too", value: `${2 * below + 1 - divisors}` },
      ],
    };
  },
};

function product(factors: DivisorCount["factors"]): number {
  return factors.reduce((all, { prime, exponent }) => all * prime ** exponent, 1);
}
