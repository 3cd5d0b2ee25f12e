import { describe, expect, it } from "vitest";
import { lineFigure } from "./line";

const rows = [1, 2].flatMap((seed) =>
  [20, 10].map((step) => ({ model: "A", seed, step, loss: step / 10 + seed, note: "x" })),
);
const x = { column: "step", title: "step" };
const y = { column: "loss", title: "loss", unit: "nats" };

describe("lineFigure", () => {
  it("draws the mean over repetitions, sorted by x, and the band as a closed shape under it", () => {
    const { data, layout } = lineFigure(rows, { x, y, series: "model", band: "range" });
    expect(data).toHaveLength(2);
    expect(data[0]).toMatchObject({
      fill: "toself",
      x: [10, 20, 20, 10],
      y: [3, 4, 3, 2],
      hoverinfo: "skip",
    });
    expect(data[1]).toMatchObject({ name: "A", x: [10, 20], y: [2.5, 3.5], mode: "lines+markers" });
    expect(layout.xaxis?.title).toMatchObject({ text: "step" });
    expect(layout.yaxis?.title).toMatchObject({ text: "loss (nats)" });
  });

  it("draws no band over single measurements, and no markers on long lines", () => {
    const long = Array.from({ length: 31 }, (_, step) => ({ step, loss: 1 }));
    const { data } = lineFigure(long, { x, y });
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ mode: "lines", showlegend: false });
    expect(lineFigure(long, { x, y, markers: true }).data[0]).toMatchObject({ mode: "lines+markers" });
  });

  it("keeps a diverged run visible as a gap, and the band off it", () => {
    const diverged = [...rows, { model: "A", seed: 1, step: 30, loss: Number.NaN }];
    const [band, line] = lineFigure(diverged, { x, y, series: "model" }).data;
    expect(line).toMatchObject({ y: [2.5, 3.5, Number.NaN] });
    expect("x" in band && band.x).toHaveLength(4);
  });

  it("keeps the band above zero on a logarithmic axis", () => {
    const wide = [0.1, 10].map((loss, seed) => ({ seed, step: 1, loss }));
    const [band] = lineFigure(wide, { x, y: { ...y, scale: "log" } }).data;
    const values = "y" in band ? (band.y as number[]) : [];
    expect(Math.min(...values)).toBeGreaterThan(0);
  });

  it("marks reference lines", () => {
    const { layout } = lineFigure(rows, { x, y, references: [{ value: 2, label: "paper" }] });
    expect(layout.shapes).toMatchObject([{ y0: 2, y1: 2, xref: "paper" }]);
    expect(layout.annotations).toMatchObject([{ text: "paper", y: 2 }]);
    const log = lineFigure(rows, { x, y: { ...y, scale: "log" }, references: [{ value: 100, label: "l" }] });
    expect(log.layout.annotations).toMatchObject([{ y: 2 }]);
    expect(log.layout.shapes).toMatchObject([{ y0: 100 }]);
  });

  it("names a column that holds no numbers", () => {
    expect(() => lineFigure(rows, { x, y: { ...y, column: "note" } })).toThrow(
      'column "note" must hold numbers',
    );
  });
});
