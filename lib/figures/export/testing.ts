/** For tests: an SVG's elements, to be measured. */
import type { SvgNode } from "./svgNode";

interface Document {
  querySelectorAll(selector: string): Iterable<SvgNode>;
}

/** The elements of an SVG that a selector picks. */
export function select(svg: string, selector: string): SvgNode[] {
  // Loaded without its types: they would bring the browser's global names into the whole project.
  const { JSDOM } = require("jsdom") as {
    JSDOM: new (text: string, options: object) => { readonly window: { readonly document: Document } };
  };
  return [...new JSDOM(svg, { contentType: "image/svg+xml" }).window.document.querySelectorAll(selector)];
}
