import { expect, test } from "vitest";
import { tf } from "../tensor";
import { rankCases } from "./caseRanks";
import { rankOfTargets } from "./rank";

test("ranks are those of rankOfTargets: ties and NaN count against the target", () => {
  const data = { items: 4, itemIds: Int32Array.of(1, 2, 3, 4) };
  const rows = [
    [4, 3, 2, 1],
    [1, 1, 1, 1],
    [0, 5, Number.NaN, 2],
    [9, 9, 9, Number.NaN],
  ];
  const ranks = rankCases(data, Int32Array.of(0, 1, 2, 3), (event) => rows[event]);
  const expected = tf.tidy(() =>
    rankOfTargets(tf.tensor2d(rows.map((row) => [0, ...row])), tf.tensor1d([1, 2, 3, 4], "int32")).dataSync(),
  );
  expect([...ranks]).toEqual([...expected]);
  expect([...ranks]).toEqual([1, 4, 4, 4]);
  expect(() => rankCases(data, Int32Array.of(0), () => [1])).toThrow("1 scores of 4 items, for event 0");
});
