import { describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { passAtK } from "../../../math";
import { countContribution, fixedContribution, placesContribution, twoLevelBootstrap } from "./bootstrap";

const rate = (samples: number, right: number) =>
  countContribution(samples, right, (part) => ({ part, weight: samples }));

describe("twoLevelBootstrap", () => {
  it("is the ratio of sums, with no width where all is the same", () => {
    expect(twoLevelBootstrap([rate(4, 4), rate(2, 2)])).toEqual({ value: 1, low: 1, high: 1 });
    expect(twoLevelBootstrap([rate(4, 1), rate(2, 2)]).value).toBe(0.5);
    const nothing = twoLevelBootstrap([fixedContribution({ part: 0, weight: 0 })]);
    expect(nothing).toEqual({ value: Number.NaN, low: Number.NaN, high: Number.NaN });
  });

  it("repeats itself, and is another with another seed", () => {
    const contributions = [rate(8, 1), rate(8, 5), rate(8, 3), rate(8, 8)];
    const options = { resamples: 500 };
    expect(twoLevelBootstrap(contributions, options)).toEqual(twoLevelBootstrap(contributions, options));
    expect(twoLevelBootstrap(contributions, { ...options, seed: 1 })).not.toEqual(
      twoLevelBootstrap(contributions, options),
    );
  });

  it("has the spread of problems and of samples: the variance of a mean of two levels", () => {
    const counts = Array.from({ length: 40 }, (_, i) => (i * 7) % 9);
    const n = 8;
    const rates = counts.map((count) => count / n);
    const mean = rates.reduce((a, b) => a + b) / 40;
    const between = rates.reduce((sum, p) => sum + (p - mean) ** 2, 0) / 40;
    const within = rates.reduce((sum, p) => sum + (p * (1 - p)) / n, 0) / 40;
    const { low, high } = twoLevelBootstrap(counts.map((count) => rate(n, count)));
    const half = 1.96 * Math.sqrt((between + within) / 40); // Var = (between + within) / problems
    expect((high - low) / 2 / half).toBeGreaterThan(0.96);
    expect((high - low) / 2 / half).toBeLessThan(1.04);
    // Problems alone are less.
    const fixed = twoLevelBootstrap(rates.map((part) => fixedContribution({ part, weight: 1 })));
    expect((fixed.high - fixed.low) / 2 / (1.96 * Math.sqrt(between / 40))).toBeCloseTo(1, 1);
  });

  it("brackets the estimate where resamples are worse by nature, within what the measure can be", () => {
    // pass@4 of 8 samples, 2 right: resamples have more spread, and the measure is concave.
    const pass = Array.from({ length: 30 }, () =>
      countContribution(8, 2, (count) => ({ part: passAtK(8, count, 4), weight: 1 })),
    );
    const { value, low, high } = twoLevelBootstrap(pass, { resamples: 2_000 });
    expect(value).toBeCloseTo(passAtK(8, 2, 4), 12);
    expect(value - low).toBeGreaterThan(0.05);
    expect(high - value).toBeGreaterThan(0.05);
    const sure = twoLevelBootstrap([rate(8, 7), rate(8, 8), rate(8, 8)], { resamples: 500 });
    expect(sure.high).toBe(1);
    const worse = [fixedContribution({ part: -1, weight: 1 })];
    expect(twoLevelBootstrap(worse, { bounds: [-1, 1] })).toEqual({ value: -1, low: -1, high: -1 });
  });

  it("draws counts as it draws samples one by one", () => {
    const samples = [1, 0, 0, 1, 0];
    const byPlace = placesContribution(5, (places) => ({
      part: places.reduce((sum, k) => sum + samples[k], 0),
      weight: 5,
    }));
    const frequencies = (contribution: typeof byPlace) => {
      const random = createRandom(3);
      const found = new Float64Array(6);
      for (let draw = 0; draw < 20_000; draw++) found[contribution.redraw(random).part] += 1 / 20_000;
      return found;
    };
    const binomial = [0, 1, 2, 3, 4, 5].map((k) => [1, 5, 10, 10, 5, 1][k] * 0.4 ** k * 0.6 ** (5 - k));
    for (const contribution of [byPlace, rate(5, 2)])
      frequencies(contribution).forEach((share, k) => {
        expect(Math.abs(share - binomial[k])).toBeLessThan(0.015); // four standard errors
      });
  });

  it("covers the truth about as often as it says", () => {
    // Abilities uniform in [0, 1], 6 samples each: the truth is 0.5.
    const random = createRandom(8);
    let covered = 0;
    for (let world = 0; world < 100; world++) {
      const contributions = Array.from({ length: 50 }, () => {
        const ability = random.uniform();
        const right = Array.from({ length: 6 }, () => random.uniform()).filter(
          (draw) => draw < ability,
        ).length;
        return rate(6, right);
      });
      const { low, high } = twoLevelBootstrap(contributions, { resamples: 300, seed: world });
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(covered / 100).toBeGreaterThan(0.88);
    expect(covered / 100).toBeLessThan(1);
  });
});
