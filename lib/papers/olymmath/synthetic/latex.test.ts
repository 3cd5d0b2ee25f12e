import { describe, expect, it } from "vitest";
import { rational } from "../../../math/numbers/rational";
import { fraction, interval, root, sumOf, surds, timesRational, withPower } from "./latex";

describe("exact answers as LaTeX", () => {
  it.each([
    [fraction(6, 8), "\\frac{3}{4}"],
    [fraction(-6, 8), "-\\frac{3}{4}"],
    [fraction(8, 4), "2"],
    [fraction(0, 4), "0"],
    [surds(root(12)), "2\\sqrt{3}"],
    [surds(root(1, 3)), "\\frac{\\sqrt{3}}{3}"],
    [surds(timesRational(root(3), -4, 3)), "-\\frac{4\\sqrt{3}}{3}"],
    [surds(timesRational(sumOf(root(25), timesRational(root(24), 1)), 1, 3)), "\\frac{5+2\\sqrt{6}}{3}"],
    [surds(sumOf(timesRational(root(1), -5), timesRational(root(3), 6))), "-5+6\\sqrt{3}"],
    [surds(timesRational(sumOf(root(1), root(2)), -1)), "-(1+\\sqrt{2})"],
    [surds(root(1), "\\pi"), "\\pi"],
    [surds(timesRational(root(8), 1, 3), "\\pi"), "\\frac{2\\sqrt{2}\\pi}{3}"],
    [withPower(rational(7, 2), 3, 99, rational(-1, 2)), "\\frac{7\\cdot 3^{99}-1}{2}"],
    [withPower(rational(36, 5), 6, 931, rational(9, 5)), "\\frac{6^{933}+9}{5}"],
    [withPower(rational(9), 6, 10, rational(0)), "9\\cdot 6^{10}"],
    [interval("3", "12", { low: true, high: false }), "[3,12)"],
    [
      interval("2\\sqrt{3}", "\\frac{13}{2}", { low: false, high: true }),
      "\\left(2\\sqrt{3},\\frac{13}{2}\\right]",
    ],
  ])("%s", (written, expected) => {
    expect(written).toBe(expected);
  });

  it("refuse a denominator of 0", () => {
    expect(() => fraction(1, 0)).toThrow("division by zero");
  });
});
