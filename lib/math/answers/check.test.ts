import { describe, expect, it } from "vitest";
import { checkAnswer } from "./check";

const same = (gold: string, prediction: string, mode: "want" | "ref" = "want") =>
  checkAnswer(gold, prediction, { mode }).equal;

describe("checkAnswer", () => {
  it("says what it read and what decided", () => {
    expect(checkAnswer("\\frac{1}{2}", "0.5", { mode: "want" })).toEqual({
      equal: true,
      mode: "want",
      path: "decimal",
      reason: "equal by decimal",
      goldCanon: "(1)/(2)",
      predCanon: "1/2 (decimal)",
    });
    expect(checkAnswer("1", "\\frac{1}{0}", { mode: "want" }).reason).toBe("not decided: division by zero");
  });

  it.each([
    ["2^{10000000}", "4^{5000000}", true],
    ["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&2\\\\3&\\frac{8}{2}\\end{bmatrix}", true],
    ["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}", false],
    ["y=2x+1", "y=1+2x", true],
    ["y=2x+1", "y=2x+2", false],
    ["x^2+y^2=4", "4=y^2+x^2", true],
    ["\\frac{x}{x^2-1}", "\\frac{x}{(x-1)(x+1)}", true],
    ["\\sqrt{p^2}", "p", false], // not where p is negative
    ["|x|", "\\sqrt{x^2}", true],
    ["xy", "\\sqrt{x^2y^2}", false],
    ["\\ln x^2", "2\\ln x", true], // wherever both are defined
    ["\\sin^2 x+\\cos^2 x", "1", false], // the variables must be the same
    ["\\sin 2x", "2\\sin x\\cos x", true],
    ["5050", "\\sum_{k=1}^{100}k", true],
    ["(1,2,3)", "\\langle 1,2,3\\rangle", true],
    ["8", "答案为：8。", true],
    ["\\frac{5}{2}", "2½", true],
    ["x^2", "x²", true],
    ["2^{12}", "2¹²", true],
    ["10", "10平方厘米", true],
    ["\\sqrt{3}", "√3 cm", true],
  ])("%s and %s", (gold, prediction, expected) => {
    expect(same(gold, prediction)).toBe(expected);
  });

  /** Long work of every kind: numbers, sums, roots, functions, polynomials, nesting, patterns. */
  it("ends with a verdict on hostile answers", () => {
    const series = (term: string) => `\\sum_{k=1}^{9999}${term}`;
    const hostile = [
      "9^{9^{9^9}}",
      "(10^6)!",
      `${"\\sqrt{".repeat(2000)}2${"}".repeat(2000)}`,
      `${"\\sqrt{".repeat(280)}2${"}".repeat(280)}`,
      "(".repeat(1999),
      "s".repeat(1999),
      `\\text{${"cm s".repeat(400)}!}`,
      `\\sum_{k=1}^{9999}\\sum_{j=1}^{9999}k`,
      "(x+1)".repeat(390),
      `2^{1000000}${"+2^{1000000}".repeat(150)}`,
      `3^{40000}/2^{14000}${"+3^{40000}/5^{6000}".repeat(90)}`,
      `(3^{300000}+1)/(2^{300}+1)${"+(3^{300000}+1)/(7^{300}+1)".repeat(70)}`,
      "\\gcd(2^{1000000}-1,3^{600000}-1)",
      "5000!".repeat(300),
      `\\binom{2^{1000}}{5000}${"+\\binom{3^{600}}{4999}".repeat(80)}`,
      ...["\\frac{1}{k}", "\\sqrt{k}", "\\sqrt[64]{k}", "\\ln k", "\\arcsin\\frac{1}{k}"].map(series),
      Array.from({ length: 100 }, (_, k) => `\\sqrt[${990 - k}]{${k + 2}}`).join("+"),
      "(\\sqrt{2}+\\sqrt{3}+\\sqrt{5}+\\sqrt{7})^{64}".repeat(40),
      "(2^{4000}x+1)^{40}".repeat(100),
      `x^{${"9".repeat(1900)}}`,
      `2${" ".repeat(1900)}2`,
      `2\\cdot ${"-".repeat(1900)}2`,
      "1e999999999",
      "a".repeat(1_000_000),
    ];
    for (const answer of hostile) {
      for (const mode of ["want", "ref"] as const) {
        const start = process.cpuUsage();
        const verdict = checkAnswer("1", answer, { mode });
        expect(process.cpuUsage(start).user / 1e6).toBeLessThan(2);
        expect(verdict.equal).toBe(false);
      }
    }
  });
});

