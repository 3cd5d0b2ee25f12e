/**
 * The one theme of every figure: what a printed page needs (white ground, dark text, thin axes) and what colour-blind readers need
 * (Okabe and Ito's colours, a second cue in dash or marker beside every colour).
 */
import type { Layout, LayoutAxis } from "plotly.js-dist-min";

/**
 * Okabe and Ito's palette in an order that keeps neighbours apart in lightness too. Their yellow is left out: a yellow line
 * vanishes on white paper.
 * @see Okabe, Ito: Color Universal Design (2008)
 */
export const palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#4D4D4D"] as const;

/** Line dashes, one a series, for lines without markers. */
export const dashes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"] as const;

/** Marker symbols, one a series. */
export const symbols = ["circle", "square", "diamond", "triangle-up", "x", "triangle-down", "cross"] as const;

/** Perceptually even, readable in grey and by colour-blind readers (cividis, eight stops). */
export const sequential: [number, string][] = [
  [0, "#00224E"],
  [0.143, "#213B6E"],
  [0.286, "#4C556C"],
  [0.429, "#6C6E72"],
  [0.571, "#8E8978"],
  [0.714, "#B2A570"],
  [0.857, "#D9C55C"],
  [1, "#FEE838"],
];

/** For values around a midpoint: blue below, white at it, vermilion above. */
export const diverging: [number, string][] = [
  [0, "#0072B2"],
  [0.25, "#7FB8D9"],
  [0.5, "#F7F7F7"],
  [0.75, "#EAA77A"],
  [1, "#D55E00"],
];

export const ink = "#262626";
export const mutedInk = "#595959";
export const axisColor = "#595959";
export const gridColor = "#E6E6E6";
export const bandOpacity = 0.16;

/** Open Sans is what the static export measures and draws with; a browser without it takes the next one. */
export const fontFamily = "Open Sans, Verdana, Arial, sans-serif";

export const size = { width: 720, height: 420 } as const;
export const fontSize = {
  base: 13,
  title: 16,
  subtitle: 13,
  axis: 14,
  tick: 12,
  legend: 13,
  annotation: 12,
} as const;

/** Colour of the series with this number; colours come round again after seven, then with another dash or symbol. */
export function seriesColor(index: number): string {
  return palette[index % palette.length];
}

export function seriesDash(index: number): (typeof dashes)[number] {
  return dashes[index % dashes.length];
}

export function seriesSymbol(index: number): (typeof symbols)[number] {
  return symbols[index % symbols.length];
}

/** `#RRGGBB` as `rgba(...)` with this opacity. @throws when the colour isn't of that form */
export function withOpacity(color: string, opacity: number): string {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (match === null) throw new Error(`Colour "${color}": give it as #RRGGBB.`);
  const [red, green, blue] = match.slice(1).map((digits) => Number.parseInt(digits, 16));
  return `rgba(${red},${green},${blue},${opacity})`;
}

/** What every axis shares; a figure adds title, type and range. */
export function themedAxis(): Partial<LayoutAxis> {
  return {
    automargin: true,
    showline: true,
    linecolor: axisColor,
    linewidth: 1,
    ticks: "outside",
    ticklen: 4,
    tickcolor: axisColor,
    tickfont: { size: fontSize.tick, color: ink },
    gridcolor: gridColor,
    gridwidth: 1,
    zeroline: false,
    separatethousands: true,
    exponentformat: "power",
    minexponent: 5,
  };
}

/** What every layout shares. */
export function themedLayout(): Partial<Layout> {
  return {
    paper_bgcolor: "#FFFFFF",
    plot_bgcolor: "#FFFFFF",
    colorway: [...palette],
    font: { family: fontFamily, size: fontSize.base, color: ink },
    separators: ".,",
    hovermode: "closest",
    hoverlabel: { font: { family: fontFamily, size: fontSize.base } },
  };
}
