/** A figure is Plotly's `data` and `layout`, as plain data: pure functions make it, a notebook shows it, the export draws it. */
import type { Data, Layout, LayoutAxis } from "plotly.js-dist-min";
import { axisColor, fontSize, ink, mutedInk, size, themedAxis, themedLayout } from "./theme";

export interface Figure {
  readonly data: readonly Data[];
  readonly layout: Partial<Layout>;
}

/** An axis. The title is required: a figure without one can't be read. */
export interface AxisOptions {
  /** What is measured, in words; a unit goes into `unit`. */
  readonly title: string;
  /** Unit, shown in brackets behind the title. */
  readonly unit?: string;
  readonly scale?: "linear" | "log";
  /** From, to, in the axis's own units also where the scale is logarithmic; null leaves an end to the data. */
  readonly range?: readonly [number | null, number | null];
  /** d3 format of the tick labels, such as ".3f" or ".0%". */
  readonly format?: string;
}

/** An axis that shows a column of the table. */
export interface ColumnAxis extends AxisOptions {
  readonly column: string;
}

export interface FigureOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Pixels; 720 by 420 unless told. */
  readonly width?: number;
  readonly height?: number;
}

/** "title (unit)". @throws when the title is empty */
export function axisTitle(axis: AxisOptions): string {
  if (axis.title.trim() === "") throw new Error("Figure: an axis needs a title.");
  return axis.unit === undefined || axis.unit === "" ? axis.title : `${axis.title} (${axis.unit})`;
}

/**
 * Plotly's axis of these options, in the theme.
 * @param values what is shown along it: a logarithmic axis chooses its ticks by them
 */
export function plotlyAxis(axis: AxisOptions, values: readonly number[] = []): Partial<LayoutAxis> {
  const log = axis.scale === "log";
  const place = (end: number | null) => (end !== null && log ? Math.log10(end) : end);
  const ends: Ends | undefined = axis.range && [place(axis.range[0]), place(axis.range[1])];
  return {
    ...themedAxis(),
    title: { text: axisTitle(axis), standoff: 10, font: { size: fontSize.axis, color: ink } },
    ...(log ? logAxis(values, axis.range) : {}),
    ...(ends ? { range: ends, autorange: rangeMode(ends) } : {}),
    ...(axis.format === undefined ? {} : { tickformat: axis.format }),
  };
}

/** Plotly's axis of names: no ticks, no grid, in this order. */
export function categoryAxis(axis: AxisOptions, names: readonly string[]): Partial<LayoutAxis> {
  return {
    ...plotlyAxis(axis),
    type: "category",
    showgrid: false,
    ticks: "",
    ticklabelstandoff: 6,
    categoryorder: "array",
    categoryarray: [...names],
  };
}

/**
 * Ticks of a logarithmic axis. Plotly sets small 2s and 5s between large powers of ten; here every label is a whole number in one
 * size: 1, 2, 5, 10 over two decades and less, powers of ten with unlabelled ticks between them over more.
 */
function logAxis(values: readonly number[], range: AxisOptions["range"]): Partial<LayoutAxis> {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const low = range?.[0] ?? positive.reduce((a, b) => Math.min(a, b), Infinity);
  const high = range?.[1] ?? positive.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(low > 0 && high > low)) return { type: "log" };
  const decades = Math.log10(high / low);
  const plain = low >= 1e-5 && high < 1e7 ? { tickformat: ",~r" } : {};
  if (decades < 0.7) return { type: "log", ...plain };
  if (decades <= 2) return { type: "log", dtick: "D2", ...plain };
  return {
    type: "log",
    dtick: Math.ceil(decades / 8),
    minor: { ticks: "outside", ticklen: 2, tickcolor: axisColor, dtick: decades <= 8 ? "D1" : 1 },
    ...plain,
  };
}

type Ends = [number | null, number | null];

function rangeMode(ends: Ends): LayoutAxis["autorange"] {
  if (ends[0] === null && ends[1] === null) return true;
  if (ends[0] === null) return "min";
  return ends[1] === null ? "max" : false;
}

