import { describe, expect, it } from "vitest";
import { createRandom } from "../data/random";
import { passAtK } from "./passAtK";

describe("passAtK", () => {
  it.each([
    [4, 2, 1, 0.5],
    [4, 2, 2, 0.8333333],
    [4, 2, 3, 1],
    [64, 1, 16, 0.25],
    [10, 0, 10, 0],
  ])("of %d samples, %d right, k = %d: %d", (samples, correct, k, expected) => {
    expect(passAtK(samples, correct, k)).toBeCloseTo(expected, 7);
  });

  it("is the share of subsets with a right sample", () => {
    for (let n = 1; n <= 10; n++) {
      for (let correct = 0; correct <= n; correct++) {
        const [hits, all] = [new Float64Array(n + 1), new Float64Array(n + 1)];
        for (let subset = 1; subset < 1 << n; subset++) {
          const size = subset.toString(2).replaceAll("0", "").length;
          all[size]++;
          // The right samples come first.
          if (subset & ((1 << correct) - 1)) hits[size]++;
        }
        for (let k = 1; k <= n; k++) expect(passAtK(n, correct, k)).toBeCloseTo(hits[k] / all[k], 12);
      }
    }
  });

  it("is what drawing samples finds", () => {
    const random = createRandom(1);
    const [trials, samples] = [20_000, Array.from({ length: 20 }, (_, k) => k)];
    let hits = 0;
    for (let trial = 0; trial < trials; trial++)
      if (
        random
          .shuffle([...samples])
          .slice(0, 4)
          .some((sample) => sample < 3)
      )
        hits++;
    // Four standard errors of the share.
    expect(Math.abs(hits / trials - passAtK(20, 3, 4))).toBeLessThan(4 * Math.sqrt(0.25 / trials));
  });

  it("refuses what cannot be", () => {
    expect(() => passAtK(4, 2, 5)).toThrow("k is 5; it must lie in 1 to 4");
    expect(() => passAtK(4, 5, 1)).toThrow("5 of 4 samples are right");
    expect(() => passAtK(4, 1.5, 1)).toThrow("correct is 1.5");
  });
});
