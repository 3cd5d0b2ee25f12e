import { describe, expect, it } from "vitest";
import { checkAnswer } from "./check";
import { normalizeRef, plainReadings } from "./normalizeRef";
import { normalizeWant } from "./normalizeWant";

const raw = String.raw;
const is = (gold: string, prediction: string, mode: "want" | "ref") =>
  checkAnswer(gold, prediction, { mode }).equal;

describe("what dresses an answer, in `want`", () => {
  it.each([
    raw`12 \text{ (maximum)}`,
    raw`12\ (\text{maximum})`,
    "12 (maximum)",
    raw`12 \text{ (at most)}`,
    raw`12 \text{(个)}`,
    raw`12\;(\text{approximately } 12.0)`,
    raw`12 \text{ (approximately 12.0)}`,
    raw`12\text{.}`,
    raw`12\;\text{cm}^2\text{.}`,
    raw`\textbf{12.}`,
    raw`\text{The answer is } 12`,
    raw`\text{The answer is: }12\text{ cm.}`,
    raw`\text{The answer is 12}`,
    raw`\text{The maximum value is }12`,
    raw`\text{Answer: } 12`,
    raw`\textbf{Answer: }12`,
    raw`\text{答案是}12`,
    raw`\text{so }12`,
    raw`\text{or } 12`,
    raw`\text{Therefore, the answer is } \boxed{12}.`,
    raw`x = 12\text{.}`,
    raw`x \approx 12`,
    raw`\text{Number of ways} = 12`,
    raw`\text{Area} = 12 \text{ cm}^2`,
    "= 12",
    raw`\approx 12`,
  ])("%s is twelve", (prediction) => {
    expect(is("12", prediction, "want")).toBe(true);
    expect(is("13", prediction, "want")).toBe(false);
  });

  it.each([
    raw`5 \text{ (thousand)}`,
    raw`5 \text{ (mod 7)}`,
    raw`5 \text{ (mod } 7)`,
    raw`\text{not }5`,
    raw`\text{The answer is not }5`,
    raw`\text{The answer is more than }5`,
    raw`\text{There is }5`,
    raw`5\text{ or so}`,
    raw`5 \text{ or } 7`,
  ])("%s is not five", (prediction) => {
    expect(is("5", prediction, "want")).toBe(false);
  });

  it("keeps names of one letter", () => {
    expect(is(raw`\text{A}=3`, raw`\text{B}=3`, "want")).toBe(false);
    expect(is(raw`\text{A}=3`, "A=3", "want")).toBe(true);
  });

  it("leaves intervals, lists and values in front", () => {
    expect(normalizeWant(raw`[2,5] \text{ (closed)}`)).toBe("[2,5]");
    expect(normalizeWant(raw`1\text{, }2`)).toBe("1, 2");
    expect(normalizeWant(raw`50\sqrt{2} \text{ (approximately 70.7)}.`)).toBe(raw`50\sqrt{2}`);
    expect(normalizeWant(raw`\text{no solution}`)).toBe(raw`\text{no solution}`);
  });
});

describe("what Math-Verify makes of it, in `ref`", () => {
  it.each([
    // Text at the end goes, with all behind its beginning.
    [raw`12 \text{ (maximum)}`, "12"],
    [raw`12 \text{ as required}`, "12"],
    [raw`2\sqrt{3}\text{ and so } \frac{1}{2}`, raw`2\sqrt{3}`],
    [raw`10\text{ cm}^2`, "10"],
    [raw`3\pi\ \mathrm{cm}^3`, raw`3\pi`],
    [raw`\text{Area} = 2 \text{ cm}^2`, raw`\text{Area} = 2 \text{ cm}^2`],
    // A box is all there is; several are a list.
    [raw`so \boxed{12}.`, "12"],
    [raw`\boxed{3}, \boxed{\boxed{4}}`, "3,4"],
    // Behind the word "answer" a plain number, fraction or sum is read first.
    [raw`\text{The answer is } 120`, "120"],
    [raw`\text{The answer is } 2\sqrt{3}`, "2"],
    [raw`\text{The answer is } \frac{3}{4}`, raw`\frac{3}{4}`],
    [raw`answer: x = 1,234`, "1234"],
    // A symbol of digits has the name of the number; others are words.
    [raw`\mathbf{12}`, "{12}"],
    [raw`\text{0.84}`, raw`\text{0.84}`],
  ])("%s is read as %s", (source, expected) => {
    expect(normalizeRef(source)).toBe(expected);
  });

  it("looks for plain numbers and sums where the formula cannot be read", () => {
    expect(plainReadings(raw`S_{\min} = 120`)).toEqual(["120"]);
    expect(plainReadings("about 3 + 4, or 1,200")).toEqual(["1200", "3 + 4"]);
    expect(plainReadings(raw`\sqrt{x`)).toEqual([]);
  });

  it.each([
    ["120", raw`S_{\min} = 120`, true],
    [raw`2\sqrt{3}`, raw`S_{\min} = 2\sqrt{3}`, false],
    ["120", raw`S_{\text{min}} = 120`, true],
    [raw`2\sqrt{3}`, raw`S_{\text{min}} = 2\sqrt{3}`, false], // all behind \text goes
    ["3", raw`x \approx 3`, true],
    ["[2,5]", "x=[2,5]", true],
    ["[2,5]", "m+n=[2,5]", false],
    ["[2,5]", "[2,5] = [2,5]", false],
    ["[2,5]", raw`[2,5] \approx [2,5]`, false],
    ["[2,5]", "{[2,5]}", false],
    ["[2,5]", raw`\{[2,5]\}`, false],
    ["[2,5]", raw`\mathbf{[2,5]}`, false],
    ["[2,5]", raw`[2,5]\text{.}`, true],
    [raw`\{2,28,40\}`, "(28,2,40)", true],
    ["(2,28,40)", raw`\{28,2,40\}`, false],
    [raw`\pm 3`, raw`m+n=\pm 3`, false],
    ["15", raw`15^{\circ}\%`, true],
    ["12345", "12 345", false],
  ])("%s and %s: %s", (gold, prediction, expected) => {
    expect(is(gold, prediction, "ref")).toBe(expected);
  });
});

describe("a power or a factorial behind a fraction", () => {
  it.each(["want", "ref"] as const)("belongs to all of it in `%s`", (mode) => {
    expect(is(raw`\frac{4}{9}`, raw`\frac{2}{3}^2`, mode)).toBe(true);
    expect(is(raw`\frac{2}{9}`, raw`\frac{2}{3}^2`, mode)).toBe(false);
    expect(is("6", raw`\frac{6}{2}!`, mode)).toBe(true);
    expect(is("3", raw`\frac{6}{2}!`, mode)).toBe(false);
  });
});
