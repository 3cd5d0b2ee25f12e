import type { Tier } from "../../problems/problem";
import { between, drawUntil, type Family, gcd } from "../family";

/** Powers a^n whose sum is divided by m; every base is coprime to m. */
export interface PowerRemainder {
  readonly powers: readonly { readonly base: number; readonly exponent: number }[];
  readonly modulus: number;
}

const SIZES: Readonly<
  Record<Tier, { powers: number; modulus: [number, number]; exponent: [number, number] }>
> = {
  EASY: { powers: 1, modulus: [7, 29], exponent: [20, 400] },
  HARD: { powers: 2, modulus: [30, 199], exponent: [200, 3000] },
};

/** The remainder of a sum of powers: the exponents count modulo the order of the base, not modulo m. */
export const powerRemainder: Family<PowerRemainder> = {
  name: "power-remainder",
  field: "Number Theory",
  draw(random, tier) {
    const { powers, modulus: range, exponent } = SIZES[tier];
    const modulus = between(random, ...range);
    return {
      modulus,
      powers: Array.from({ length: powers }, () => ({
        base: drawUntil(
          () => between(random, 2, modulus + 30),
          (base) => gcd(base, modulus) === 1 && base % modulus !== 1,
        ),
        exponent: between(random, ...exponent),
      })),
    };
  },
  pose({ powers, modulus }) {
    const formula = powers.map(({ base, exponent }) => `${base}^{${exponent}}`).join("+");
    const cycles = powers.map(({ base, exponent }) => {
      const order = orderOf(base, modulus);
      const value = modularPower(base, exponent % order, modulus);
      return { order, value, text: `${base}^{${order}}=1, ${base}^{${exponent % order}}=${value}` };
    });
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) % modulus;
    const answer = total(cycles.map(({ value }) => value));
    return {
      text: {
        EN: `Find the remainder when $${formula}$ is divided by $${modulus}$.`,
        ZH: `求 $${formula}$ 除以 $${modulus}$ 所得的余数.`,
      },
      work: cycles.map(({ text }) => text).join(", "),
      answer: `${answer}`,
      traps: [
        {
          name: "reduces the exponent modulo the divisor",
          value: `${total(powers.map(({ base, exponent }) => modularPower(base, exponent % modulus, modulus)))}`,
        },
        {
          name: "multiplies where it should raise to a power",
          value: `${total(powers.map(({ base, exponent }) => (base * exponent) % modulus))}`,
        },
      ],
    };
  },
};

/** a^n mod m, by squaring; m below 2²⁶. */
function modularPower(base: number, exponent: number, modulus: number): number {
  let [result, square] = [1 % modulus, base % modulus];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** The least k > 0 with a^k = 1 (mod m); a is coprime to m. */
function orderOf(base: number, modulus: number): number {
  let [order, power] = [1, base % modulus];
  while (power !== 1) {
    power = (power * base) % modulus;
    order++;
  }
  return order;
}
