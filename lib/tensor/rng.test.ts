import { describe, expect, it } from "vitest";
import { compile, Rng, tf } from ".";
import { erf } from "./ops/reference";
import { centralErfInverse } from "./rng";
import { philoxStream } from "./rngPhilox";
import { assertClose } from "./testing";

const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const moment = (values: readonly number[], power: number) =>
  values.reduce((total, x) => total + x ** power, 0) / values.length;

/** Kolmogorov and Smirnov's statistic times √n; above 2.23 once in ten thousand samples of the right distribution. */
function kolmogorovSmirnov(values: readonly number[], cdf: (x: number) => number): number {
  const n = values.length;
  const distances = sorted(values).map((x, i) => Math.max((i + 1) / n - cdf(x), cdf(x) - i / n));
  return Math.max(...distances) * Math.sqrt(n);
}
const phi = (x: number) => 0.5 * (1 + erf(Math.max(-5, Math.min(5, x / Math.SQRT2))));
const CRITICAL = 2.23;

/** Chi-square of counts against equal expectation, in standard deviations from its mean. */
function chiSquareDeviation(counts: readonly number[], expected: readonly number[]): number {
  const statistic = counts.reduce((total, count, i) => total + (count - expected[i]) ** 2 / expected[i], 0);
  const freedom = counts.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

const count = (values: readonly number[], classes: number) => {
  const counts = new Array<number>(classes).fill(0);
  for (const value of values) counts[value] += 1;
  return counts;
};

describe("three modes", () => {
  const draws = (key: tf.Tensor, step: tf.Tensor) => {
    const keys = Rng.split(Rng.foldIn(key, step), 10);
    return {
      keys,
      uniform: Rng.uniform(keys[0], [33]),
      range: Rng.uniform(keys[1], [7, 5], -2, 3),
      normal: Rng.normal(keys[2], [101], 1, 2),
      truncated: Rng.truncatedNormal(keys[3], [64], 0, 0.02),
      gumbel: Rng.gumbel(keys[4], [50]),
      coin: Rng.bernoulli(keys[5], 0.3, [40]),
      integers: Rng.randint(keys[6], [60], -3, 11),
      order: Rng.permutation(keys[7], 37),
      classes: Rng.categorical(keys[8], tf.tensor2d([0, 1, 2, 3, -1, 0], [2, 3]), 20),
      scalar: Rng.normal(keys[9]),
    };
  };
  const inputs = () => [Rng.key(12345), tf.scalar(7, "int32")] as const;

  it.each([
    ["a plain graph", false],
    ["XLA", true],
  ] as const)("draws in %s what it draws op by op", (mode, xla) => {
    tf.tidy(() => {
      const eager = draws(...inputs());
      const compiled = compile(draws, { name: mode, xla })(...inputs());
      expect(compiled.keys.map(numbers)).toEqual(eager.keys.map(numbers));
      for (const exact of ["uniform", "coin", "integers", "order", "classes"] as const)
        expect(numbers(compiled[exact]), exact).toEqual(numbers(eager[exact]));
      for (const rounded of ["range", "normal", "truncated", "gumbel", "scalar"] as const)
        assertClose(compiled[rounded], eager[rounded], { relative: 1e-5, absolute: 2e-6 }, rounded);
    });
  });

  it("draws the words of the JavaScript generator", () => {
    const key = [-5, 2 ** 31 - 1];
    const expected = Array.from(philoxStream(key, 1001), (word) => (word & 0xffffff) / 2 ** 24);
    expect(numbers(Rng.uniform(tf.tensor1d(key, "int32"), [1001]))).toEqual(expected);
  });

  it("draws anew at every call of a compiled function", () => {
    const draw = compile((key: tf.Tensor) => Rng.uniform(key, [3]));
    expect(numbers(draw(Rng.key(1)))).not.toEqual(numbers(draw(Rng.key(2))));
    expect(numbers(draw(Rng.key(1)))).toEqual(numbers(Rng.uniform(Rng.key(1), [3])));
  });
});

describe("distributions", () => {
  const n = 20_000;

  it("uniform", () => {
    const values = numbers(Rng.uniform(Rng.key(1), [n]));
    expect(kolmogorovSmirnov(values, (x) => x)).toBeLessThan(CRITICAL);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const shifted = numbers(Rng.uniform(Rng.key(1), [n], -3, 5));
    assertClose(
      shifted,
      values.map((u) => 8 * u - 3),
      { absolute: 1e-6 },
    );
  });

  it("normal", () => {
    const values = numbers(Rng.normal(Rng.key(2), [n]));
    expect(kolmogorovSmirnov(values, phi)).toBeLessThan(CRITICAL);
    expect(Math.abs(moment(values, 1))).toBeLessThan(0.02);
    expect(Math.abs(moment(values, 2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(moment(values, 3))).toBeLessThan(0.1);
    expect(Math.abs(moment(values, 4) - 3)).toBeLessThan(0.25);
    // Box and Muller's pairs: the first half and the second are independent.
    const products = values.slice(0, n / 2).map((x, i) => x * values[n / 2 + i]);
    expect(Math.abs(moment(products, 1))).toBeLessThan(0.03);
    const scaled = numbers(Rng.normal(Rng.key(2), [n], 4, 3));
    assertClose(
      scaled,
      values.map((z) => 3 * z + 4),
      { relative: 1e-5, absolute: 1e-5 },
    );
  });

  it("truncatedNormal", () => {
    const values = numbers(Rng.truncatedNormal(Rng.key(3), [n], 1, 0.5)).map((x) => (x - 1) / 0.5);
    const inside = phi(2) - phi(-2);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(2.00001);
    expect(kolmogorovSmirnov(values, (x) => (phi(x) - phi(-2)) / inside)).toBeLessThan(CRITICAL);
    expect(Math.abs(moment(values, 2) - 0.7737)).toBeLessThan(0.02);
  });

  it("gumbel", () => {
    const values = numbers(Rng.gumbel(Rng.key(4), [n]));
    expect(kolmogorovSmirnov(values, (x) => Math.exp(-Math.exp(-x)))).toBeLessThan(CRITICAL);
    expect(Math.abs(moment(values, 1) - 0.5772)).toBeLessThan(0.03);
  });

  it("bernoulli is uniform below p, for a number and a tensor", () => {
    const uniform = numbers(Rng.uniform(Rng.key(5), [n]));
    const below = (p: number) => uniform.map((u) => Number(u < p));
    expect(numbers(Rng.bernoulli(Rng.key(5), 0.3, [n]))).toEqual(below(0.3));
    expect(numbers(Rng.bernoulli(Rng.key(5), tf.scalar(0.25), [n]))).toEqual(below(0.25));
    expect(Math.abs(moment(below(0.3), 1) - 0.3)).toBeLessThan(0.01);
    expect(numbers(Rng.bernoulli(Rng.key(5), 1, [n]))).not.toContain(0);
    expect(numbers(Rng.bernoulli(Rng.key(5), 0, [n]))).not.toContain(1);
    expect(() => Rng.bernoulli(Rng.key(5), 1.2)).toThrow(/1.2 is not in \[0, 1\]/);
  });

  it("randint", () => {
    const values = numbers(Rng.randint(Rng.key(6), [n], -4, 6));
    const counts = count(
      values.map((x) => x + 4),
      10,
    );
    expect(
      Math.abs(
        chiSquareDeviation(
          counts,
          counts.map(() => n / 10),
        ),
      ),
    ).toBeLessThan(4);
    expect(numbers(Rng.randint(Rng.key(6), [3], 5, 6))).toEqual([5, 5, 5]);
    expect(() => Rng.randint(Rng.key(6), [3], 5, 5)).toThrow(/\[5, 5\) is no range/);
  });

  it("categorical", () => {
    const logits = [0, 1, -1, 0.5, 2];
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const expected = logits.map((logit) => (n * Math.exp(logit)) / total);
    const values = numbers(Rng.categorical(Rng.key(7), tf.tensor1d(logits), n));
    expect(Math.abs(chiSquareDeviation(count(values, 5), expected))).toBeLessThan(4);
    const rows = Rng.categorical(Rng.key(8), tf.tensor2d([100, 0, 0, 0, 0, 100], [2, 3]));
    expect([rows.dtype, rows.shape, numbers(rows)]).toEqual(["int32", [2], [0, 2]]);
  });

  it("permutation is one, and every place is as likely", () => {
    const order = numbers(Rng.permutation(Rng.key(9), 5000));
    expect(sorted(order)).toEqual(order.map((_, i) => i));
    const firsts = Rng.split(Rng.key(10), 400).map((key) => numbers(Rng.permutation(key, 4))[0]);
    expect(Math.abs(chiSquareDeviation(count(firsts, 4), [100, 100, 100, 100]))).toBeLessThan(4);
  });

  it("does not see what other keys draw", () => {
    const [a, b] = Rng.split(Rng.key(11)).map((key) => numbers(Rng.normal(key, [n])));
    const correlation = moment(
      a.map((x, i) => x * b[i]),
      1,
    );
    expect(Math.abs(correlation)).toBeLessThan(0.03);
  });

  it("has no gradient and leaves no tensor", () => {
    const before = tf.memory().numTensors;
    const x = tf.scalar(2);
    const gradient = tf.grad((y: tf.Tensor) => tf.mul(y, Rng.normal(Rng.key(1), [])))(x);
    tf.dispose([x, gradient]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("centralErfInverse", () => {
  it.each([-0.954, -0.5, -1e-3, 0.1, 0.7, 0.9544])("undoes erf at %s", (x) => {
    expect(Math.abs(erf(centralErfInverse(x)) / x - 1)).toBeLessThan(1e-6);
  });
});
