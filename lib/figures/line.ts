/** Lines by series: the mean over repeated measurements (seeds), with a band for its spread. */
import type { Data } from "plotly.js-dist-min";
import { type ColumnAxis, compose, type Figure, type FigureOptions, plotlyAxis } from "./figure";
import { type ReferenceLine, referenceLayout } from "./reference";
import { bySeries, complete, groupBy, numberIn, type Row, type Rows } from "./rows";
import { type Spread, type Summary, spreadColumns, summarize } from "./spread";
import { bandOpacity, seriesColor, seriesDash, seriesSymbol, withOpacity } from "./theme";

export interface LineOptions extends FigureOptions {
  readonly x: ColumnAxis;
  readonly y: ColumnAxis;
  /** Column that names the series: one line each. */
  readonly series?: string;
  /** Order of the series; those not named follow as they appear in the table. */
  readonly order?: readonly string[];
  /** What the band shows, over the rows that share series and x; `std` unless told. */
  readonly band?: Spread;
  /** Markers on the points; unless told, where a line has at most 30 of them. */
  readonly markers?: boolean;
  /** Horizontal lines, such as a paper's number. */
  readonly references?: readonly ReferenceLine[];
}

const fewPoints = 30;

/**
 * A line a series.
 * @param rows one measurement a row; rows that share series and x are repetitions
 * @throws when a column is missing or holds no numbers, naming it
 */
export function lineFigure(rows: Rows, options: LineOptions): Figure {
  const { x, y, series, band = "std" } = options;
  const columns = [x.column, y.column, ...spreadColumns(band), ...(series === undefined ? [] : [series])];
  const groups = bySeries(complete(rows, columns), series, options.order);
  const bands: Data[] = [];
  const lines: Data[] = [];
  const positions: number[] = [];
  const heights: number[] = [];
  let index = 0;
  for (const [name, group] of groups) {
    const points = pointsOf(group, options, band);
    const color = seriesColor(index);
    positions.push(...points.map(([position]) => position));
    heights.push(...points.map(([, { mean }]) => mean));
    if (points.some(([, { lower, upper }]) => upper > lower)) {
      bands.push(bandTrace(points, name, color, y.scale === "log"));
    }
    const markers = options.markers ?? points.length <= fewPoints;
    lines.push({
      type: "scatter",
      mode: markers ? "lines+markers" : "lines",
      x: points.map(([position]) => position),
      y: points.map(([, { mean }]) => mean),
      ...(name === "" ? { showlegend: false } : { name }),
      legendgroup: name,
      line: { color, width: 2, dash: markers ? "solid" : seriesDash(index) },
      ...(markers ? { marker: { color, size: 7, symbol: seriesSymbol(index) } } : {}),
    });
    index++;
  }
  return compose({
    data: [...bands, ...lines], // bands first: a line is never covered by another's band
    options,
    xaxis: { ...plotlyAxis(x, positions), showgrid: false },
    yaxis: plotlyAxis(y, heights),
    layout: referenceLayout(options.references, y.scale === "log"),
  });
}

function pointsOf(rows: readonly Row[], { x, y }: LineOptions, band: Spread): [number, Summary][] {
  const byPosition = groupBy(rows, (row) => numberIn(row, x.column));
  return [...byPosition]
    .sort(([a], [b]) => a - b)
    .map(([position, group]): [number, Summary] => [position, summarize(group, y.column, band)]);
}

/** The band as one closed shape: forth along the upper edge, back along the lower. Points without a number break no shape. */
function bandTrace(points: readonly [number, Summary][], name: string, color: string, log: boolean): Data {
  const shown = points.filter(([, { lower, upper }]) => Number.isFinite(lower) && Number.isFinite(upper));
  // A band that reaches zero or below has no place on a logarithmic axis: it ends at a hundredth of the mean.
  const floor = ({ mean, lower }: Summary) => (log && lower <= 0 ? mean / 100 : lower);
  const back = [...shown].reverse();
  return {
    type: "scatter",
    mode: "lines",
    x: [...shown.map(([position]) => position), ...back.map(([position]) => position)],
    y: [...shown.map(([, { upper }]) => upper), ...back.map(([, summary]) => floor(summary))],
    fill: "toself",
    fillcolor: withOpacity(color, bandOpacity),
    line: { width: 0, color },
    hoverinfo: "skip",
    showlegend: false,
    legendgroup: name,
  };
}
