import { describe, expect, it } from "vitest";
import { linearTicks, sketchSvg } from "./sketch";

const axes = { x: { title: "step" }, y: { title: "loss", unit: "nats" } };
const paths = (svg: string) => [
  ...svg.matchAll(/<path d="([^"]*)" fill="none" stroke="#(?:0072B2|D55E00)"/g),
];

describe("ticks", () => {
  it("are round numbers inside the ends", () => {
    expect(linearTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(-3.2, 11)).toEqual([0, 5, 10]);
    expect(linearTicks(0.0101, 0.0149)).toEqual([0.011, 0.012, 0.013, 0.014]);
  });
});

describe("sketchSvg", () => {
  it("draws one line a series, with names, titles and ticks, and escapes them", () => {
    const line = { name: "a < b", x: [0, 1, 2], y: [3, 2, 1] };
    const svg = sketchSvg([line, { name: "c", x: [0, 2], y: [1, 1] }], { ...axes, title: "R&D" });
    expect(paths(svg)).toHaveLength(2);
    for (const text of ["R&amp;D", "a &lt; b", "loss (nats)", "step", ">1.5<"]) expect(svg).toContain(text);
  });

  it("breaks a line at NaN and at values without a logarithm", () => {
    const [[, path]] = paths(
      sketchSvg([{ name: "", x: [1, 2, 3, 4, 5], y: [1, 2, Number.NaN, 3, 4] }], axes),
    );
    expect(path.match(/M/g)).toHaveLength(2);
    const log = { ...axes, y: { title: "loss", scale: "log" as const } };
    const [[, second]] = paths(sketchSvg([{ name: "", x: [1, 2, 3, 4, 5], y: [1, 2, 0, 3, 4] }], log));
    expect(second.match(/M/g)).toHaveLength(2);
  });

  it("places values linearly in the logarithm on a logarithmic axis", () => {
    const log = { ...axes, y: { title: "loss", scale: "log" as const } };
    const [[, path]] = paths(sketchSvg([{ name: "", x: [1, 2, 3], y: [1, 10, 100] }], log));
    const [low, middle, high] = [...path.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
    expect(low - middle).toBeCloseTo(middle - high, 1);
  });

  it("shows a lone point, a constant, and nothing at all", () => {
    expect(sketchSvg([{ name: "", x: [1], y: [2] }], axes)).toContain("<circle");
    expect(sketchSvg([{ name: "", x: [1, 2], y: [0, 0] }], axes)).not.toContain("NaN");
    const empty = sketchSvg([], axes);
    expect(empty).toContain("waiting for the first point");
    expect(empty).not.toContain("NaN");
  });
});
