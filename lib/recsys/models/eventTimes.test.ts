import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { personalIntervals, secondsBetween } from "./eventTimes";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Gaps in days from seconds, as a batch has them. */
const days = (...rows: number[][]) => tf.tensor2d(rows.map((row) => row.map((s) => s / 86_400)));
// Events at 0, 20, 20 and 45 s, the one to predict at 50 s.
const GAPS = [0, 20, 0, 25, 5];

describe("seconds between events", () => {
  test("from event to query, which is dated by itself", () => {
    expect(secondsBetween(days(GAPS), { servingTime: false }).arraySync()).toEqual([
      [
        [0, -20, -20, -45],
        [20, 0, 0, -25],
        [20, 0, 0, -25],
        [45, 25, 25, 0],
      ],
    ]);
  });
  test("or by the event it predicts", () => {
    const [rows] = secondsBetween(days(GAPS), { servingTime: true }).arraySync();
    expect(rows[0][0]).toBe(20);
    expect(rows[3]).toEqual([50, 30, 30, 5]);
  });
  test("are exact next to gaps of a year", () => {
    const year = 365 * 86_400;
    const [rows] = secondsBetween(days([0, year, 1, 2, 0]), { servingTime: false }).arraySync();
    expect(rows[3].slice(1)).toEqual([3, 2, 0]);
  });
});

describe("personal intervals", () => {
  const causal = (gaps: tf.Tensor2D, servingTime: boolean, largest = 256) =>
    personalIntervals(gaps, { servingTime, largest })
      .arraySync()
      .map((rows) => rows.map((row, i) => row.slice(0, i + 1)));

  test("count in the smallest gap above 0 that the query knows", () => {
    // Units: none, 20, 20, 20.
    expect(causal(days(GAPS), false)).toEqual([[[0], [1, 0], [1, 0, 0], [2, 1, 1, 0]]]);
    // The gap to the predicted event counts: units 20, 20, 20, 5; times 20, 20, 45, 50.
    expect(causal(days(GAPS), true)).toEqual([[[1], [1, 0], [2, 1, 1], [10, 6, 6, 1]]]);
  });
  test("do not move when a later, smaller gap comes", () => {
    const [before, after] = [GAPS, [0, 20, 0, 1, 5]].map((gaps) => causal(days(gaps), false)[0].slice(0, 3));
    expect(after).toEqual(before);
  });
  test("end at the largest, and are 0 where the future is, and where no gap is above 0", () => {
    expect(causal(days(GAPS), true, 4)[0][3]).toEqual([4, 4, 4, 1]);
    expect(personalIntervals(days(GAPS), { servingTime: false, largest: 9 }).min().dataSync()[0]).toBe(0);
    expect(causal(days([0, 0, 0]), false)).toEqual([[[0], [0, 0]]]);
  });
  test("each row has its own unit", () => {
    const both = causal(days(GAPS, [0, 1, 2, 3, 4]), false);
    expect(both[0]).toEqual(causal(days(GAPS), false)[0]);
    expect(both[1][3]).toEqual([6, 5, 3, 0]);
  });
});
