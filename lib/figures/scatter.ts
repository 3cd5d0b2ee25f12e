/** Points by series. */
import type { Data } from "plotly.js-dist-min";
import { type ColumnAxis, compose, type Figure, type FigureOptions, plotlyAxis } from "./figure";
import { bySeries, complete, nameIn, numberIn, type Rows } from "./rows";
import { mutedInk, seriesColor, seriesSymbol } from "./theme";

export interface ScatterOptions extends FigureOptions {
  readonly x: ColumnAxis;
  readonly y: ColumnAxis;
  /** Column that names the series: one colour and symbol each. */
  readonly series?: string;
  readonly order?: readonly string[];
  /** Column with a name for each point, shown when the pointer rests on it, and beside it where `labels` is set. */
  readonly label?: string;
  readonly labels?: boolean;
  /** The line y = x, for "ours against theirs". */
  readonly diagonal?: boolean;
}

/** Above this many points markers get small and transparent, so that density shows. */
const manyPoints = 300;

/** A point a row. @throws when a column is missing or holds no numbers, naming it */
export function scatterFigure(rows: Rows, options: ScatterOptions): Figure {
  const { x, y, series, label, labels = false } = options;
  const columns = [
    x.column,
    y.column,
    ...(series === undefined ? [] : [series]),
    ...(label === undefined ? [] : [label]),
  ];
  const usable = complete(rows, columns);
  const many = usable.length > manyPoints;
  const data: Data[] = [];
  for (const [name, group] of bySeries(usable, series, options.order)) {
    const index = data.length;
    data.push({
      type: "scatter",
      mode: labels && label !== undefined ? "text+markers" : "markers",
      x: group.map((row) => numberIn(row, x.column)),
      y: group.map((row) => numberIn(row, y.column)),
      ...(label === undefined
        ? {}
        : { text: group.map((row) => nameIn(row, label)), textposition: "top center" }),
      ...(name === "" ? { showlegend: false } : { name }),
      marker: {
        color: seriesColor(index),
        symbol: seriesSymbol(index),
        size: many ? 5 : 8,
        opacity: many ? 0.45 : 0.9,
        line: { color: "#FFFFFF", width: many ? 0 : 0.8 },
      },
    });
  }
  return compose({
    data,
    options,
    xaxis: plotlyAxis(
      x,
      usable.map((row) => numberIn(row, x.column)),
    ),
    yaxis: plotlyAxis(
      y,
      usable.map((row) => numberIn(row, y.column)),
    ),
    layout: options.diagonal
      ? { shapes: [diagonalOf(usable.flatMap((row) => [numberIn(row, x.column), numberIn(row, y.column)]))] }
      : {},
  });
}

function diagonalOf(values: readonly number[]) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [
    finite.reduce((a, b) => Math.min(a, b), Infinity),
    finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const line = { color: mutedInk, width: 1.2, dash: "dash" as const };
  return { type: "line" as const, x0: low, y0: low, x1: high, y1: high, layer: "below" as const, line };
}
