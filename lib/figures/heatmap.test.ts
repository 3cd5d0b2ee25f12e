import { describe, expect, it } from "vitest";
import { heatmapFigure } from "./heatmap";

const rows = [
  { row: "r1", column: 1, value: 0.5 },
  { row: "r1", column: 2, value: 1 },
  { row: "r2", column: 2, value: -0.25 },
  { row: "r2", column: 2, value: -0.75 },
];
const options = {
  x: { column: "column", title: "column" },
  y: { column: "row", title: "row" },
  color: { column: "value", title: "value" },
};

describe("heatmapFigure", () => {
  it("makes a matrix: repeated cells averaged, absent ones empty, the first row at the top", () => {
    const { data, layout } = heatmapFigure(rows, options);
    expect(data[0]).toMatchObject({
      type: "heatmap",
      x: ["1", "2"],
      y: ["r1", "r2"],
      z: [
        [0.5, 1],
        [null, -0.5],
      ],
      zmin: -0.5,
      zmax: 1,
    });
    expect(layout.yaxis).toMatchObject({ autorange: "reversed" });
  });

  it("reaches equally far to both sides of a midpoint, unless a range is given", () => {
    expect(heatmapFigure(rows, { ...options, midpoint: 0 }).data[0]).toMatchObject({ zmin: -1, zmax: 1 });
    const color = { ...options.color, range: [-2, 3] as const };
    expect(heatmapFigure(rows, { ...options, color, midpoint: 0 }).data[0]).toMatchObject({
      zmin: -2,
      zmax: 3,
    });
  });

  it("writes values into cells when asked", () => {
    expect(heatmapFigure(rows, { ...options, cells: ".2f" }).data[0]).toMatchObject({
      texttemplate: "%{z:.2f}",
    });
  });
});
