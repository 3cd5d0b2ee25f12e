import { createCanvas, loadImage } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { renderPng, renderSvg } from "./export";
import { type Box, mapBox } from "./export/box";
import { pageBox } from "./export/measure";
import { elementNode, type SvgNode } from "./export/svgNode";
import { select } from "./export/testing";
import { gallery } from "./gallery";

interface Text {
  readonly text: string;
  readonly box: Box;
  readonly kind: string;
}

/** Every text of a drawing, with its box on the page. */
function textsOf(svg: string): Text[] {
  return select(svg, "text").map((node) => ({
    text: node.textContent ?? "",
    box: pageBox(node),
    kind: groupOf(node),
  }));
}

/** Class of the nearest group that has one: "xtick", "legend" and so on. */
function groupOf(node: SvgNode): string {
  for (let at = node.parentNode; at !== null && at.nodeType === elementNode; at = at.parentNode) {
    const name = at.getAttribute("class");
    if (at.tagName === "g" && name !== null) return name;
  }
  return "";
}

/** How far two boxes reach into each other, in pixels; ascenders and descenders may touch. */
function overlap(a: Box, b: Box): number {
  return Math.min(Math.min(a[2], b[2]) - Math.max(a[0], b[0]), Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
}

const strip = (html: string) => html.replace(/<[^>]*>/g, "");

describe.each(Object.entries(gallery()))("figure %s", (name, figure) => {
  const svg = renderSvg(figure);
  const texts = textsOf(svg);
  const { width = 0, height = 0, title, xaxis, yaxis } = figure.layout;

  it("shows title, axis titles, tick labels and every name in the legend", () => {
    const shown = texts.map(({ text }) => text).join("\n");
    const headline = typeof title === "object" && title.text ? title.text.split("<br>").map(strip) : [];
    expect(headline.length).toBeGreaterThan(0);
    for (const line of headline) expect(shown).toContain(line);
    for (const axis of [xaxis, yaxis]) {
      expect(typeof axis?.title === "object" && shown.includes(axis.title.text ?? "?")).toBe(true);
    }
    expect(texts.filter(({ kind }) => kind === "xtick").length).toBeGreaterThan(1);
    expect(texts.filter(({ kind }) => kind === "ytick").length).toBeGreaterThan(1);
    if (figure.layout.showlegend) {
      for (const trace of figure.data) if ("name" in trace && trace.name) expect(shown).toContain(trace.name);
    }
  });

  it("keeps every text inside the picture", () => {
    for (const { text, box } of texts) {
      const [left, top, right, bottom] = box;
      expect(left >= 0 && top >= 0 && right <= width && bottom <= height, `"${text}" at ${box}`).toBe(true);
    }
  });

  it("lets no two texts overlap", () => {
    if (name.startsWith("scatter")) return; // points carry their labels where they lie
    for (const [index, a] of texts.entries()) {
      for (const b of texts.slice(index + 1)) {
        expect(overlap(a.box, b.box), `"${a.text}" and "${b.text}"`).toBeLessThan(4);
      }
    }
  });

  it("is a standing SVG of its own: no script, nothing fetched, no trace of the browser's fonts", () => {
    expect(svg).toMatch(/^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).not.toMatch(/<script|TOBESTRIPPED|href="http/);
  });

  it("becomes a PNG of its size with the colours of its series", async () => {
    const png = renderPng(svg, 2);
    const image = await loadImage(png);
    expect([image.width, image.height]).toEqual([2 * width, 2 * height]);
    const context = createCanvas(image.width, image.height).getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let [dark, coloured] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const [low, high] = [
        Math.min(data[at], data[at + 1], data[at + 2]),
        Math.max(data[at], data[at + 1], data[at + 2]),
      ];
      if (high < 90) dark++;
      if (high - low > 60) coloured++;
    }
    expect(dark).toBeGreaterThan(1500); // texts and axes
    expect(coloured).toBeGreaterThan(400); // lines, bars, cells
  });
});

describe("boxes in this test", () => {
  it("see an overlap where there is one", () => {
    const box: Box = [0, 0, 10, 10];
    expect(overlap(box, mapBox([1, 0, 0, 1, 5, 5], box))).toBe(5);
    expect(overlap(box, [20, 0, 30, 10])).toBeLessThan(0);
  });
});
