/** Distribution of a column, by series. Bins are computed here, so that they can be even on a logarithmic axis as well. */
import type { Data } from "plotly.js-dist-min";
import {
  type AxisOptions,
  type ColumnAxis,
  compose,
  type Figure,
  type FigureOptions,
  plotlyAxis,
} from "./figure";
import { bySeries, complete, numberIn, type Rows } from "./rows";
import { seriesColor, seriesDash, withOpacity } from "./theme";

export interface HistogramOptions extends FigureOptions {
  /** What is counted; with `scale: "log"` the bins are even in the logarithm. */
  readonly value: ColumnAxis;
  /** The vertical axis: title (such as "users"), unit, scale. */
  readonly count: AxisOptions;
  /** `count` a bin unless told; `share` of the series' rows in the bin; `density`: share per unit of the value. */
  readonly measure?: "count" | "share" | "density";
  readonly series?: string;
  readonly order?: readonly string[];
  /** Number of bins; unless told, by Freedman and Diaconis' rule, 8 to 60. */
  readonly bins?: number;
}

/** Edges of the bins and what falls between them. */
export interface Histogram {
  /** n + 1 edges, rising. */
  readonly edges: number[];
  /** n counts; the last bin includes its right edge. */
  readonly counts: number[];
}

/**
 * A stepped outline a series, filled to the axis.
 * @throws on a value of 0 or less on a logarithmic axis, and when a column is missing or holds no numbers
 */
export function histogramFigure(rows: Rows, options: HistogramOptions): Figure {
  const { value, series, measure = "count" } = options;
  const usable = complete(rows, [value.column, ...(series === undefined ? [] : [series])]);
  const all = usable.map((row) => numberIn(row, value.column)).filter(Number.isFinite);
  const edges = binEdges(all, { bins: options.bins, log: value.scale === "log" });
  const data: Data[] = [];
  const tops: number[] = [];
  for (const [name, group] of bySeries(usable, series, options.order)) {
    const index = data.length;
    const color = seriesColor(index);
    const values = group.map((row) => numberIn(row, value.column)).filter(Number.isFinite);
    const { counts } = histogram(values, edges);
    const heights = counts.map((count, bin) => {
      if (measure === "count") return count;
      const share = count / values.length;
      return measure === "share" ? share : share / (edges[bin + 1] - edges[bin]);
    });
    tops.push(...heights);
    data.push({
      type: "scatter",
      mode: "lines",
      x: [edges[0], ...edges],
      y: [0, ...heights, 0],
      line: { shape: "hv", color, width: 1.6, dash: series === undefined ? "solid" : seriesDash(index) },
      fill: "tozeroy",
      fillcolor: withOpacity(color, series === undefined ? 0.35 : 0.22),
      ...(name === "" ? { showlegend: false } : { name }),
    });
  }
  return compose({
    data,
    options,
    xaxis: { ...plotlyAxis(value, edges), showgrid: false },
    yaxis: {
      ...plotlyAxis(options.count, tops),
      ...(options.count.scale === "log" ? {} : { rangemode: "tozero" as const }),
    },
  });
}

/**
 * Edges of even bins over all values, or of bins even in the logarithm. The rule of Freedman and Diaconis: width 2 IQR n^(-1/3).
 * @throws when there is no value, or one that has no logarithm
 */
export function binEdges(
  values: readonly number[],
  { bins, log = false }: { bins?: number; log?: boolean },
): number[] {
  if (values.length === 0) throw new Error("Histogram: there are no values.");
  const bad = log ? values.find((value) => value <= 0) : undefined;
  if (bad !== undefined) throw new Error(`Histogram: ${bad} has no place on a logarithmic axis.`);
  const sorted = Float64Array.from(values, (value) => (log ? Math.log10(value) : value)).sort();
  let [low, high] = [sorted[0], sorted[sorted.length - 1]];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const quantile = (part: number) => sorted[Math.round(part * (sorted.length - 1))];
  const width = (2 * (quantile(0.75) - quantile(0.25))) / Math.cbrt(sorted.length);
  const number = bins ?? Math.min(60, Math.max(8, width > 0 ? Math.ceil((high - low) / width) : 8));
  return Array.from({ length: number + 1 }, (_, edge) => {
    const at = low + ((high - low) * edge) / number;
    return log ? 10 ** at : at;
  });
}

/** Counts between edges. Values outside them count in no bin. */
export function histogram(values: readonly number[], edges: readonly number[]): Histogram {
  const last = edges.length - 1;
  const counts = new Array<number>(last).fill(0);
  // Edges that come from powers of ten can miss the extreme values by a rounding error.
  const slack = 1e-9 * Math.abs(edges[last] - edges[0]);
  for (const value of values) {
    if (value < edges[0] - slack || value > edges[last] + slack) continue;
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (value >= edges[middle]) low = middle;
      else high = middle;
    }
    counts[low]++;
  }
  return { edges: [...edges], counts };
}