/** Estimate of a text's width in pixels, on the wide side: letters of Open Sans are half an em wide on average. */
export function estimateWidth(text: string, pixels: number): number {
  return text.replace(/<[^>]*>/g, "").length * pixels * 0.53;
}

/** Breaks a line at spaces so that no part is wider than the room there is. */
export function wrap(text: string, room: number, pixels: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && estimateWidth(longer, pixels) > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

export interface Composition {
  readonly data: readonly Data[];
  readonly options: FigureOptions;
  readonly xaxis: Partial<LayoutAxis>;
  readonly yaxis: Partial<LayoutAxis>;
  /** What this kind of figure adds to the layout. */
  readonly layout?: Partial<Layout>;
}

/** Height of one line of title, of subtitle, of legend, and the gaps around them, in pixels. */
const lineHeight = { title: 22, subtitle: 19, legend: 20 } as const;
const gap = { top: 14, belowTitle: 8, abovePlot: 12 } as const;

/**
 * Puts a figure together: theme, axes, and above the plot the title, the subtitle and the legend, each with room of its own.
 * Plotly lets title and legend push the same margin, so that they collide: the margin is summed here.
 */
export function compose({ data, options, xaxis, yaxis, layout = {} }: Composition): Figure {
  const width = options.width ?? size.width;
  const room = width - 100;
  const title = options.title ? wrap(options.title, room, fontSize.title) : [];
  const subtitle = options.subtitle ? wrap(options.subtitle, room, fontSize.subtitle) : [];
  const legendRows = countLegendRows(data, room);
  // Long legends make a figure taller, not its plot smaller.
  const height = options.height ?? size.height + Math.max(0, legendRows - 2) * lineHeight.legend;
  const head = title.length * lineHeight.title + subtitle.length * lineHeight.subtitle;
  const top =
    gap.top + head + (head > 0 ? gap.belowTitle : 0) + legendRows * lineHeight.legend + gap.abovePlot;
  return {
    data,
    layout: {
      ...themedLayout(),
      width,
      height,
      margin: { l: 64, r: 28, b: 56, t: top, autoexpand: true },
      ...(title.length + subtitle.length > 0 ? { title: headline(title, subtitle, height) } : {}),
      showlegend: legendRows > 0,
      legend: {
        orientation: "h",
        x: 0,
        xanchor: "left",
        y: 1.02,
        yanchor: "bottom",
        tracegroupgap: 0,
        bgcolor: "rgba(255,255,255,0)",
        font: { size: fontSize.legend },
      },
      xaxis,
      yaxis,
      ...layout,
    },
  };
}

/** The title is placed by its first baseline: anchored at its top, Plotly places one line differently from several. */
function headline(title: readonly string[], subtitle: readonly string[], height: number): Layout["title"] {
  const small = `<span style="font-size:${fontSize.subtitle}px;font-weight:400;color:${mutedInk}">`;
  const first = title.length > 0 ? fontSize.title : fontSize.subtitle;
  return {
    text: [...title, ...subtitle.map((line) => `${small}${line}</span>`)].join("<br>"),
    font: { size: fontSize.title, weight: 600 },
    x: 0,
    xref: "paper",
    xanchor: "left",
    y: 1 - (gap.top + first) / height,
    yref: "container",
    yanchor: "bottom",
    pad: { t: 0, b: 0, l: 0, r: 0 },
  };
}

/** Plotly sets a horizontal legend in one row, or else in columns as wide as its widest entry. */
function countLegendRows(data: readonly Data[], room: number): number {
  const names = data.flatMap((trace) =>
    "name" in trace &&
    typeof trace.name === "string" &&
    !("showlegend" in trace && trace.showlegend === false)
      ? [trace.name]
      : [],
  );
  if (names.length === 0) return 0;
  const widths = names.map((name) => estimateWidth(name, fontSize.legend) + 44);
  if (widths.reduce((sum, width) => sum + width, 0) <= room) return 1;
  const columns = Math.max(1, Math.floor(room / Math.max(...widths)));
  return Math.ceil(names.length / columns);
}
