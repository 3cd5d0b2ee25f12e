import { describe, expect, it } from "vitest";
import { doubleOf, sameDouble } from "./doublePrecision";

describe("the double of an answer", () => {
  it.each([
    ["-\\frac{3}{8}", -0.375],
    ["2\\frac{1}{4}", 2.25],
    ["50\\%", 0.5],
    ["x=3", 3],
    ["\\sqrt[3]{-8}", -2],
    ["\\sqrt[4]{16}", 2],
    ["e^2", Math.E ** 2],
    ["2\\pi", 2 * Math.PI],
    ["\\sin 30^{\\circ}", 0.5],
    ["\\cot\\frac{\\pi}{4}+\\sec 0+\\csc\\frac{\\pi}{2}+\\tan 0+\\cos 0", 4],
    ["15^{\\circ}", 15],
    ["\\arcsin 1+\\arccos 1+\\arctan 1", (3 * Math.PI) / 4],
    ["\\ln 2+\\log_2 8+\\lg 100", Math.LN2 + 5],
    ["|{-3}|+\\lfloor 3.7\\rfloor+\\lceil 3.2\\rceil", 10],
    ["5!+\\Gamma(4)", 126],
    ["\\binom{10}{3}+A_6^2", 150],
    ["\\gcd(12,18)+\\lcm(4,6)", 18],
    ["\\max(1,4)-\\min(1,4)", 3],
    ["\\sum_{k=1}^{100}k", 5050],
    ["\\prod_{k=1}^{5}k", 120],
    ["2^{2020}", Number.POSITIVE_INFINITY],
    ["-\\infty", Number.NEGATIVE_INFINITY],
    ["171!", Number.POSITIVE_INFINITY],
  ])("%s", (text, expected) => {
    if (Number.isFinite(expected)) expect(doubleOf(text)).toBeCloseTo(expected, 12);
    else expect(doubleOf(text)).toBe(expected);
  });

  it.each([
    ...["", "[2,5]", "\\{1,2\\}", "\\text{Yes}", "n+1", "5i", "\\sqrt{-2}", "\\binom{3}{\\frac12}"],
    ...[
      "\\gcd(2^{2000},2)",
      "\\sum_{k=1}^{20000}k",
      "\\sum_{j=1}^{9999}\\sum_{k=1}^{9999}jk",
      "\\sum_{k=1}^{n}k",
    ],
  ])("%s has none", (text) => {
    expect(doubleOf(text)).toBeNaN();
  });

  it("is not looked for in what is too long", () => {
    expect(doubleOf(`${"0".repeat(1999)}7`)).toBe(7);
    expect(doubleOf(`${"0".repeat(2000)}7`)).toBeNaN();
  });
});

describe("equality of doubles", () => {
  it("goes to nine digits", () => {
    expect(sameDouble("\\sqrt{2}", "1.4142135624")).toBe(true);
    expect(sameDouble("\\sqrt{2}", "1.41421")).toBe(false);
    expect(sameDouble("\\frac{1}{1112112}", "\\frac{1}{1112111}")).toBe(false);
    expect(sameDouble("0", "-0")).toBe(true);
  });
  it("does not tell large numbers apart", () => {
    expect(sameDouble("2^{2020}", "2^{2020}+1")).toBe(true);
    expect(sameDouble("2^{2020}", "2^{2021}")).toBe(true); // both overflow
    expect(sameDouble("\\sqrt{10^{34}+1}", "10^{17}")).toBe(true);
    expect(sameDouble("2^{2020}", "5")).toBe(false);
    expect(sameDouble("2^{2020}", "-2^{2020}")).toBe(false);
  });
  it("is for numbers alone", () => {
    expect(sameDouble("[2,5]", "[2,5]")).toBe(false);
    expect(sameDouble("n+1", "n+1")).toBe(false);
  });
});
