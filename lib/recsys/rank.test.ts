import { describe, expect, it } from "vitest";
import { tf } from "../tensor";
import { rankOfTargets } from "./rank";

describe("rankOfTargets", () => {
  function ranks(scores: number[][], targets: number[]): number[] {
    return tf.tidy(() =>
      Array.from(rankOfTargets(tf.tensor2d(scores), tf.tensor1d(targets, "int32")).dataSync()),
    );
  }

  it("counts the items ahead; the padding column has no rank", () => {
    expect(ranks([[99, 3, 1, 2]], [1])).toEqual([1]);
    expect(ranks([[99, 3, 1, 2]], [2])).toEqual([3]);
    expect(ranks([[Number.NEGATIVE_INFINITY, 3, 1, 2]], [3])).toEqual([2]);
  });

  it("counts ties against the target: a collapsed model comes last", () => {
    expect(ranks([[0, 5, 5, 1]], [1])).toEqual([2]);
    expect(ranks([[0, 1, 1, 1, 1]], [2])).toEqual([4]);
  });

  it("counts NaN against the target, and minus infinity as a score", () => {
    const [nan, low] = [Number.NaN, Number.NEGATIVE_INFINITY];
    expect(ranks([[0, nan, 1, 2]], [1])).toEqual([3]); // a model that diverged does not win
    expect(ranks([[0, nan, nan, nan]], [2])).toEqual([3]);
    expect(ranks([[0, 4, nan, 2]], [1])).toEqual([2]);
    expect(ranks([[0, low, 1, low]], [1])).toEqual([3]);
  });

  it("agrees with sorting on random scores", () => {
    const scores = tf.randomUniform([50, 31], 0, 1, "float32", 7).arraySync() as number[][];
    const targets = scores.map((_, row) => 1 + ((row * 7) % 30));
    const sorted = scores.map((row, k) => {
      const target = targets[k];
      const order = [...row.keys()].slice(1).sort((a, b) => row[b] - row[a]);
      return order.indexOf(target) + 1;
    });
    expect(ranks(scores, targets)).toEqual(sorted);
  });

  it("explains a shape that does not fit", () => {
    expect(() => ranks([[0, 1]], [1, 1])).toThrow(/scores \[1,2\] need targets \[1\]; got \[2\]/);
  });
});
