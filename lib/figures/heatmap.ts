/** A matrix as colours: attention, confusion, a sweep over two settings. */
import {
  type AxisOptions,
  axisTitle,
  type ColumnAxis,
  categoryAxis,
  compose,
  type Figure,
  type FigureOptions,
} from "./figure";
import { complete, groupBy, nameIn, numberIn, type Rows } from "./rows";
import { diverging, fontSize, sequential } from "./theme";

export interface HeatmapOptions extends FigureOptions {
  readonly x: ColumnAxis;
  readonly y: ColumnAxis;
  /** The colour: `range` fixes its ends, `format` the numbers beside the bar. */
  readonly color: ColumnAxis;
  /** A value of rest, such as 0 for a difference: colours part to both sides of it. */
  readonly midpoint?: number;
  /** Write the values into the cells, in this d3 format (such as ".2f"). */
  readonly cells?: string;
}

/**
 * A cell a row of the table; several rows for one cell are averaged, cells without a row stay empty. Numbers and names on the axes
 * stand in order of first appearance, the first row at the top.
 * @throws when a column is missing or the colour holds no numbers, naming it
 */
export function heatmapFigure(rows: Rows, options: HeatmapOptions): Figure {
  const { x, y, color, midpoint, cells } = options;
  const usable = complete(rows, [x.column, y.column, color.column]);
  const columns = [...new Set(usable.map((row) => nameIn(row, x.column)))];
  const lines = [...groupBy(usable, (row) => nameIn(row, y.column))];
  const z = lines.map(([, line]) => {
    const byColumn = groupBy(line, (row) => nameIn(row, x.column));
    return columns.map((column) => {
      const found = byColumn.get(column);
      return found ? found.reduce((sum, row) => sum + numberIn(row, color.column), 0) / found.length : null;
    });
  });
  return compose({
    data: [
      {
        type: "heatmap",
        x: columns,
        y: lines.map(([name]) => name),
        z,
        colorscale: midpoint === undefined ? sequential : diverging,
        ...colorRange(z.flat(), color, midpoint),
        xgap: 1,
        ygap: 1,
        hoverongaps: false,
        colorbar: {
          title: { text: axisTitle(color), side: "right", font: { size: fontSize.legend } },
          tickfont: { size: fontSize.tick },
          ...(color.format === undefined ? {} : { tickformat: color.format }),
          thickness: 14,
          outlinewidth: 0,
          len: 1,
          ypad: 0,
        },
        ...(cells === undefined
          ? {}
          : { texttemplate: `%{z:${cells}}`, textfont: { size: fontSize.annotation } }),
      },
    ],
    options,
    xaxis: { ...categoryAxis(x, columns), showline: false },
    yaxis: {
      ...categoryAxis(
        y,
        lines.map(([name]) => name),
      ),
      showline: false,
      autorange: "reversed",
    },
  });
}

/** Ends of the colour scale: as asked for; around a midpoint equally far to both sides. */
function colorRange(values: readonly (number | null)[], color: AxisOptions, midpoint?: number) {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = color.range?.[0] ?? finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = color.range?.[1] ?? finite.reduce((a, b) => Math.max(a, b), -Infinity);
  if (midpoint === undefined || color.range) return { zmin: low, zmax: high };
  const reach = Math.max(high - midpoint, midpoint - low);
  return { zmin: midpoint - reach, zmax: midpoint + reach };
}
