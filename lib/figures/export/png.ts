/** SVG to PNG, with the same font that the texts were measured in. */
import { fontFiles, fontName, needsSystemFonts } from "./fonts";

/**
 * Draws an SVG to PNG.
 * @param scale pixels of the picture per pixel of the SVG: 1 for a notebook, 2 for a file
 */
export function renderPng(svg: string, scale = 1): Buffer {
  const { Resvg } = require("@resvg/resvg-js") as typeof import("@resvg/resvg-js");
  const drawing = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    background: "#FFFFFF",
    font: {
      fontFiles: fontFiles(),
      loadSystemFonts: needsSystemFonts(svg),
      defaultFontFamily: fontName,
      sansSerifFamily: fontName,
    },
  });
  return drawing.render().asPng();
}
