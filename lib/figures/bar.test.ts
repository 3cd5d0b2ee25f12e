import { describe, expect, it } from "vitest";
import { barFigure } from "./bar";

const rows = ["full", "without"].flatMap((variant) =>
  ["A", "B"].flatMap((model) =>
    [1, 3].map((seed) => ({ variant, model, value: seed + (model === "B" ? 10 : 0), paper: 2.5 })),
  ),
);
const category = { column: "variant", title: "variant" };
const value = { column: "value", title: "score" };

describe("barFigure", () => {
  it("groups bars by series, with the spread over repetitions", () => {
    const { data, layout } = barFigure(rows, { category, value, series: "model", error: "range" });
    expect(data).toHaveLength(2);
    expect(data[1]).toMatchObject({
      type: "bar",
      name: "B",
      x: ["full", "without"],
      y: [12, 12],
      error_y: { array: [1, 1], arrayminus: [1, 1], visible: true },
    });
    expect(layout).toMatchObject({
      barmode: "group",
      xaxis: { type: "category", categoryarray: ["full", "without"] },
    });
  });

  it("lays bars down with the first category at the top", () => {
    const { data, layout } = barFigure(rows, { category, value, series: "model", horizontal: true });
    expect(data[0]).toMatchObject({ orientation: "h", x: [2, 2], y: ["full", "without"] });
    expect(layout).toMatchObject({ xaxis: { title: { text: "score" } }, yaxis: { autorange: "reversed" } });
  });

  it("sets a reference at each bar and names it once", () => {
    const options = { category, value, series: "model", reference: { column: "paper", label: "paper" } };
    const { data } = barFigure([...rows, { variant: "new", model: "A", value: 1 }], options);
    const references = data.filter((trace) => trace.type === "scatter");
    expect(references).toMatchObject([
      { y: [2.5, 2.5, null], offsetgroup: "A", showlegend: true },
      { y: [2.5, 2.5], offsetgroup: "B", showlegend: false },
    ]);
  });

  it("hides error bars where nothing was repeated", () => {
    const { data } = barFigure(rows.slice(0, 1), { category, value });
    expect(data[0]).toMatchObject({ error_y: { visible: false }, showlegend: false });
  });
});