describe("what cannot be read", () => {
  it.each([
    ["\\sqrt{2", "\\sqrt{2}", false],
    ["{12", "12", false],
    ["\\frac{1}{2", "\\frac12", false],
    ["\\text{Yes}", "yes", true],
    ["\\text{Option 3}", "Option 3", true],
    ["\\text{无解}", "无解", true],
    ["\\text{Yes}", "no", false],
  ])("%s beside %s: `want` says the same either way round", (a, b, expected) => {
    expect([same(a, b), same(b, a)]).toEqual([expected, expected]);
  });

  it("is compared by its letters in `ref` where it is the gold, as Math-Verify does", () => {
    expect(same("\\sqrt{2", "\\sqrt{2}", "ref")).toBe(true);
    expect(same("\\sqrt{2}", "\\sqrt{2", "ref")).toBe(false);
  });
});

describe("what is equal to itself", () => {
  const defined = [
    ...["\\frac{0}{3}", "\\sqrt{0}", "\\sqrt[3]{-8}", "\\ln 1", "\\log_2 3", "9^{9^{9^9}}", "\\binom{n}{k}"],
    ...[
      "\\lfloor\\log_{10}1000\\rfloor",
      "\\frac{1}{\\sqrt{3}-\\sqrt{2}}",
      "1+2i",
      "\\frac{x}{y}",
      "\\emptyset",
    ],
    ...["[1,3]", "[2,2]", "(-\\infty,3]", "[a,b]", "[1,2]\\cup[5,\\infty)"],
    "(3,1)", // a pair
  ];
  const undefinedOnes = [
    ...[
      "\\frac00",
      "\\frac{1}{0}",
      "\\frac{2}{\\sqrt{8}-2\\sqrt{2}}",
      "0^{-1}",
      "\\sqrt{-1}",
      "\\ln 0",
      "\\arcsin 2",
    ],
    ...["\\log_2(-3)", "\\{1,\\frac{1}{0}\\}", "x=\\frac{1}{0}", "[0,\\ln(-1)]", "(1,\\frac{1}{0},2)"],
    ...["[3,1]", "[3,1)", "[\\infty,1]", "[\\sqrt{5},\\sqrt{4}]", "[3,1]\\cup[5,6]", "\\{[3,1]\\}"],
  ];

  it.each(defined)("%s is", (answer) => {
    for (const mode of ["want", "ref"] as const) expect(same(answer, answer, mode)).toBe(true);
  });

  it.each(undefinedOnes)("%s is not in `want`: it has no value, or runs backwards", (answer) => {
    expect(same(answer, answer)).toBe(false);
    expect(same(answer, answer, "ref")).toBe(true);
  });

  it("nor is an interval that runs backwards equal to another writing", () => {
    expect(checkAnswer("[3,1]", "[3.0,1]", { mode: "want" })).toMatchObject({
      equal: false,
      path: "interval",
      reason: "an interval from the larger end to the smaller",
    });
    for (const [a, b] of [
      ["[1,6]", "[1,6]\\cup[3,2]"],
      ["[1,6]\\cup[3,2]", "[1,6]"],
    ])
      expect(same(a, b)).toBe(false);
    expect(checkAnswer("\\frac00", "\\frac00", { mode: "want" }).reason).toBe(
      "not decided: the value is not defined",
    );
  });
});

describe("surface forms", () => {
  it.each([
    ...[
      "12厘米",
      "12 cm",
      "12\\,\\text{cm}^2",
      "12\\text{ 平方厘米}",
      "共12种",
      "最小值为12",
      "12（个）",
      "答案：12",
    ],
    ...[
      "因此，答案是 12。",
      "The answer is 12.",
      "the final answer is $12$",
      "12\\text{ ways}",
      "**12**",
      "12人",
    ],
    ...[
      "12\\mathrm{~cm}",
      "\\$12",
      "１２",
      "\\text{最小值 }12",
      "12.0元",
      "n = 12",
      "至少12",
      "12 \\mathrm{m/s}",
    ],
  ])("%s is twelve", (prediction) => {
    expect(same("12", prediction)).toBe(true);
    expect(same("13", prediction)).toBe(false);
  });

  it.each([
    ["12", "\\text{There are }12\\text{ ways}"],
    ["3", "k=3时"],
    ["\\frac{1}{2}", "二分之一"],
    ["[2,5]", "2≤x≤5"],
    ["12", "12m"],
  ])("%s is not read out of %s", (gold, prediction) => {
    expect(same(gold, prediction)).toBe(false);
  });

  it.each([
    ["[2,5]", "x∈【2，5】"],
    ["(0,+\\infty)", "（0，+∞）"],
    ["\\{1,2\\}", "x=1或x=2"],
    ["\\{1,2\\}", "1；2"],
    ["60^{\\circ}", "60度"],
    ["60^{\\circ}", "60 degrees"],
    ["\\frac{\\sqrt{3}}{2}", "√3/2"],
    ["\\frac{1}{2}", "50％"],
  ])("%s is %s", (gold, prediction) => {
    expect(same(gold, prediction)).toBe(true);
  });
});
