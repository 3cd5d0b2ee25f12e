import { describe, expect, it } from "vitest";
import { createRandom } from "../data/random";
import {
  groupBootstrap,
  mean,
  pairedBootstrap,
  pairedTTest,
  ranks,
  spearman,
  standardDeviation,
  statisticBootstrap,
} from "./statistics";

/** Normal variates by Box and Muller. */
function normals(count: number, center: number, spread: number, random = createRandom(1)): Float64Array {
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(2 * random.exponential(1));
    return center + spread * radius * Math.cos(2 * Math.PI * random.uniform());
  });
}

it("the p-value of a bootstrap: 1 without an effect, the least that can be told with a clear one", () => {
  const values = Float64Array.from({ length: 40 }, (_, i) => (i * 7) % 11);
  const seeds = [values, values];
  expect(pairedBootstrap(seeds, seeds, { seeds: "paired" }).pValue).toBe(1);
  const higher = seeds.map((row) => row.map((value) => value + 1));
  expect(pairedBootstrap(higher, seeds, { seeds: "paired", resamples: 999 }).pValue).toBe(2 / 1000);
  expect(pairedBootstrap(seeds, higher, { seeds: "paired", resamples: 999 }).pValue).toBe(2 / 1000);
});

describe("mean and standard deviation", () => {
  it("by hand", () => {
    expect(mean([1, 2, 3, 6])).toBe(3);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(standardDeviation([1])).toBeNaN();
    expect(() => mean([])).toThrow(/no values/);
  });
});

describe("pairedBootstrap", () => {
  it("agrees with the normal interval where only users vary", () => {
    const difference = normals(400, 0.3, 1);
    const base = normals(400, 0, 5, createRandom(2));
    const improved = base.map((value, user) => value + difference[user]);
    const { difference: d, low, high } = pairedBootstrap([improved], [base], { resamples: 4000 });
    expect(d).toBeCloseTo(mean(difference), 12);
    const half = (1.96 * standardDeviation(difference)) / 20; // pairing takes the large spread of users out
    expect(Math.abs(low - (d - half))).toBeLessThan(0.01);
    expect(Math.abs(high - (d + half))).toBeLessThan(0.01);
  });

  it("covers the truth about as often as it says, with users and seeds varying", () => {
    const random = createRandom(3);
    let covered = 0;
    const trials = 120;
    for (let trial = 0; trial < trials; trial++) {
      const users = normals(60, 0, 1, random);
      const model = (center: number) =>
        Array.from(normals(8, center, 0.3, random), (seed) =>
          normals(60, seed, 1, random).map((x, user) => x + users[user]),
        );
      const { low, high } = pairedBootstrap(model(0.5), model(0), { resamples: 300, seed: trial });
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.86);
  });

  it("is wider when seeds vary, and narrower when the seeds' luck is shared", () => {
    const noise = [-1, 0, 1].map((luck) => normals(50, luck, 0.1, createRandom(4, luck)));
    const better = noise.map((values) => values.map((value) => value + 0.5));
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    const independent = pairedBootstrap(better, noise, { resamples: 1000 });
    const paired = pairedBootstrap(better, noise, { resamples: 1000, seeds: "paired" });
    expect(width(paired)).toBeLessThan(1e-9);
    expect(paired.difference).toBeCloseTo(0.5, 12);
    expect(width(independent)).toBeGreaterThan(1);
  });

  it("repeats itself, takes different numbers of seeds, and explains shapes that do not fit", () => {
    const [a, b] = [normals(20, 1, 1), normals(20, 0, 1)];
    const options = { resamples: 200, seed: 5 };
    expect(pairedBootstrap([a, a], [b], options)).toEqual(pairedBootstrap([a, a], [b], options));
    expect(() => pairedBootstrap([a], [b.subarray(1)])).toThrow(/same users; got 20 and 19/);
    expect(() => pairedBootstrap([], [b])).toThrow(/at least one seed/);
    expect(() => pairedBootstrap([a, a], [b], { seeds: "paired" })).toThrow(
      /as many of each model; got 2 and 1/,
    );
  });
});

describe("pairedTTest", () => {
  it("on Student's sleep data", () => {
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const result = pairedTTest(first, second);
    expect(result.difference).toBeCloseTo(-1.58, 10);
    expect(result.statistic).toBeCloseTo(-4.0621, 4);
    expect(result.degreesOfFreedom).toBe(9);
    expect(result.pValue).toBeCloseTo(0.002833, 6);
    expect(result.low).toBeCloseTo(-2.4599, 4);
    expect(result.high).toBeCloseTo(-0.7001, 4);
  });

  it("without spread, and with too little to test", () => {
    expect(pairedTTest([1, 2], [1, 2]).pValue).toBe(1);
    expect(pairedTTest([2, 3], [1, 2])).toMatchObject({ pValue: 0, difference: 1 });
    expect(() => pairedTTest([1], [2])).toThrow(/at least two pairs/);
  });
});

