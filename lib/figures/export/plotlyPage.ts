/**
 * Plotly in a page without a browser: jsdom has the document but no layout, no canvas and no path geometry, and Plotly asks for all
 * three. One page is made on first use (about 1.5 s) and kept.
 */
import { readFileSync } from "node:fs";
import type { Data, Layout } from "plotly.js-dist-min";
import type { Box } from "./box";
import { ownBox, pageBox } from "./measure";
import { pathLength, pathPoint } from "./path";
import type { SvgNode } from "./svgNode";

/** A plot's element, and the parts of its state that tell whether it is drawn. */
interface PlotElement {
  remove(): void;
  readonly _promises?: readonly unknown[];
}

interface PlotlyInPage {
  newPlot(element: PlotElement, data: Data[], layout: Partial<Layout>, config: object): Promise<unknown>;
  purge(element: PlotElement): void;
  readonly Snapshot: { toSVG(element: PlotElement, format: "svg"): string };
}

/** What the stubs set on the page's window. */
interface PageWindow {
  readonly document: {
    createElement(tag: string): PlotElement;
    readonly body: { appendChild(node: PlotElement): void };
  };
  readonly SVGElement: { readonly prototype: object };
  readonly HTMLCanvasElement: { readonly prototype: object };
  readonly URL: object;
  readonly Plotly?: PlotlyInPage;
  eval(source: string): unknown;
}

/** The canvas element of the page, whose pixels the native canvas holds. */
interface PageCanvas {
  readonly width: number;
  readonly height: number;
  nativeCanvas?: import("@napi-rs/canvas").Canvas;
}

let page: { window: PageWindow; plotly: PlotlyInPage } | undefined;

/**
 * Draws a figure to SVG, synchronously.
 * @throws when Plotly leaves part of the drawing for later (it waits for an image or a map)
 */
export function drawInPage(data: Data[], layout: Partial<Layout>): string {
  page ??= open();
  const { window, plotly } = page;
  const element = window.document.createElement("div");
  window.document.body.appendChild(element);
  try {
    // Everything that figures of ours use is drawn before newPlot returns; its promise would only report a failure again.
    let failure: unknown;
    plotly.newPlot(element, data, layout, { staticPlot: true }).catch((error: unknown) => {
      failure = error;
    });
    if (failure !== undefined) throw failure;
    if ((element._promises?.length ?? 0) > 0) {
      throw new Error(
        "Figure: it holds something Plotly must fetch (an image, a map); embed it as a data URL.",
      );
    }
    return plotly.Snapshot.toSVG(element, "svg");
  } finally {
    plotly.purge(element);
    element.remove();
  }
}

function open(): { window: PageWindow; plotly: PlotlyInPage } {
  const { JSDOM, VirtualConsole } = require("jsdom") as {
    JSDOM: new (html: string, options: object) => { readonly window: PageWindow };
    VirtualConsole: new () => object;
  };
  // A virtual console that forwards nothing: jsdom's "not implemented" remarks are no concern of the user.
  const { window } = new JSDOM("<!doctype html><body></body>", {
    runScripts: "outside-only",
    pretendToBeVisual: true,
    virtualConsole: new VirtualConsole(),
  });
  Object.assign(window, { TextDecoder, TextEncoder });
  Object.assign(window.URL, { createObjectURL: () => "" });
  stubLayout(window);
  stubCanvas(window);
  window.eval(readFileSync(require.resolve("plotly.js-dist-min"), "utf8"));
  const plotly = window.Plotly;
  if (plotly === undefined)
    throw new Error("Figure: plotly.js-dist-min defined no Plotly; reinstall the Node packages.");
  return { window, plotly };
}

function rectangle([left, top, right, bottom]: Box) {
  const [width, height] = [right - left, bottom - top];
  return { x: left, y: top, left, top, right, bottom, width, height };
}

function stubLayout(window: PageWindow): void {
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: SvgNode) {
      return rectangle(ownBox(this) ?? [0, 0, 0, 0]);
    },
    getBoundingClientRect(this: SvgNode) {
      return rectangle(pageBox(this));
    },
    getComputedTextLength(this: SvgNode) {
      const [left, , right] = ownBox(this) ?? [0, 0, 0, 0];
      return right - left;
    },
    getTotalLength(this: SvgNode) {
      return pathLength(this.getAttribute("d") ?? "");
    },
    getPointAtLength(this: SvgNode, length: number) {
      return pathPoint(this.getAttribute("d") ?? "", length);
    },
  });
}

function stubCanvas(window: PageWindow): void {
  const { createCanvas } = require("@napi-rs/canvas") as typeof import("@napi-rs/canvas");
  const native = (canvas: PageCanvas) => {
    const held = canvas.nativeCanvas;
    if (held !== undefined && held.width === canvas.width && held.height === canvas.height) return held;
    canvas.nativeCanvas = createCanvas(Math.max(1, canvas.width), Math.max(1, canvas.height));
    return canvas.nativeCanvas;
  };
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: PageCanvas, kind: string) {
      return kind === "2d" ? native(this).getContext("2d") : null;
    },
    toDataURL(this: PageCanvas) {
      return native(this).toDataURL("image/png");
    },
  });
}
