import { describe, expect, it } from "vitest";
import { type Spread, summarize } from "./spread";

const rows = [0.07, 0.075, 0.0695, 0.072].map((value) => ({ value }));
const half = (spread: Spread, data: readonly { value: number }[] = rows) => {
  const { mean, lower, upper } = summarize(data, "value", spread);
  expect(upper - mean).toBeCloseTo(mean - lower, 12);
  return upper - mean;
};

describe("summarize", () => {
  it("gives mean, sample deviation and standard error", () => {
    expect(summarize(rows, "value", "std").mean).toBeCloseTo(0.071625, 12);
    expect(half("std")).toBeCloseTo(0.00249583, 8); // R: sd(c(.07, .075, .0695, .072))
    expect(half("sem")).toBeCloseTo(0.00249583 / 2, 8);
  });

  it("gives Student's interval, from the table and beyond it", () => {
    expect(half("ci95")).toBeCloseTo(3.182446 * 0.001247915, 6);
    const many = Array.from({ length: 51 }, (_, index) => ({ value: index }));
    const sem = half("sem", many);
    expect(half("ci95", many) / sem).toBeCloseTo(2.008559, 4); // 50 degrees of freedom
  });

  it("gives the range, nothing, and nothing of a single measurement", () => {
    expect(summarize(rows, "value", "range")).toMatchObject({ lower: 0.0695, upper: 0.075, count: 4 });
    expect(half("none")).toBe(0);
    expect(half("std", rows.slice(0, 1))).toBe(0);
  });

  it("reads a spread from columns, one row a point", () => {
    const row = { value: 2, std: 0.5, low: 1, high: 4 };
    expect(summarize([row], "value", { plusMinus: "std" })).toMatchObject({ lower: 1.5, upper: 2.5 });
    expect(summarize([row], "value", { lower: "low", upper: "high" })).toMatchObject({ lower: 1, upper: 4 });
    expect(() => summarize([row, row], "value", { plusMinus: "std" })).toThrow("2 rows share one point");
  });
});
