/**
 * A line chart as SVG in about a millisecond, for the picture that changes while a model trains: a drawing by Plotly takes as long as
 * many training steps. Same theme, far fewer abilities.
 */
import { type AxisOptions, axisTitle, type FigureOptions } from "./figure";
import { axisColor, fontFamily, fontSize, gridColor, ink, mutedInk, seriesColor, size } from "./theme";

export interface SketchSeries {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface SketchOptions extends FigureOptions {
  readonly x: AxisOptions;
  readonly y: AxisOptions;
}

const margin = { left: 78, right: 28, top: 72, bottom: 56 } as const;

/** An SVG line chart. Points that are no numbers, or have no logarithm where the scale is logarithmic, break their line. */
export function sketchSvg(series: readonly SketchSeries[], options: SketchOptions): string {
  const width = options.width ?? size.width;
  const height = options.height ?? size.height;
  const x = scaleOf(
    options.x,
    series.flatMap((line) => [...line.x]),
    [margin.left, width - margin.right],
  );
  const y = scaleOf(
    options.y,
    series.flatMap((line) => [...line.y]),
    [height - margin.bottom, margin.top],
  );
  const [right, bottom] = [width - margin.right, height - margin.bottom];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" fill="${ink}">`,
    `<rect width="${width}" height="${height}" fill="#FFFFFF"/>`,
    label(options.title ?? "", margin.left, 30, { pixels: fontSize.title, weight: 600 }),
    ...legend(series),
    ...y.ticks.map(
      (tick) => `<path d="M${margin.left},${round(y.place(tick))}H${right}" stroke="${gridColor}"/>`,
    ),
    ...y.ticks.map((tick) =>
      label(tickLabel(tick), margin.left - 8, y.place(tick) + 4, { pixels: fontSize.tick, anchor: "end" }),
    ),
    ...x.ticks.map((tick) =>
      label(tickLabel(tick), x.place(tick), bottom + 20, { pixels: fontSize.tick, anchor: "middle" }),
    ),
    `<path d="M${margin.left},${margin.top}V${bottom}H${right}" fill="none" stroke="${axisColor}"/>`,
    label(axisTitle(options.x), (margin.left + right) / 2, height - 12, {
      pixels: fontSize.axis,
      anchor: "middle",
    }),
    `<g transform="translate(18,${(margin.top + bottom) / 2}) rotate(-90)">${label(axisTitle(options.y), 0, 0, { pixels: fontSize.axis, anchor: "middle" })}</g>`,
    ...series.map((line, index) => curve(line, seriesColor(index), x.place, y.place)),
  ];
  if (x.ticks.length === 0) {
    const [centreX, centreY] = [(margin.left + right) / 2, (margin.top + bottom) / 2];
    parts.push(label("waiting for the first point", centreX, centreY, { anchor: "middle", color: mutedInk }));
  }
  return `${parts.join("")}</svg>`;
}

interface Scale {
  place(value: number): number;
  readonly ticks: number[];
}

function scaleOf(
  axis: AxisOptions,
  values: readonly number[],
  [start, end]: readonly [number, number],
): Scale {
  const log = axis.scale === "log";
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (usable.length === 0) return { place: () => Number.NaN, ticks: [] };
  const map = log ? Math.log10 : (value: number) => value;
  let low = map(axis.range?.[0] ?? usable.reduce((a, b) => Math.min(a, b)));
  let high = map(axis.range?.[1] ?? usable.reduce((a, b) => Math.max(a, b)));
  const pad = high > low ? 0.04 * (high - low) : Math.abs(high) * 0.1 || 0.5;
  [low, high] = [low - pad, high + pad];
  const place = (value: number) => start + ((map(value) - low) / (high - low)) * (end - start);
  return { place, ticks: log ? logTicks(low, high) : linearTicks(low, high) };
}

/** Four to eight round numbers between the ends: steps of 1, 2 or 5 times a power of ten. */
export function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Powers of ten between the ends (given as exponents), with 2 and 5 where there are few; never more than about eight. */
function logTicks(low: number, high: number): number[] {
  const factors = high - low <= 2 ? [1, 2, 5] : [1];
  const stride = Math.ceil((high - low) / 8);
  const ticks: number[] = [];
  for (let exponent = Math.floor(low); exponent <= high; exponent += stride) {
    for (const factor of factors) {
      const at = exponent + Math.log10(factor);
      if (at >= low && at <= high) ticks.push(Number((factor * 10 ** exponent).toPrecision(12)));
    }
  }
  return ticks;
}

function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential().replace("e+", "e");
  return value.toLocaleString("en-US", { maximumFractionDigits: 8 });
}

/** Names in one row above the plot, each behind a dash of its colour; names that no longer fit are counted. */
function legend(series: readonly SketchSeries[]): string[] {
  const parts: string[] = [];
  let at: number = margin.left;
  for (const [index, { name }] of series.entries()) {
    if (name === "") continue;
    parts.push(`<path d="M${round(at)},54h22" stroke="${seriesColor(index)}" stroke-width="2.5"/>`);
    parts.push(label(name, at + 28, 58, { pixels: fontSize.legend }));
    at += 28 + name.length * fontSize.legend * 0.56 + 22;
  }
  return parts;
}

function curve(
  { x, y }: SketchSeries,
  color: string,
  placeX: (value: number) => number,
  placeY: (value: number) => number,
): string {
  let path = "";
  let command = "M";
  for (let index = 0; index < x.length; index++) {
    const [left, top] = [placeX(x[index]), placeY(y[index])];
    if (Number.isFinite(left) && Number.isFinite(top)) {
      path += `${command}${round(left)},${round(top)}`;
      command = "L";
    } else command = "M";
  }
  if (!path.includes("L")) return lonePoints(path, color);
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>`;
}

/** Points that no line joins, as dots. */
function lonePoints(path: string, color: string): string {
  return [...path.matchAll(/M([-\d.]+),([-\d.]+)/g)]
    .map(([, x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${color}"/>`)
    .join("");
}

interface LabelStyle {
  readonly pixels?: number;
  readonly weight?: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly color?: string;
}

function label(text: string, x: number, y: number, style: LabelStyle): string {
  const { pixels = fontSize.base, weight = 400, anchor = "start", color = ink } = style;
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return `<text x="${round(x)}" y="${round(y)}" font-size="${pixels}" font-weight="${weight}" text-anchor="${anchor}" fill="${color}">${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