describe("spearman", () => {
  it("by hand, with ties", () => {
    expect([...ranks([10, 20, 10, 30])]).toEqual([1.5, 3, 1.5, 4]);
    expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8208, 4);
    expect(spearman([1, 2, 3], [Math.exp(1), Math.exp(2), Math.exp(3)])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(spearman([1, 2], [3, 3])).toBeNaN();
    expect(() => spearman([1], [1])).toThrow(/at least two pairs/);
  });
});

describe("groupBootstrap", () => {
  const seeds = (values: number[]) => [
    values,
    values.map((value) => value + 0.01),
    values.map((value) => value - 0.01),
  ];
  const spread = (center: number, count: number) =>
    Array.from({ length: count }, (_, i) => center + ((i % 7) - 3) / 10);

  it("holds the difference of two groups of different size, and narrows with their number", () => {
    const few = groupBootstrap(seeds(spread(1, 14)), seeds(spread(0.5, 21)), { resamples: 2000 });
    const many = groupBootstrap(seeds(spread(1, 1400)), seeds(spread(0.5, 2100)), { resamples: 500 });
    for (const { difference, low, high } of [few, many]) {
      expect(difference).toBeCloseTo(0.5, 6);
      expect(low).toBeLessThan(0.5);
      expect(high).toBeGreaterThan(0.5);
    }
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 5);
    // The spread of a mean of 14 values and of 21 values, each of deviation 0.2: 0.2 * sqrt(1/14 + 1/21) = 0.069.
    expect((few.high - few.low) / (2 * 1.96)).toBeCloseTo(0.069, 2);
  });

  it("refuses groups of other seeds", () => {
    expect(() => groupBootstrap([[1]], [[1], [2]])).toThrow(/same seeds; got 1 and 2/);
  });
});

describe("statisticBootstrap", () => {
  const samples = [Float64Array.of(1, 2, 3, 4), Float64Array.of(2, 3, 4, 5, 6, 7)];
  const counts = samples.map(({ length }) => length);
  const meanOf = (seed: number, units: Int32Array) => mean(Array.from(units, (unit) => samples[seed][unit]));

  it("is about the mean over the seeds of the whole samples, and the same again", () => {
    const interval = statisticBootstrap(counts, meanOf);
    expect(interval.difference).toBe((2.5 + 4.5) / 2);
    expect(interval.low).toBeLessThan(2.9);
    expect(interval.high).toBeGreaterThan(4.1);
    expect(interval.low).toBeGreaterThan(1);
    expect(interval.high).toBeLessThan(7);
    expect(interval.pValue).toBeLessThan(0.01);
    expect(statisticBootstrap(counts, meanOf)).toEqual(interval);
  });

  it("of one seed has the spread of the mean of its units", () => {
    const one = Float64Array.from({ length: 64 }, (_, i) => i % 8); // variance 5.25
    const { low, high } = statisticBootstrap(
      [64],
      (_, units) => mean(Array.from(units, (unit) => one[unit])),
      {
        resamples: 4000,
      },
    );
    expect((high - low) / (2 * 1.96)).toBeCloseTo(Math.sqrt(5.25 / 64), 1.5);
  });

  it("has no width where all units are alike, and tells a sign from none", () => {
    const alike = statisticBootstrap([3, 3], () => -2, { resamples: 99 });
    expect(alike).toMatchObject({ difference: -2, low: -2, high: -2, pValue: 0.02 });
    const balanced = statisticBootstrap([2], (_, units) => units[0] - 0.5);
    expect(balanced.pValue).toBeGreaterThan(0.9);
  });

  it("of units that all seeds share is no narrower for more seeds that say the same", () => {
    const one = Float64Array.from({ length: 64 }, (_, i) => i % 8); // variance 5.25
    const unitsMean = (_: number, units: Int32Array) => mean(Array.from(units, (unit) => one[unit]));
    const deviation = (options: { sharedUnits?: boolean }) => {
      const { low, high } = statisticBootstrap([64, 64, 64, 64], unitsMean, { resamples: 4000, ...options });
      return (high - low) / (2 * 1.96);
    };
    expect(deviation({ sharedUnits: true })).toBeCloseTo(Math.sqrt(5.25 / 64), 1.5);
    expect(deviation({})).toBeCloseTo(Math.sqrt(5.25 / 64 / 4), 1.5);
    expect(() => statisticBootstrap([3, 4], () => 0, { sharedUnits: true })).toThrow(
      "Seeds that share their units have as many; got 3, 4.",
    );
  });
});
