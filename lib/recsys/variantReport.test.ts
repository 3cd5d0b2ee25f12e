import { describe, expect, test } from "vitest";
import type { StoredRun } from "../experiment/store";
import { sequencesOf } from "./transfer/transferTesting";
import {
  differenceIntervals,
  measuredMetric,
  metricsRow,
  modelBars,
  popularityBars,
  popularityRows,
  present,
  roundedMean,
  seedCount,
  type VariantRuns,
} from "./variantReport";

// In the training parts: item 1 five times, 2 twice, 3 once, 4 never. Rare targets are those of users 2 and 3, then 1 and 5, then 0 and 4.
const data = sequencesOf(4, [
  [1, 1, 4, 1],
  [1, 2, 4, 2],
  [1, 2, 4, 3],
  [1, 3, 3, 4],
  [4, 1],
  [4, 2],
]);

function run(seed: number, metrics: Record<string, number>, ranks: number[] = []): StoredRun {
  const array = (name: string) => {
    if (name !== "ranks") throw new Error(`There is no ${name}.`);
    return Int32Array.from(ranks);
  };
  return { seed, metrics, array } as unknown as StoredRun;
}
const metrics = (ndcg: number) => ({ "Recall@5": 0.1, "Recall@10": 0.2, "NDCG@5": 0.3, "NDCG@10": ndcg });
const RUNS: Record<string, StoredRun[]> = {
  one: [run(7, metrics(0.4), [10, 11, 1, 11, 99, 11])],
  two: [run(1, metrics(0.2), [1, 1, 1, 1, 1, 1]), run(2, metrics(0.6), [1, 99, 99, 99, 99, 2])],
  none: [],
};
const variants: VariantRuns = { runs: (name) => RUNS[name], labelOf: (name) => `the ${name}` };
const NAMES = ["two", "none", "one"];

describe("the numbers of variants", () => {
  test("variants without runs are left out, in the order asked for", () => {
    expect(present(variants, NAMES)).toEqual(["two", "one"]);
  });

  test("a metric has mean and deviation over the seeds, of one seed the number alone", () => {
    expect(measuredMetric(RUNS["one"], "NDCG@10")).toBe(0.4);
    expect(measuredMetric(RUNS["two"], "NDCG@10")).toEqual({
      mean: expect.closeTo(0.4, 12),
      std: expect.closeTo(Math.sqrt(2 * 0.2 ** 2), 12),
    });
    expect(metricsRow(variants, "one")).toEqual({ model: "the one", ...metrics(0.4) });
  });

  test("a count is rounded, and empty where one of the runs has none", () => {
    const counted = (...counts: number[]) => counts.map((count) => run(1, { count }));
    expect(roundedMean(counted(2, 3.2), ({ metrics }) => metrics["count"])).toBe("3");
    const some = [...counted(2), run(2, {})];
    expect(roundedMean(some, ({ metrics }) => metrics["count"])).toBe("");
  });

  test("recall by popularity is a row for each variant, seed and group, of the ranks in the group", () => {
    const rows = popularityRows(variants, data, NAMES);
    const of = (model: string, seed: number) =>
      rows.filter((row) => row.model === model && row.seed === seed).map(({ recall }) => recall);
    expect(rows).toHaveLength(9);
    expect(rows[0]).toEqual({ model: "the two", group: "[0, 2)", recall: 1, users: 2, seed: 1 });
    expect(rows.slice(0, 3).map(({ group }) => group)).toEqual(["[0, 2)", "[2, 5)", "5 or more"]);
    expect(of("the two", 1)).toEqual([1, 1, 1]);
    expect(of("the two", 2)).toEqual([0, 0.5, 0.5]);
    expect(of("the one", 7)).toEqual([0.5, 0, 0.5]); // rank 10 counts, 11 does not
  });

  test("seeds are counted", () => {
    expect([seedCount([4]), seedCount([1, 2, 3])]).toEqual(["1 seed", "3 seeds"]);
  });
});

describe("the figures of variants", () => {
  test("a bar a model: the mean of NDCG@10 over its seeds", () => {
    const { data: bars } = modelBars(variants, NAMES, "of a toy");
    expect(bars).toMatchObject([{ x: [expect.closeTo(0.4, 12), 0.4], y: ["the two", "the one"] }]);
  });

  test("a bar a group and model", () => {
    const { data: bars } = popularityBars(variants, data, NAMES, "of a toy");
    const groups = ["[0, 2)", "[2, 5)", "5 or more"];
    expect(bars).toMatchObject([
      { name: "the two", x: groups, y: [0.5, 0.75, 0.75] },
      { name: "the one", x: groups, y: [0.5, 0, 0.5] },
    ]);
  });

  test("differences have their intervals, and 0 is marked; none is asked for where there are no runs", () => {
    const differences: Record<string, number> = { two: -0.25, one: 0.5 };
    const { data: dots, layout } = differenceIntervals(
      variants,
      NAMES,
      (name) => {
        const difference = differences[name];
        if (difference === undefined) throw new Error(`There are no runs of ${name}.`);
        return { difference, low: difference - 0.25, high: difference + 0.5, level: 0.95, pValue: 1 };
      },
      { title: "Without", subtitle: "of a toy" },
    );
    expect(dots).toMatchObject([
      {
        ...{ x: [-0.25, 0.5], y: ["the two", "the one"] },
        error_x: { array: [0.5, 0.5], arrayminus: [0.25, 0.25] },
      },
    ]);
    expect(layout.shapes).toMatchObject([{ x0: 0, x1: 0 }]);
  });
});
