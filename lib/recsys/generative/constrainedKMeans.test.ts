import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { balancedAssignment } from "./balancedAssignment";
import { constrainedKMeans } from "./constrainedKMeans";

const costOf = (costs: Float64Array, labels: ArrayLike<number>, K: number) =>
  Array.from(labels).reduce((sum, label, point) => sum + costs[point * K + label], 0);
const sizesOf = (labels: ArrayLike<number>, K: number) =>
  Array.from({ length: K }, (_, k) => Array.from(labels).filter((label) => label === k).length);

/** Least cost over all labellings whose sizes differ by at most 1. */
function optimum(costs: Float64Array, K: number): number {
  const n = costs.length / K;
  let best = Number.POSITIVE_INFINITY;
  for (let code = 0; code < K ** n; code++) {
    const labels = Array.from({ length: n }, (_, point) => Math.floor(code / K ** point) % K);
    const sizes = sizesOf(labels, K);
    if (Math.max(...sizes) - Math.min(...sizes) <= 1) best = Math.min(best, costOf(costs, labels, K));
  }
  return best;
}

/** Each point in turn to the cheapest cluster that is not full. */
function greedy(costs: Float64Array, K: number): number[] {
  const n = costs.length / K;
  const sizes = new Array<number>(K).fill(0);
  return Array.from({ length: n }, (_, point) => {
    const full = (k: number) => {
      const larger = sizes.filter((size) => size > Math.floor(n / K)).length;
      return sizes[k] >= Math.floor(n / K) + (larger < n % K ? 1 : 0);
    };
    const open = sizes.map((_, k) => k).filter((k) => !full(k));
    const best = open.reduce((a, b) => (costs[point * K + b] < costs[point * K + a] ? b : a));
    sizes[best]++;
    return best;
  });
}

describe("balanced assignment", () => {
  test.each([
    [6, 3],
    [7, 3],
    [8, 3],
    [7, 2],
    [2, 3],
    [5, 4],
    [6, 4],
  ])("of %i points to %i clusters costs what the best of all labellings costs", (n, K) => {
    for (let seed = 0; seed < 40; seed++) {
      const random = createRandom(seed, n, K);
      const costs = Float64Array.from({ length: n * K }, () => random.uniform() - 0.3);
      const labels = balancedAssignment(costs, K);
      const sizes = sizesOf(labels, K);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(costOf(costs, labels, K)).toBeCloseTo(optimum(costs, K), 10);
    }
  });

  test("many equal costs, and points that all want one cluster, end balanced and no dearer than greedily", () => {
    const random = createRandom(5);
    const costs = Float64Array.from({ length: 103 * 10 }, (_, k) => (k % 10) + random.integer(4));
    const labels = balancedAssignment(costs, 10);
    expect(sizesOf(labels, 10).sort()).toEqual([10, 10, 10, 10, 10, 10, 10, 11, 11, 11]);
    expect(costOf(costs, labels, 10)).toBeLessThan(costOf(costs, greedy(costs, 10), 10));
  });

  test("refuses costs that are not finite, or no whole rows", () => {
    expect(() => balancedAssignment([1, 2, 3, Number.NaN], 2)).toThrow("point 1 in cluster 1 is NaN");
    expect(() => balancedAssignment([1, 2, 3], 2)).toThrow("no whole number of rows of 2");
  });
});

describe("constrained k-means", () => {
  test("splits one large and one small heap into equal halves, where k-means would not", () => {
    const points = Float32Array.from([0, 0.1, 0.2, 0.3, 0.4, 0.5, 10, 10.1]);
    const { labels, centres, inertia } = constrainedKMeans(points, 1, { clusters: 2, seed: 1 });
    expect(new Set(labels.subarray(0, 4)).size).toBe(1);
    expect(new Set(labels.subarray(4)).size).toBe(1);
    expect([...centres].sort((a, b) => a - b).map((c) => c.toFixed(3))).toEqual(["0.150", "5.250"]);
    const squares = [0.15, 0.05, 0.05, 0.15, 4.85, 4.75, 4.75, 4.85].map((x) => x * x);
    expect(inertia).toBeCloseTo(
      squares.reduce((a, b) => a + b),
      4,
    );
  });

  test("more iterations never leave more inertia; a seed repeats", () => {
    const random = createRandom(9);
    const points = Float32Array.from({ length: 256 * 8 }, () => random.uniform());
    const run = (maxIterations: number) =>
      constrainedKMeans(points, 8, { clusters: 10, seed: 3, maxIterations });
    const inertias = [1, 2, 4, 20].map((iterations) => run(iterations).inertia);
    for (let k = 1; k < 4; k++) expect(inertias[k]).toBeLessThanOrEqual(inertias[k - 1] + 1e-4);
    expect(inertias[3]).toBeLessThan(inertias[0]);
    expect(sizesOf(run(20).labels, 10).every((size) => size === 25 || size === 26)).toBe(true);
    expect(run(20)).toEqual(run(20));
    expect(() => constrainedKMeans(points, 8, { clusters: 300, seed: 1 })).toThrow("choose 1 to 256");
  });
});
