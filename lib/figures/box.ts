/** Boxes: median, quartiles and whiskers of a column by category and series. */
import type { Data } from "plotly.js-dist-min";
import {
  type ColumnAxis,
  categoryAxis,
  compose,
  type Figure,
  type FigureOptions,
  plotlyAxis,
} from "./figure";
import { bySeries, complete, groupBy, nameIn, numberIn, type Rows } from "./rows";
import { seriesColor, withOpacity } from "./theme";

export interface BoxOptions extends FigureOptions {
  readonly category: ColumnAxis;
  readonly value: ColumnAxis;
  readonly series?: string;
  readonly order?: readonly string[];
  /** Which points to draw beside the box: `outliers` unless told. */
  readonly points?: "all" | "outliers" | "none";
}

/**
 * A box for each category and series; whiskers reach to the last value within 1.5 times the height of the box.
 * @throws when a column is missing or holds no numbers, naming it
 */
export function boxFigure(rows: Rows, options: BoxOptions): Figure {
  const { category, value, series, points = "outliers" } = options;
  const usable = complete(rows, [category.column, value.column, ...(series === undefined ? [] : [series])]);
  const data: Data[] = [];
  for (const [name, group] of bySeries(usable, series, options.order)) {
    const color = seriesColor(data.length);
    data.push({
      type: "box",
      x: group.map((row) => nameIn(row, category.column)),
      y: group.map((row) => numberIn(row, value.column)),
      ...(name === "" ? { showlegend: false } : { name }),
      boxpoints: points === "none" ? false : points,
      jitter: 0.35,
      pointpos: points === "all" ? -1.6 : 0,
      line: { color, width: 1.6 },
      fillcolor: withOpacity(color, 0.22),
      marker: { color, size: 4, opacity: 0.6 },
    });
  }
  return compose({
    data,
    options,
    xaxis: categoryAxis(category, [...groupBy(usable, (row) => nameIn(row, category.column)).keys()]),
    yaxis: plotlyAxis(
      value,
      usable.map((row) => numberIn(row, value.column)),
    ),
    layout: {
      boxmode: series === undefined || series === category.column ? "overlay" : "group",
      boxgap: 0.35,
      boxgroupgap: 0.2,
    },
  });
}
