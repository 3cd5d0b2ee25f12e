import { describe, expect, it } from "vitest";
import { intervalFigure } from "./interval";

const rows = [
  { claim: "first", gain: 0.2, low: 0.1, high: 0.5 },
  { claim: "second", gain: -0.1, low: -0.3, high: 0.1 },
];
const category = { column: "claim", title: "claim" };
const estimate = { column: "gain", title: "gain" };

describe("intervalFigure", () => {
  it("shows estimates with their intervals, from top to bottom, and the line of no difference", () => {
    const options = { category, estimate, interval: { lower: "low", upper: "high" }, baseline: 0 };
    const { data, layout } = intervalFigure(rows, options);
    const [trace] = data;
    expect(trace).toMatchObject({ x: [0.2, -0.1], y: ["first", "second"] });
    const errors = "error_x" in trace ? trace.error_x : undefined;
    expect(errors?.array?.[0]).toBeCloseTo(0.3, 12);
    expect(errors?.arrayminus?.[1]).toBeCloseTo(0.2, 12);
    expect(layout.yaxis?.range).toEqual([1.5, -0.5]);
    expect(layout.shapes).toMatchObject([{ x0: 0, x1: 0, yref: "paper", layer: "above" }]);
  });

  it("labels a logarithmic axis by what the intervals cover", () => {
    const times = [
      { claim: "slow", gain: 10, low: 6, high: 17 },
      { claim: "fast", gain: 0.3, low: 0.29, high: 0.33 },
    ];
    const interval = { lower: "low", upper: "high" };
    const { layout } = intervalFigure(times, { category, estimate: { ...estimate, scale: "log" }, interval });
    expect(layout.xaxis).toMatchObject({ type: "log", dtick: "D2" }); // two decades: 1, 2, 5, 10
  });

  it("grows with the number of categories", () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ claim: `c${index}`, gain: 0 }));
    const height = (data: object[]) => intervalFigure(data, { category, estimate }).layout.height ?? 0;
    expect(height(many)).toBeGreaterThan(height(many.slice(0, 2)) + 500);
  });
});
