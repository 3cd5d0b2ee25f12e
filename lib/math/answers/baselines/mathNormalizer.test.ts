import { describe, expect, it } from "vitest";
import { mathNotation, sameNotation } from "./mathNormalizer";

describe("the notation of MATH", () => {
  it.each([
    ["\\left[2,5\\right)", "[2,5)"],
    ["\\leftarrow", "\\leftarrow"], // another command
    ["10\\text{ cm}", "10"],
    ["10 \\text{ cm}^2", "10"],
    ["\\text{Yes}", "\\text{Yes}"], // nothing stands in front
    ["x=\\text{Yes}", "\\text{Yes}"],
    ["15^{\\circ}", "15"],
    ["15^\\circ", "15"],
    ["15\\degree", "15"],
    ["50\\%", "50"],
    ["\\$5", "5"],
    ["x=3", "3"],
    ["x = 1 + 2 = 3", "x = 1 + 2 = 3"],
    ["f(2)=3", "f(2)=3"],
    [".84", "0.84"],
    ["0.84", "0.84"],
    ["\\tfrac34", "\\frac{3}{4}"],
    ["\\frac1{72}", "\\frac{1}{72}"],
    ["\\frac{1}2", "\\frac{1}{2}"],
    ["\\frac 1 2", "\\frac{1}{2}"],
    ["\\frac{\\sqrt2}2", "\\frac{\\sqrt{2}}2"], // one brace inside another is not looked into
    ["\\frac\\pi2", "\\frac\\pi2"],
    ["2\\sqrt3+\\sqrt[3]2", "2\\sqrt{3}+\\sqrt[3]2"],
    ["0.5", "\\frac{1}{2}"],
    ["0.25", "0.25"],
    ["-3/4", "-\\frac{3}{4}"],
    ["(1/2,3)", "(1/2,3)"], // not the whole answer
  ])("%s", (written, expected) => {
    expect(mathNotation(written)).toBe(expected);
  });

  it("is compared without white space, and by nothing but its characters", () => {
    expect(sameNotation("\\frac{1}{2}", "0.5")).toBe(true);
    expect(sameNotation("[2,5]", "\\left[ 2, 5 \\right]")).toBe(true);
    expect(sameNotation("x=3", "y=3")).toBe(true);
    expect(sameNotation("\\frac{3}{4}", "0.75")).toBe(false);
    expect(sameNotation("2\\sqrt{3}", "\\sqrt{3}\\cdot 2")).toBe(false);
  });
});
