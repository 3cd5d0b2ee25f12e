/** Figures as data: pure functions from a table to Plotly's data and layout, in one theme. */
export { type BarOptions, barFigure } from "./bar";
export { type BoxOptions, boxFigure } from "./box";
export {
  type AxisOptions,
  type ColumnAxis,
  compose,
  type Figure,
  type FigureOptions,
  plotlyAxis,
} from "./figure";
export { type HeatmapOptions, heatmapFigure } from "./heatmap";
export { type HistogramOptions, histogramFigure } from "./histogram";
export { type IntervalOptions, intervalFigure } from "./interval";
export { figureFromJson, figureJson, toPlain } from "./json";
export { type LineOptions, lineFigure } from "./line";
export type { ReferenceLine } from "./reference";
export type { Rows, TableLike } from "./rows";
export { type ScatterOptions, scatterFigure } from "./scatter";
export type { Spread } from "./spread";
