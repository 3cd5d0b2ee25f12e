import { describe, expect, it } from "vitest";
import { arccosine, arctangent, cosine, exponential, logarithm, pi, sine } from "./elementary";
import { binomial, exactRoot, factorial, integerRoot, squareFree } from "./integers";
import { bitLength, power, rational } from "./rational";
import { fromRational, type Real, rootReal, sign, subtractReals, toFixed } from "./real";
import { addSurds, equalSurds, invertSurd, multiplySurds, squareRoot, surd } from "./surd";

const BITS = 200;
const real = (n: number, d = 1): Real => fromRational(rational(n, d), BITS);
/** The first 40 decimals, of which the bounds leave no doubt. */
function decimals(x: Real): string {
  const { value, radius } = toFixed(x, 160);
  expect(radius < 1n << 16n).toBe(true);
  const scaled = (value * 10n ** 40n) >> 160n;
  return `${scaled}`.slice(0, 38);
}

describe("elementary functions", () => {
  // Known digits of the constants.
  it.each([
    ["pi", () => pi(BITS), "31415926535897932384626433832795028841"],
    ["e", () => exponential(real(1), BITS), "27182818284590452353602874713526624977"],
    ["ln 2", () => logarithm(real(2), BITS), "69314718055994530941723212145817656807"],
    ["ln 10", () => logarithm(real(10), BITS), "23025850929940456840179914546843642076"],
    ["√2", () => rootReal(real(2), 2, BITS), "14142135623730950488016887242096980785"],
    ["sin 1", () => sine(real(1), BITS), "84147098480789650665250232163029899962"],
    ["cos 1", () => cosine(real(1), BITS), "54030230586813971740093660744297660373"],
    ["arctan 2", () => arctangent(real(2), BITS), "11071487177940905030170654601785370400"],
  ])("%s", (_, value, expected) => {
    expect(decimals(value())).toBe(expected);
  });

  it("holds arccos(cos x) = x and e^(ln x) = x within its bounds", () => {
    for (const [n, d] of [
      [1, 3],
      [2, 7],
      [5, 2],
      [1, 1000],
      [3, 1],
    ]) {
      const x = real(n, d);
      expect(sign(subtractReals(arccosine(cosine(x, BITS), BITS), x, BITS)) ?? 0).toBe(0);
      expect(sign(subtractReals(exponential(logarithm(x, BITS), BITS), x, BITS)) ?? 0).toBe(0);
    }
  });
});

describe("whole numbers", () => {
  it("takes roots of any length exactly", () => {
    for (const n of [2, 3, 5, 64]) {
      const root = 12345678901234567890123456789n ** 7n;
      expect(exactRoot(root ** BigInt(n), n)).toBe(root);
      expect(integerRoot(root ** BigInt(n) - 1n, n)).toBe(root - 1n);
    }
  });

  it("counts", () => {
    expect(factorial(20n)).toBe(2432902008176640000n);
    expect(binomial(10n, 3n)).toBe(120n);
    expect(squareFree(72n)).toEqual({ outside: 6n, inside: 2n });
    for (const value of [0n, 1n, 255n, 256n, 2n ** 31n, 2n ** 64n - 1n, 2n ** 64n])
      expect(bitLength(value)).toBe(value === 0n ? 0 : value.toString(2).length);
  });

  it("refuses what is too large", () => {
    expect(() => factorial(10n ** 6n)).toThrow("a factorial of 1000000");
    expect(() => power(rational(9), 10n ** 9n)).toThrow("a power of more than 1048576 bits");
    expect(() => rational(1, 0)).toThrow("division by zero");
  });
});

describe("sums of square roots", () => {
  const root = (n: number) => squareRoot(surd(rational(n)))!;
  it("denests √(5 + 2√6) to √2 + √3", () => {
    const inner = addSurds(surd(rational(5)), multiplySurds(surd(rational(2)), root(6))!)!;
    expect(equalSurds(squareRoot(inner)!, addSurds(root(2), root(3))!)).toBe(true);
  });

  it("inverts by conjugates", () => {
    const value = addSurds(addSurds(root(2), root(3))!, addSurds(root(5), surd(rational(1)))!)!;
    expect(equalSurds(multiplySurds(value, invertSurd(value)!)!, surd(rational(1)))).toBe(true);
  });
});
