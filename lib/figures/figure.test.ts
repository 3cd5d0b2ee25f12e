import { describe, expect, it } from "vitest";
import { axisTitle, compose, plotlyAxis, wrap } from "./figure";

describe("axes", () => {
  it("puts the unit behind the title, and insists on a title", () => {
    expect(axisTitle({ title: "loss", unit: "nats" })).toBe("loss (nats)");
    expect(axisTitle({ title: "NDCG@10" })).toBe("NDCG@10");
    expect(() => axisTitle({ title: " " })).toThrow("an axis needs a title");
  });

  it("gives the range of a logarithmic axis in Plotly's exponents", () => {
    const axis = plotlyAxis({ title: "step", scale: "log", range: [1, 1000] });
    expect(axis).toMatchObject({ type: "log", range: [0, 3], autorange: false, dtick: 1 });
    expect(plotlyAxis({ title: "x", range: [null, 2] })).toMatchObject({
      range: [null, 2],
      autorange: "min",
    });
    expect(plotlyAxis({ title: "x", range: [0, null] })).toMatchObject({ autorange: "max" });
  });

  it("labels powers of ten over many decades, 1-2-5 over few, all in plain numbers", () => {
    expect(plotlyAxis({ title: "x", scale: "log" }, [0.01, 100])).toMatchObject({
      dtick: 1,
      tickformat: ",~r",
    });
    expect(plotlyAxis({ title: "x", scale: "log" }, [5, 400])).toMatchObject({ dtick: "D2" });
    expect(plotlyAxis({ title: "x", scale: "log" }, [1e-9, 1]).tickformat).toBeUndefined();
    expect(plotlyAxis({ title: "x", scale: "log" }, [])).toMatchObject({ type: "log" });
  });
});

describe("compose", () => {
  const axes = { xaxis: plotlyAxis({ title: "x" }), yaxis: plotlyAxis({ title: "y" }) };
  const top = (names: string[], title?: string, subtitle?: string) => {
    const data = names.map((name) => ({ type: "scatter" as const, x: [1], y: [1], name }));
    return compose({ data, options: { title, subtitle }, ...axes }).layout.margin?.t ?? 0;
  };

  it("makes room above the plot for title, subtitle and every row of the legend", () => {
    const bare = top([]);
    expect(top([], "title")).toBeGreaterThan(bare + 20);
    expect(top([], "title", "subtitle")).toBeGreaterThan(top([], "title"));
    expect(top(["a", "b"], "title")).toBeGreaterThan(top([], "title"));
    const long = Array.from({ length: 9 }, (_, index) => `a rather long name of series ${index}`);
    expect(top(long)).toBeGreaterThan(top(["a", "b"]) + 50);
    expect(top([], "word ".repeat(40))).toBeGreaterThan(top([], "word ") + 20);
  });

  it("grows for a long legend unless its height is given", () => {
    const data = Array.from({ length: 9 }, (_, index) => ({
      type: "scatter" as const,
      y: [1],
      name: `a rather long name of the series with number ${index}`,
    }));
    const height = (given?: number) => compose({ data, options: { height: given }, ...axes }).layout.height;
    expect(height()).toBeGreaterThan(500);
    expect(height(420)).toBe(420);
  });

  it("shows a legend only for named series", () => {
    expect(compose({ data: [{ type: "scatter", y: [1] }], options: {}, ...axes }).layout.showlegend).toBe(
      false,
    );
  });

  it("wraps at spaces", () => {
    expect(wrap("one two three", 60, 13)).toEqual(["one two", "three"]);
    expect(wrap("unbreakable", 10, 13)).toEqual(["unbreakable"]);
  });
});
