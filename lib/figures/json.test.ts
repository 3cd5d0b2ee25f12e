import { describe, expect, it } from "vitest";
import { gallery } from "./gallery";
import { figureFromJson, figureJson, toPlain } from "./json";

describe("figures as JSON", () => {
  it("come back as they went, every kind", () => {
    for (const figure of Object.values(gallery())) {
      expect(figureFromJson(figureJson(figure))).toEqual(toPlain(figure));
    }
  });

  it("turns typed arrays into arrays, with the digits of a float32", () => {
    const figure = {
      data: [{ type: "scatter" as const, y: Float32Array.of(0.1, 1 / 3, Number.NaN) }],
      layout: {},
    };
    expect(toPlain(figure).data[0]).toEqual({
      type: "scatter",
      y: [0.1, 0.333333, null].map((v, i) => (i === 1 ? 0.33333334 : v)),
    });
    const whole = { data: [{ type: "scatter" as const, y: Int32Array.of(1, 2) }], layout: {} };
    expect(toPlain(whole).data[0]).toEqual({ type: "scatter", y: [1, 2] });
  });

  it("drops what JSON lacks", () => {
    const layout = { width: undefined, height: Number.POSITIVE_INFINITY };
    expect(toPlain({ data: [], layout })).toEqual({ data: [], layout: { height: null } });
  });

  it("refuses JSON that is no figure", () => {
    expect(() => figureFromJson("{}")).toThrow('no "data" array');
  });
});
