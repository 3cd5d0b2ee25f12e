import { between, drawUntil, type Family, gcd } from "../family";

/** x = remainder (mod modulus) for pairwise coprime moduli, and x > bound. */
export interface RemainderSystem {
  readonly congruences: readonly { readonly remainder: number; readonly modulus: number }[];
  readonly bound: number;
}

/** The Chinese remainder theorem with a bound; at HARD the bound is itself a solution, which "greater than" leaves out. */
export const remainderSystem: Family<RemainderSystem> = {
  name: "remainder-system",
  field: "Number Theory",
  draw(random, tier) {
    const count = tier === "EASY" ? 2 : 3;
    const moduli = drawUntil(
      () => Array.from({ length: count }, () => between(random, 3, tier === "EASY" ? 13 : 17)),
      (all) => all.every((a, i) => all.slice(i + 1).every((b) => gcd(a, b) === 1)),
    );
    const congruences = moduli.map((modulus) => ({ modulus, remainder: between(random, 1, modulus - 1) }));
    const { period, least } = solve(congruences);
    const turns = between(random, 1, tier === "EASY" ? 6 : 3);
    const bound = turns * period + (tier === "EASY" ? between(random, 1, period - 1) : least);
    return { congruences, bound };
  },
  pose({ congruences, bound }) {
    const { period, least } = solve(congruences);
    const turns = Math.floor((bound - least) / period) + 1;
    const answer = least + turns * period;
    const isSolution = (bound - least) % period === 0;
    const each = (join: string, say: (remainder: string, modulus: string) => string) =>
      congruences.map(({ remainder, modulus }) => say(`$${remainder}$`, `$${modulus}$`)).join(join);
    return {
      text: {
        EN: `Find the smallest integer greater than $${bound}$ that leaves ${each(" and ", (r, m) => `remainder ${r} when divided by ${m}`)}.`,
        ZH: `求大于 $${bound}$ 且满足${each(", ", (r, m) => `除以 ${m} 余 ${r}`)} 的最小整数.`,
      },
      work: `x=${least}+${period}k, k=${turns}`,
      answer: `${answer}`,
      traps: [
        { name: "forgets the bound", value: `${least}` },
        ...(isSolution ? [{ name: "lets the bound itself count", value: `${bound}` }] : []),
      ],
    };
  },
};

/** All solutions are least + k period, 0 < least <= period. By sieving: one congruence after the other. */
function solve(congruences: RemainderSystem["congruences"]): { period: number; least: number } {
  let [period, least] = [1, 1];
  for (const { remainder, modulus } of congruences) {
    while (least % modulus !== remainder) least += period;
    period *= modulus;
  }
  return { period, least };
}
