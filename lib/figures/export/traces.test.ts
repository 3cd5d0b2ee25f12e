import { describe, expect, it } from "vitest";
import { drawable, needsBrowser } from "./traces";

describe("traces without a browser", () => {
  it("draw WebGL's scatter as scatter, and leave the rest", () => {
    const data = [
      { type: "scattergl" as const, x: [1], y: [2] },
      { type: "bar" as const, y: [1] },
      { y: [3] },
    ];
    expect(drawable(data)).toEqual([{ type: "scatter", x: [1], y: [2] }, data[1], data[2]]);
    expect(needsBrowser(data)).toBe(false);
  });

  it("refuse 3D, parallel coordinates and maps, naming the trace", () => {
    const surface = [{ y: [1] }, { type: "surface" as const, name: "loss", z: [[1]] }];
    expect(() => drawable(surface)).toThrow(
      'trace 1 ("loss") is of type "surface", which needs a browser. Draw it with Chromium',
    );
    expect(() => drawable([{ type: "parcoords" }])).toThrow('trace 0 is of type "parcoords"');
    expect(() => drawable([{ type: "choropleth" }])).toThrow("no static export");
    expect(needsBrowser(surface)).toBe(true);
    expect(needsBrowser([{ type: "choropleth" }])).toBe(false);
  });
});
