import { expect, test } from "vitest";
import { groupMetrics } from "./groupMetrics";

test("metrics of groups", () => {
  const { mean, deviation, equalShare } = groupMetrics([1, 0, 0, 0, 2, 2, 2, 2], 4);
  expect([mean, deviation, equalShare]).toEqual([1.125, 0.25, 0.5]);
  expect(groupMetrics([0, 2], 2, "population").deviation).toBe(1);
  expect(() => groupMetrics([], 2)).toThrow("There are no rewards to measure.");
});
