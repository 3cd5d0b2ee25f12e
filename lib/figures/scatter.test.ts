import { describe, expect, it } from "vitest";
import { scatterFigure } from "./scatter";

const x = { column: "a", title: "a" };
const y = { column: "b", title: "b" };
const rows = [
  { a: 1, b: 4, name: "p", kind: "one" },
  { a: 3, b: 2, name: "q", kind: "two" },
];

describe("scatterFigure", () => {
  it("puts a point a row, a symbol a series", () => {
    const { data } = scatterFigure(rows, { x, y, series: "kind", label: "name", labels: true });
    expect(data).toMatchObject([
      { x: [1], y: [4], text: ["p"], name: "one", mode: "text+markers", marker: { symbol: "circle" } },
      { x: [3], y: [2], text: ["q"], name: "two", marker: { symbol: "square" } },
    ]);
  });

  it("draws the diagonal over the whole extent of both axes", () => {
    const { layout } = scatterFigure(rows, { x, y, diagonal: true });
    expect(layout.shapes).toMatchObject([{ x0: 1, y0: 1, x1: 4, y1: 4 }]);
  });

  it("thins markers where there are many", () => {
    const many = Array.from({ length: 301 }, (_, a) => ({ a, b: a }));
    const opacity = (data: object[]) => scatterFigure(data, { x, y }).data[0];
    expect(opacity(many)).toMatchObject({ marker: { opacity: 0.45 } });
    expect(opacity(many.slice(1))).toMatchObject({ marker: { opacity: 0.9 } });
  });
});
