import { describe, expect, it } from "vitest";
import { palette, seriesColor, seriesSymbol, symbols, withOpacity } from "./theme";

/** Relative luminance of sRGB, as WCAG 2 defines it. */
function luminance(color: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe("theme", () => {
  it("has colours that stand out from white paper", () => {
    for (const color of palette) expect(1.05 / (luminance(color) + 0.05), color).toBeGreaterThan(2);
  });

  it("pairs colours and symbols: each of the first seven series has both of its own", () => {
    const pairs = palette.map((_, index) => `${seriesColor(index)} ${seriesSymbol(index)}`);
    expect(new Set(pairs).size).toBe(palette.length);
    expect(symbols.length).toBe(palette.length);
    expect(seriesColor(palette.length)).toBe(palette[0]);
  });

  it("thins colours", () => {
    expect(withOpacity("#0072B2", 0.16)).toBe("rgba(0,114,178,0.16)");
    expect(() => withOpacity("blue", 0.5)).toThrow(/"blue".*#RRGGBB/);
  });
});
