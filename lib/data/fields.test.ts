import { describe, expect, it } from "vitest";
import { parseInteger, parseNumber } from "./fields";

describe("fields", () => {
  it("takes decimal numbers alone", () => {
    expect(["1", "-2.5", "+3", ".5", "1e3", "7."].map((text) => parseNumber(text, {}))).toEqual([
      1, -2.5, 3, 0.5, 1000, 7,
    ]);
    for (const text of ["", " 1", "1 ", "0x10", "NaN", "Infinity", "1,5", "--1"]) {
      expect(() => parseNumber(text, { line: 4 }), text).toThrow(/line 4: .* is not a number/);
    }
    expect(() => parseInteger("9007199254740993", {})).toThrow(/not an integer/);
  });
});
