import { expect, test } from "vitest";
import { buildSequences } from "../../recsys";
import { medianGapDifference } from "./lambda";

const DAY = 86_400;

/** One user with events at these days; the last two are validation and test. */
function oneUser(days: number[]) {
  const log = {
    users: new Int32Array(days.length),
    items: Int32Array.from(days, (_, i) => i),
    ratings: new Float64Array(days.length).fill(5),
    timestamps: Float64Array.from(days, (day) => day * DAY),
    userNames: ["u"],
    itemNames: days.map((_, i) => `i${i}`),
  };
  return buildSequences(
    log,
    Int32Array.from(days, (_, i) => i),
  );
}

test("is the median over pairs of different gaps inside a block of the training part", () => {
  // Gaps 1, 3, 3, 7 of the training part: differences 2, 2, 6, (0), 4, 4 → median of (2, 2, 4, 4, 6) = 4.
  const data = oneUser([0, 1, 4, 7, 14, 100, 1000]);
  expect(medianGapDifference(data, 10, 16)).toBeCloseTo(4, 9);
  // Blocks of 2: (1, 3) and (3, 7) → (2 + 4) / 2 = 3.
  expect(medianGapDifference(data, 10, 2)).toBeCloseTo(3, 9);
});

test("windows do not reach across their start", () => {
  // Windows of 2 inputs, from the end: gaps (3, 7) and (1, 3).
  expect(medianGapDifference(oneUser([0, 1, 4, 7, 14, 100, 1000]), 2, 16)).toBeCloseTo(3, 9);
});

test("says what to do where all gaps are equal", () => {
  expect(() => medianGapDifference(oneUser([0, 1, 2, 3, 4, 5]), 10, 16)).toThrow("Set `lambda`");
});
