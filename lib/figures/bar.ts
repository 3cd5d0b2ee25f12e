/** Bars by category, grouped by series: the mean over repeated measurements, with an error bar for its spread. */
import type { Data, Layout } from "plotly.js-dist-min";
import {
  type ColumnAxis,
  categoryAxis,
  compose,
  type Figure,
  type FigureOptions,
  plotlyAxis,
} from "./figure";
import { bySeries, complete, groupBy, nameIn, numberIn, type Row, type Rows } from "./rows";
import { type Spread, spreadColumns, summarize } from "./spread";
import { ink, seriesColor } from "./theme";

export interface BarOptions extends FigureOptions {
  /** The categories. */
  readonly category: ColumnAxis;
  /** The bars' lengths. */
  readonly value: ColumnAxis;
  /** Column that names the series: one bar each in every category. */
  readonly series?: string;
  readonly order?: readonly string[];
  /** What the error bars show, over the rows that share category and series; `std` unless told. */
  readonly error?: Spread;
  /** A number to compare with, such as the paper's, from a column: a diamond at each bar. */
  readonly reference?: { readonly column: string; readonly label: string };
  /** Lying bars, for long category names. */
  readonly horizontal?: boolean;
}

/**
 * Grouped bars.
 * @param rows one measurement a row; rows that share category and series are repetitions
 * @throws when a column is missing or holds no numbers, naming it
 */
export function barFigure(rows: Rows, options: BarOptions): Figure {
  const { category, value, series, error = "std", horizontal = false, reference } = options;
  const columns = [
    category.column,
    value.column,
    ...spreadColumns(error),
    ...(series === undefined ? [] : [series]),
  ];
  const usable = complete(rows, columns);
  const groups = bySeries(usable, series, options.order);
  const bars: Data[] = [];
  const diamonds: Data[] = [];
  const means: number[] = [];
  let index = 0;
  for (const [name, group] of groups) {
    const byCategory = [...groupBy(group, (row) => nameIn(row, category.column))];
    const summaries = byCategory.map(([, repeated]) => summarize(repeated, value.column, error));
    const labels = byCategory.map(([label]) => label);
    const lengths = summaries.map(({ mean }) => mean);
    means.push(...lengths);
    bars.push({
      type: "bar",
      ...(horizontal ? { x: lengths, y: labels, orientation: "h" } : { x: labels, y: lengths }),
      ...(name === "" ? { showlegend: false } : { name }),
      offsetgroup: name,
      marker: { color: seriesColor(index) },
      [horizontal ? "error_x" : "error_y"]: {
        type: "data",
        symmetric: false,
        array: summaries.map(({ mean, upper }) => upper - mean),
        arrayminus: summaries.map(({ mean, lower }) => mean - lower),
        visible: summaries.some(({ lower, upper }) => upper > lower),
        color: ink,
        thickness: 1.3,
        width: 4,
      },
    });
    if (reference) {
      const numbers = byCategory.map(([, repeated]) => referenceOf(repeated, reference.column));
      diamonds.push(referenceTrace(labels, numbers, name, reference.label, horizontal, index === 0));
    }
    index++;
  }
  const names = [...groupBy(usable, (row) => nameIn(row, category.column)).keys()];
  const categories = categoryAxis(category, names);
  const valueAxis = plotlyAxis(value, means);
  const layout: Partial<Layout> = {
    barmode: series === category.column ? "overlay" : "group",
    bargap: 0.28,
    bargroupgap: 0.06,
    ...(reference ? { scattermode: "group", scattergap: 0.28 } : {}),
  };
  return compose({
    data: [...bars, ...diamonds],
    options,
    xaxis: horizontal ? valueAxis : categories,
    yaxis: horizontal ? { ...categories, autorange: "reversed" } : valueAxis, // the first category at the top
    layout,
  });
}

/** The reference of one bar: the same in all repetitions, missing where no row has it. */
function referenceOf(rows: readonly Row[], column: string): number | null {
  const row = rows.find((candidate) => candidate[column] !== null && candidate[column] !== undefined);
  return row === undefined ? null : numberIn(row, column);
}

function referenceTrace(
  categories: readonly string[],
  numbers: readonly (number | null)[],
  series: string,
  label: string,
  horizontal: boolean,
  first: boolean,
): Data {
  return {
    type: "scatter",
    mode: "markers",
    x: horizontal ? [...numbers] : [...categories],
    y: horizontal ? [...categories] : [...numbers],
    ...(horizontal ? { orientation: "h" } : {}),
    name: label,
    showlegend: first,
    legendgroup: "reference",
    offsetgroup: series,
    marker: { symbol: "diamond", size: 9, color: "#FFFFFF", line: { color: ink, width: 1.6 } },
  };
}
