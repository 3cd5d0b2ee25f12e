/** A figure as SVG text. */

import type { Figure } from "../figure";
import { toPlain } from "../json";
import { size } from "../theme";
import { drawInPage } from "./plotlyPage";
import { drawable } from "./traces";

/**
 * Draws a figure to SVG in Node: 0.1 to 0.4 s, the first one about 1.5 s more.
 * @throws on traces that need a browser, naming them
 */
export function renderSvg(figure: Figure): string {
  const { data, layout } = toPlain(figure); // a copy: Plotly writes into what it draws
  const sized = { ...layout, width: layout.width ?? size.width, height: layout.height ?? size.height };
  return repair(drawInPage(drawable(data), sized));
}

/** Mends what Plotly writes for browsers alone. */
function repair(svg: string): string {
  return (
    svg
      // Plotly guards quotes in font names by this word and takes it out again by a browser's own serialisation.
      .replace(/"?TOBESTRIPPED"?/g, "'")
      // Cells of a heatmap are single pixels, enlarged: they must stay sharp. The last declaration a program knows counts.
      .replace(/image-rendering:[^"]*(?=")/g, "image-rendering: pixelated; image-rendering: optimizeSpeed;")
  );
}
