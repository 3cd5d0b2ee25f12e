import { describe, expect, it } from "vitest";
import { clusterAnswers, consensus, expectedConsensus } from "./consensus";
import type { CheckMode } from "./expressions/expression";

describe("consensus", () => {
  it("is the verdict on the answer with the most votes", () => {
    for (const mode of ["ref", "want"] as const) {
      expect(consensus("1", ["1", "1", "2", "2", "2"], mode)).toBe(0);
      expect(consensus("2", ["1", "1", "2", "2", "2"], mode)).toBe(1);
    }
  });

  it("takes the first of several in `ref` and their mean in `want`", () => {
    expect(consensus("1", ["1", "2"], "ref")).toBe(1);
    expect(consensus("2", ["1", "2"], "ref")).toBe(0);
    expect(consensus("1", ["1", "2"], "want")).toBe(0.5);
  });

  it("counts equal answers together; what cannot be read votes by its letters in `ref` only", () => {
    const answers = ["1/2", "\\frac{", "0.5", "\\frac12", "\\frac{"];
    expect(clusterAnswers(answers, "ref")).toEqual([
      [0, 2, 3],
      [1, 4],
    ]);
    expect(clusterAnswers(answers, "want")).toEqual([[0, 2, 3]]);
    expect(["ref", "want"].map((mode) => consensus("3", ["?{", "?{", "3"], mode as CheckMode))).toEqual([
      0, 1,
    ]);
  });

  it("takes no vote away by an answer that cannot be read, wherever it stands", () => {
    const answers = ["{12", "12", "\\text{12}"];
    expect(clusterAnswers(answers, "want")).toEqual([[1, 2]]);
    expect(consensus("12", answers, "want")).toBe(1);
    expect(consensus("12", [...answers].reverse(), "want")).toBe(1);
  });

  it("in `want` gives words a vote, and none to what has no value or is too long", () => {
    const answers = ["\\text{no}", "无解", "\\frac{1}{0}", "[3,1]", "9".repeat(3_000), "No"];
    expect(clusterAnswers(answers, "want")).toEqual([[0, 5], [1]]);
  });

  it("lets empty answers win in `ref` only, and then wrongly", () => {
    expect(clusterAnswers(["", "", "3"], "ref")).toEqual([[0, 1], [2]]);
    expect(consensus("3", ["", "", "3"], "ref")).toBe(0);
    expect(consensus("3", ["", "", "3"], "want")).toBe(1);
    for (const mode of ["ref", "want"] as const) expect(consensus("3", ["", ""], mode)).toBe(0);
  });
});

describe("expectedConsensus", () => {
  /** All subsets of k samples, ties averaged. */
  function enumerated(sizes: readonly number[], correct: number, samples: number, k: number): number {
    const owner = sizes.flatMap((size, cluster) => Array<number>(size).fill(cluster));
    let [total, subsets] = [0, 0];
    for (let subset = 0; subset < 1 << samples; subset++) {
      const drawn = Array.from({ length: samples }, (_, k) => k).filter((k) => (subset >> k) & 1);
      if (drawn.length !== k) continue;
      subsets++;
      const votes = sizes.map((_, cluster) => drawn.filter((sample) => owner[sample] === cluster).length);
      const most = Math.max(...votes);
      if (most > 0 && votes[correct] === most) total += 1 / votes.filter((count) => count === most).length;
    }
    return total / subsets;
  }

  it.each([
    [[5, 3], 0, 8],
    [[3, 3, 2], 1, 8],
    [[1, 1, 1, 5], 3, 8],
    [[2, 1, 3], 2, 8], // two without an answer
  ])(
    "of clusters %j, the right one %d, of %d samples is the mean over all subsets",
    (sizes, correct, samples) => {
      for (let k = 1; k <= samples; k++)
        expect(expectedConsensus(sizes, correct, samples, k)).toBeCloseTo(
          enumerated(sizes, correct, samples, k),
          12,
        );
    },
  );

  it("is 0 without a right cluster and refuses what cannot be", () => {
    expect(expectedConsensus([3, 5], undefined, 8, 4)).toBe(0);
    expect(() => expectedConsensus([3, 5], 0, 8, 9)).toThrow("k is 9; it must lie in 1 to 8");
    expect(() => expectedConsensus([3, 6], 0, 8, 4)).toThrow("more votes than 8 samples");
  });
});
