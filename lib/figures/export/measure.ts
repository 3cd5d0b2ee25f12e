/**
 * Bounding boxes of SVG elements: jsdom has no layout, and Plotly asks for boxes to place tick labels, titles and legends.
 * Texts are measured in Open Sans; shapes by their geometry.
 */
import { type Box, concatenate, identity, mapBox, parseTransform, union } from "./box";
import { pathBox } from "./path";
import { elementNode, fontSizeOf, inheritedStyle, numberAttribute, type SvgNode, textNode } from "./svgNode";
import { ascent, descent, textWidth } from "./textMetrics";

/** Elements that hold definitions, not drawings. */
const undrawn = new Set(["defs", "clippath", "title", "style", "metadata"]);

/** Box of an element in its own coordinates (before its own transform), as SVG's getBBox; undefined where nothing is drawn. */
export function ownBox(node: SvgNode): Box | undefined {
  const tag = node.tagName.toLowerCase();
  if (undrawn.has(tag) || inheritedStyle(node, "display") === "none") return undefined;
  switch (tag) {
    case "text":
    case "tspan":
      return textBox(node);
    case "rect":
    case "image": {
      const [x, y] = [numberAttribute(node, "x"), numberAttribute(node, "y")];
      return [x, y, x + numberAttribute(node, "width"), y + numberAttribute(node, "height")];
    }
    case "circle": {
      const [x, y, r] = [
        numberAttribute(node, "cx"),
        numberAttribute(node, "cy"),
        numberAttribute(node, "r"),
      ];
      return [x - r, y - r, x + r, y + r];
    }
    case "line": {
      const xs = [numberAttribute(node, "x1"), numberAttribute(node, "x2")];
      const ys = [numberAttribute(node, "y1"), numberAttribute(node, "y2")];
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    }
    case "path":
      return pathBox(node.getAttribute("d") ?? "");
    default:
      return union(
        elements(node).map((child) => {
          const box = ownBox(child);
          return box && mapBox(parseTransform(child.getAttribute("transform")), box);
        }),
      );
  }
}

/** Box of an element on the page, as getBoundingClientRect: with every transform from the element up to the drawing. */
export function pageBox(node: SvgNode): Box {
  const box = ownBox(node);
  if (box === undefined) return [0, 0, 0, 0];
  let map = identity;
  for (let at: SvgNode | null = node; at !== null && at.nodeType === elementNode; at = at.parentNode) {
    map = concatenate(parseTransform(at.getAttribute("transform")), map);
  }
  return mapBox(map, box);
}

function elements(node: SvgNode): SvgNode[] {
  return Array.from(node.childNodes).filter((child) => child.nodeType === elementNode);
}

interface Run {
  /** Pen position. */
  x: number;
  y: number;
}

interface Piece {
  readonly box: Box;
  /** Pieces of one anchored chunk move together. */
  readonly chunk: number;
}

/** Box of a text: pieces are set one behind the other; x or y of a tspan starts a new chunk, which text-anchor shifts as a whole. */
function textBox(node: SvgNode): Box | undefined {
  const pen: Run = { x: numberAttribute(textRoot(node), "x"), y: numberAttribute(textRoot(node), "y") };
  const pieces: Piece[] = [];
  const chunks: { start: number; end: number; anchor: string }[] = [];
  const open = () =>
    chunks.push({ start: pen.x, end: pen.x, anchor: inheritedStyle(node, "text-anchor") ?? "start" });
  open();
  const visit = (at: SvgNode) => {
    if (at.nodeType === textNode) {
      const text = at.textContent ?? "";
      const holder = at.parentNode ?? node;
      const pixels = fontSizeOf(holder);
      const width = textWidth(text, {
        pixels,
        weight: inheritedStyle(holder, "font-weight") ?? "normal",
        style: inheritedStyle(holder, "font-style") ?? "normal",
      });
      const box: Box = [pen.x, pen.y - ascent * pixels, pen.x + width, pen.y + descent * pixels];
      pen.x += width;
      chunks[chunks.length - 1].end = pen.x;
      if (text !== "") pieces.push({ box, chunk: chunks.length - 1 });
      return;
    }
    if (at.nodeType !== elementNode) return;
    if (at.getAttribute("x") !== null) {
      pen.x = numberAttribute(at, "x");
      pen.y = numberAttribute(at, "y", pen.y);
      open();
    }
    pen.x += shift(at, "dx");
    pen.y += shift(at, "dy");
    for (const child of Array.from(at.childNodes)) visit(child);
  };
  visit(node);
  return union(
    pieces.map(({ box, chunk }) => {
      const { start, end, anchor } = chunks[chunk];
      const back = anchor === "middle" ? (end - start) / 2 : anchor === "end" ? end - start : 0;
      return [box[0] - back, box[1], box[2] - back, box[3]];
    }),
  );
}

/** The text element that a tspan belongs to. */
function textRoot(node: SvgNode): SvgNode {
  let at = node;
  while (at.tagName.toLowerCase() === "tspan" && at.parentNode !== null) at = at.parentNode;
  return at;
}

/** dx or dy in pixels; "em" counts in the element's own font size. */
function shift(node: SvgNode, name: string): number {
  const value = numberAttribute(node, name);
  return (node.getAttribute(name) ?? "").endsWith("em") ? value * fontSizeOf(node) : value;
}
