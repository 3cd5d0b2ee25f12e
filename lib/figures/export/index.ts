/** Figures to files: SVG, PNG and the JSON behind them. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { Figure } from "../figure";
import { figureJson } from "../json";
import { drawInBrowser } from "./browser";
import { renderPng } from "./png";
import { renderSvg } from "./svg";
import { needsBrowser } from "./traces";

export { type BrowserDrawing, drawInBrowser, findChromium } from "./browser";
export { renderPng } from "./png";
export { renderSvg } from "./svg";
export { needsBrowser } from "./traces";

/** Pixels of an exported PNG per pixel of the figure: sharp in print at column width and on dense screens. */
export const fileScale = 2;

/**
 * Writes a figure's SVG, PNG (twice the size) and JSON beside each other; each lands by rename, so that no reader sees half a file.
 * Figures without WebGL traces are written before the call returns; the promise is for those that a browser draws.
 * @param path without ending, such as "figures/t2arec/ablation"; folders are made
 * @returns the files' paths: SVG, PNG, JSON
 */
export async function exportFigure(figure: Figure, path: string): Promise<string[]> {
  if ([".svg", ".png", ".json"].includes(extname(path))) {
    throw new Error(`exportFigure: give "${path}" without its ending; SVG, PNG and JSON are written.`);
  }
  if (needsBrowser(figure.data)) {
    const { svg, png } = await drawInBrowser(figure, fileScale);
    return writeAll(path, svg, png, figure);
  }
  const svg = renderSvg(figure);
  return writeAll(path, svg, renderPng(svg, fileScale), figure);
}

function writeAll(path: string, svg: string, png: Buffer, figure: Figure): string[] {
  return [
    writeByRename(`${path}.svg`, svg),
    writeByRename(`${path}.png`, png),
    writeByRename(`${path}.json`, `${figureJson(figure)}\n`),
  ];
}

function writeByRename(path: string, content: string | Buffer): string {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return path;
}
