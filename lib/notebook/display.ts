/** Figures in a notebook: interactive where the front end can, a static picture where it can't, words where there is neither. */
import { join } from "node:path";
import { figureFolder } from "../experiment/record";
import { describe } from "../figures/describe";
import { drawInBrowser, exportFigure, needsBrowser, renderPng, renderSvg } from "../figures/export";
import type { Figure } from "../figures/figure";
import { toPlain } from "../figures/json";
import { type DisplayOptions, display, inKernel, isHeadless, type MimeBundle } from "./kernel";

export interface ShowOptions {
  /** With both, the figure is also exported as SVG, PNG and JSON: figures/<paper>/<name>. */
  readonly name?: string;
  readonly paper?: string;
}

/** Above this many bytes the interactive form stays out of the notebook file: the picture says the same in a tenth. */
const largestJson = 400_000;

const plotlyMime = "application/vnd.plotly.v1+json";

/**
 * Shows a figure: in a notebook as one output, elsewhere its description in words; and exports it where `paper` and `name` are given.
 * The figure is drawn and sent before the call returns; only figures of WebGL traces, which a browser draws, need `await`.
 * @throws when only one of `paper` and `name` is given, or the figure can't be drawn
 */
export async function show(figure: Figure, { name, paper }: ShowOptions = {}): Promise<void> {
  if ((name === undefined) !== (paper === undefined)) {
    throw new Error(
      "show: a figure is exported to figures/<paper>/<name>; give both, or neither to show it only.",
    );
  }
  if (needsBrowser(figure.data) && inKernel()) display(await browserBundle(figure));
  else showNow(figure);
  const folder = figureFolder();
  if (name !== undefined && paper !== undefined && folder !== undefined) {
    await exportFigure(figure, join(folder, paper, name));
  }
}

/** Shows a figure that needs no browser. @throws on WebGL traces, naming them */
export function showNow(figure: Figure, options: DisplayOptions = {}): void {
  display(inKernel() ? figureBundle(figure) : { "text/plain": describe(figure) }, options);
}

/**
 * A figure as a bundle: Plotly's JSON, the description in words, and a static picture: SVG for a reader at the notebook,
 * PNG in files that are executed without one (what sites that show notebooks display most reliably).
 */
export function figureBundle(figure: Figure, headless = isHeadless()): MimeBundle {
  const svg = renderSvg(figure);
  const picture = headless ? { "image/png": renderPng(svg, 1).toString("base64") } : { "image/svg+xml": svg };
  return { ...interactive(figure), ...picture, "text/plain": describe(figure) };
}

async function browserBundle(figure: Figure): Promise<MimeBundle> {
  const { png } = await drawInBrowser(figure, 1);
  return { ...interactive(figure), "image/png": png.toString("base64"), "text/plain": describe(figure) };
}

function interactive(figure: Figure): MimeBundle {
  const plain = toPlain(figure);
  if (JSON.stringify(plain).length > largestJson) return {};
  return { [plotlyMime]: { ...plain, config: { displaylogo: false } } };
}
