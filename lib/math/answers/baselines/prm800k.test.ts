import { describe, expect, it } from "vitest";
import { sameToPrm800k } from "./prm800k";

describe("PRM800K's grader", () => {
  it.each([
    ["the notation alone", "\\{1,2\\}", "\\{1, 2\\}", true],
    ["sets have no parts", "\\{1,2\\}", "\\{2,1\\}", false],
    ["values", "2\\sqrt{3}", "\\frac{6}{\\sqrt{3}}", true],
    ["other values", "2\\sqrt{3}", "\\frac{6}{\\sqrt{2}}", false],
    ["exactly, however large", "2^{2020}", "4^{1010}", true],
    ["exactly, however near", "2^{2020}", "2^{2020}+1", false],
    ["where doubles are equal", "\\sqrt{10^{34}+1}", "10^{17}", false],
    ["in variables", "x^2-1", "(x-1)(x+1)", true],
    ["parts of an interval", "[2,\\frac{\\sqrt{2}}{2}]", "[2,\\frac{1}{\\sqrt{2}}]", true],
    ["one other part", "[2,\\frac{\\sqrt{2}}{2}]", "[2,\\frac{1}{\\sqrt{3}}]", false],
    ["other brackets", "[2,5]", "[2,5)", false],
    ["other brackets, other writing", "(0,\\frac{1}{2}]", "[0,0.5]", false],
    ["fewer parts", "(1,2,3)", "(1,2)", false],
    ["another order", "(1,2,3)", "(3,2,1)", false],
    ["infinite ends", "(0,+\\infty)", "(0,\\infty)", true],
    ["a decimal is a fraction", "\\frac{3}{4}", "0.75", true],
    ["a rounded one another", "\\frac{1}{3}", "0.3333333", false],
    ["a fraction in other terms", "\\frac{3}{4}", "\\frac{6}{8}", false],
    ["two signs", "\\frac{3}{4}", "\\frac{-3}{-4}", false],
    ["the sign in front", "\\frac{-3}{4}", "-\\frac{3}{4}", true],
    ["a whole number in figures", "8", "2^3", false],
    ["either way round", "5!", "120", false],
    ["a point and zeros", "-7", "-7.0", true],
    ["thousands", "1234567", "1,234,567", true],
    ["no thousands", "1234567", "1,23,4567", false],
    ["no formula", "\\frac{1}{2}", "\\frac{1}{2", false],
    ["no number", "1+\\sqrt{2}", "\\frac{1}{0}", false],
    ["too large", "1+\\sqrt{2}", "9^{9^{9^9}}", false],
    ["no value", "1+\\sqrt{2}", "x\\in[-1,1]", false],
  ])("%s", (_, gold, prediction, expected) => {
    expect(sameToPrm800k(gold, prediction)).toBe(expected);
    expect(sameToPrm800k(prediction, gold)).toBe(expected);
  });
});
