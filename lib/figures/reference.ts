/** Horizontal reference lines: a paper's number, chance level, a baseline. */
import type { Layout } from "plotly.js-dist-min";
import { fontSize, mutedInk } from "./theme";

export interface ReferenceLine {
  readonly value: number;
  readonly label: string;
}

/** Shapes and labels of the reference lines; the label stands above its line at the right end of the plot. */
export function referenceLayout(lines: readonly ReferenceLine[] = [], log = false): Partial<Layout> {
  if (lines.length === 0) return {};
  const place = (value: number) => (log ? Math.log10(value) : value);
  return {
    shapes: lines.map(({ value }) => ({
      type: "line",
      xref: "paper",
      x0: 0,
      x1: 1,
      y0: value,
      y1: value,
      line: { color: mutedInk, width: 1.2, dash: "dash" },
    })),
    annotations: lines.map(({ value, label }) => ({
      text: label,
      xref: "paper",
      x: 1,
      xanchor: "right",
      y: place(value),
      yanchor: "bottom",
      showarrow: false,
      font: { size: fontSize.annotation, color: mutedInk },
    })),
  };
}
