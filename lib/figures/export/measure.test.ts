import { describe, expect, it } from "vitest";
import { ownBox, pageBox } from "./measure";
import type { SvgNode } from "./svgNode";
import { select } from "./testing";
import { ascent, descent, textWidth } from "./textMetrics";

const plain = { pixels: 10, weight: "normal", style: "normal" };

function parse(inner: string): SvgNode {
  const text = `<svg xmlns="http://www.w3.org/2000/svg" font-size="10">${inner}</svg>`;
  return select(text, ".here")[0];
}

const close = (actual: readonly number[] | undefined, expected: readonly number[]) => {
  for (const [index, value] of expected.entries()) expect(actual?.[index]).toBeCloseTo(value, 6);
};

describe("texts", () => {
  const width = textWidth("NDCG", plain);

  it("have the widths of Open Sans, growing with size and weight", () => {
    expect(width).toBeGreaterThan(20);
    expect(width).toBeLessThan(35);
    expect(textWidth("NDCG", { ...plain, pixels: 20 })).toBeCloseTo(2 * width, 0);
    expect(textWidth("NDCG", { ...plain, weight: "bold" })).toBeGreaterThan(width);
    expect(textWidth("NDCG\u200b", plain)).toBe(width);
  });

  it("stand on their baseline and hang by their anchor", () => {
    const box = (anchor: string) =>
      ownBox(parse(`<text class="here" x="100" y="50" text-anchor="${anchor}">NDCG</text>`));
    close(box("start"), [100, 50 - 10 * ascent, 100 + width, 50 + 10 * descent]);
    close(box("middle"), [100 - width / 2, 50 - 10 * ascent, 100 + width / 2, 50 + 10 * descent]);
    close(box("end"), [100 - width, 50 - 10 * ascent, 100, 50 + 10 * descent]);
  });

  it("break into lines, each anchored by itself", () => {
    const lines =
      '<tspan class="line" dy="0em" x="0" y="0">NDCG</tspan><tspan dy="1.3em" x="0" y="0">NDCG NDCG</tspan>';
    const long = textWidth("NDCG NDCG", plain);
    const node = parse(`<text class="here" text-anchor="middle" x="0" y="0">${lines}</text>`);
    close(ownBox(node), [-long / 2, -10 * ascent, long / 2, 13 + 10 * descent]);
  });

  it("take font sizes from styles, in parts of the parent's too", () => {
    const half = parse(
      '<text class="here" style="font-size: 20px">A<tspan style="font-size:50%">A</tspan></text>',
    );
    const [left, , right] = ownBox(half) ?? [0, 0, 0, 0];
    expect(right - left).toBeCloseTo(textWidth("A", { ...plain, pixels: 20 }) + textWidth("A", plain), 6);
  });
});

describe("elements", () => {
  it("are measured by their geometry, groups by what they hold", () => {
    const group = parse(
      '<g class="here"><rect x="1" y="2" width="3" height="4"/><circle cx="10" cy="0" r="2" transform="translate(5,0)"/><line x1="0" y1="9" x2="1" y2="8"/><defs><rect width="99" height="99"/></defs></g>',
    );
    expect(ownBox(group)).toEqual([0, -2, 17, 9]);
  });

  it("leave out what isn't displayed", () => {
    expect(
      ownBox(parse('<g class="here"><rect width="5" height="5" style="display: none;"/></g>')),
    ).toBeUndefined();
    expect(pageBox(parse('<g class="here"/>'))).toEqual([0, 0, 0, 0]);
  });

  it("stand on the page where all transforms above them put them", () => {
    const node = parse(
      '<g transform="translate(100,0)"><rect class="here" width="4" height="2" transform="rotate(90)"/></g>',
    );
    close(pageBox(node), [98, 0, 100, 4]);
  });
});
