/** Estimates with confidence intervals, one a line: claims, ablations, differences. */
import type { Data } from "plotly.js-dist-min";
import {
  type ColumnAxis,
  categoryAxis,
  compose,
  type Figure,
  type FigureOptions,
  plotlyAxis,
} from "./figure";
import { bySeries, complete, groupBy, nameIn, type Rows } from "./rows";
import { type Spread, spreadColumns, summarize } from "./spread";
import { mutedInk, seriesColor, seriesSymbol } from "./theme";

export interface IntervalOptions extends FigureOptions {
  /** What is estimated, from top to bottom. */
  readonly category: ColumnAxis;
  readonly estimate: ColumnAxis;
  /** The interval, over the rows that share category and series; `ci95` unless told; also from columns. */
  readonly interval?: Spread;
  /** Column that names the series, such as the outcome: one colour and symbol each. */
  readonly series?: string;
  readonly order?: readonly string[];
  /** A vertical line at the value that means "no difference". */
  readonly baseline?: number;
}

/** Pixels a line of the figure, and of all the rest. */
const height = { line: 34, rest: 150 } as const;

/** A dot with its interval for each category and series. @throws when a column is missing or holds no numbers, naming it */
export function intervalFigure(rows: Rows, options: IntervalOptions): Figure {
  const { category, estimate, interval = "ci95", series, baseline } = options;
  const columns = [
    category.column,
    estimate.column,
    ...spreadColumns(interval),
    ...(series === undefined ? [] : [series]),
  ];
  const usable = complete(rows, columns);
  const names = [...groupBy(usable, (row) => nameIn(row, category.column)).keys()];
  const data: Data[] = [];
  const ends: number[] = [];
  for (const [name, group] of bySeries(usable, series, options.order)) {
    const index = data.length;
    const color = seriesColor(index);
    const byCategory = [...groupBy(group, (row) => nameIn(row, category.column))];
    const summaries = byCategory.map(([, repeated]) => summarize(repeated, estimate.column, interval));
    ends.push(...summaries.flatMap(({ lower, upper }) => [lower, upper]));
    data.push({
      type: "scatter",
      mode: "markers",
      x: summaries.map(({ mean }) => mean),
      y: byCategory.map(([label]) => label),
      orientation: "h",
      offsetgroup: name,
      ...(name === "" ? { showlegend: false } : { name }),
      marker: { color, symbol: seriesSymbol(index), size: 9 },
      error_x: {
        type: "data",
        symmetric: false,
        array: summaries.map(({ mean, upper }) => upper - mean),
        arrayminus: summaries.map(({ mean, lower }) => mean - lower),
        color,
        thickness: 2,
        width: 5,
      },
    });
  }
  const crowded = data.some((_, index) => index > 0) && usable.length > names.length;
  return compose({
    data,
    options: { height: height.rest + height.line * names.length * (crowded ? 1.4 : 1), ...options },
    xaxis: plotlyAxis(estimate, ends),
    yaxis: {
      ...categoryAxis(category, names),
      showgrid: true,
      range: [names.length - 0.5, -0.5], // the first category at the top, half a line of room at both ends
      autorange: false,
    },
    layout: {
      scattermode: crowded ? "group" : "overlay",
      shapes:
        baseline === undefined
          ? []
          : [
              {
                type: "line",
                x0: baseline,
                x1: baseline,
                yref: "paper",
                y0: 0,
                y1: 1,
                line: { color: mutedInk, width: 1.2, dash: "dash" },
                // Above the grid, which as a rule has a line at the same place; Plotly draws "below" and "between" under it.
                layer: "above",
              },
            ],
    },
  });
}
