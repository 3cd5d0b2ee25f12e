/** Widths of texts in Open Sans, as the drawing program will set them. */
import { fontFiles, fontName } from "./fonts";

export interface Font {
  readonly pixels: number;
  readonly weight: string;
  readonly style: string;
}

/** Open Sans: ascent and descent as parts of the font size. */
export const ascent = 1.069;
export const descent = 0.293;

/** Plotly sets it before and after subscripts to carry the shift of the baseline. */
const zeroWidthSpace = "\u200b";

type Measure = (text: string, font: Font) => number;

let loaded: Measure | undefined;

function load(): Measure {
  const { createCanvas, GlobalFonts } = require("@napi-rs/canvas") as typeof import("@napi-rs/canvas");
  for (const file of fontFiles()) GlobalFonts.registerFromPath(file, fontName);
  const context = createCanvas(1, 1).getContext("2d");
  const widths = new Map<string, number>();
  return (text, font) => {
    const css = `${font.style} ${font.weight} ${font.pixels}px "${fontName}"`;
    const key = `${css}|${text}`;
    let width = widths.get(key);
    if (width === undefined) {
      context.font = css;
      width = context.measureText(text).width;
      widths.set(key, width);
    }
    return width;
  };
}

/** Width in pixels of one line of text. */
export function textWidth(text: string, font: Font): number {
  loaded ??= load();
  return loaded(text.replaceAll(zeroWidthSpace, ""), font);
}
