import { describe, expect, it } from "vitest";
import { binEdges, histogram, histogramFigure } from "./histogram";

describe("bins", () => {
  it("puts a value on an edge into the bin to its right, the last one into the last bin", () => {
    expect(histogram([0, 1, 1.5, 2, 3], [0, 1, 2, 3]).counts).toEqual([1, 2, 2]);
    expect(histogram([-1, 4], [0, 1, 2, 3]).counts).toEqual([0, 0, 0]);
  });

  it("loses no value, on either scale", () => {
    const values = Array.from({ length: 500 }, (_, index) => 0.013 * 1.02 ** index);
    for (const log of [false, true]) {
      const { counts } = histogram(values, binEdges(values, { log }));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
    }
  });

  it("are even in the logarithm on a logarithmic axis", () => {
    const edges = binEdges([1, 1000], { bins: 3, log: true });
    for (const [index, edge] of edges.entries()) expect(edge).toBeCloseTo(10 ** index, 8);
  });

  it("follow the rule of Freedman and Diaconis", () => {
    const values = Array.from({ length: 1000 }, (_, index) => index / 999);
    expect(binEdges(values, {})).toHaveLength(12); // width just under 2 * 0.5 / 10: eleven bins
    expect(binEdges([3, 3, 3], {})).toHaveLength(9);
  });

  it("refuse values without a logarithm, and no values", () => {
    expect(() => binEdges([1, 0], { log: true })).toThrow("0 has no place on a logarithmic axis");
    expect(() => binEdges([], {})).toThrow("there are no values");
  });
});

describe("histogramFigure", () => {
  const rows = [1, 2, 2, 3, 3, 3].map((gap) => ({ gap }));
  const value = { column: "gap", title: "gap", unit: "days" };
  const heights = (measure: "count" | "share" | "density") => {
    const [trace] = histogramFigure(rows, { value, count: { title: "users" }, measure, bins: 2 }).data;
    return "y" in trace ? trace.y : undefined;
  };

  it("shows counts, shares and densities as steps that start and end at zero", () => {
    expect(heights("count")).toEqual([0, 1, 5, 0]);
    expect(heights("share")).toEqual([0, 1 / 6, 5 / 6, 0]);
    expect(heights("density")).toEqual([0, 1 / 6, 5 / 6, 0]); // bins are one day wide
  });
});
