import { describe, expect, it } from "vitest";
import { extractAnswer } from "./extract";

const want = (text: string) => extractAnswer(text, { mode: "want" }).answer;
const ref = (text: string) => extractAnswer(text, { mode: "ref" }).answer;

/** Braces to depth six, in commands. */
const NESTED = String.raw`\sqrt{\frac{1}{1+\frac{2}{\sqrt[3]{\binom{n_{\{1\}}}{2}}}}}`;

describe("extractAnswer", () => {
  it.each([
    [String.raw`\boxed{4} ... \boxed{5}`, "5", "5"],
    [String.raw`\boxed{5} ... \boxed{}`, "", "5"],
    [String.raw`\boxed{\boxed{7}}`, String.raw`\boxed{7}`, "7"],
    [String.raw`\text{so \boxed{7}}`, "7", "7"],
    [String.raw`\boxed{\text{so \boxed{7}}}`, String.raw`\text{so \boxed{7}}`, "7"],
    [
      String.raw`\boxed{\boxed{3}+\boxed{4}}`,
      String.raw`\boxed{3}+\boxed{4}`,
      String.raw`\boxed{3}+\boxed{4}`,
    ],
    [String.raw`\boxed{a\boxed{}}`, String.raw`a\boxed{}`, String.raw`a\boxed{}`],
    [String.raw`{ unbalanced ... \boxed{5}`, "5", "5"],
    [String.raw`\boxed{x \in \{1,2\}}`, String.raw`x \in \{1,2\}`, String.raw`x \in \{1,2\}`],
    [String.raw`\boxed 5`, "", "5"],
    [String.raw`\boxed \frac12`, "", String.raw`\frac12`],
    [String.raw`\boxed\frac{1}{\sqrt{2}}.`, "", String.raw`\frac{1}{\sqrt{2}}`],
    [String.raw`\boxed\sqrt[3]{2} cm`, "", String.raw`\sqrt[3]{2}`],
    [String.raw`\boxed-\pi/2`, "", String.raw`-\pi`],
    [String.raw`\boxed\text{5} and`, "", String.raw`\text{5}`],
    [String.raw`\boxed{4} \boxed\left(3\right)`, "4", "4"],
    [String.raw`$\boxed$ and \boxed{4}`, "4", "4"],
    [String.raw`\boxed {5}`, "", "5"],
    [String.raw`\fbox{5}`, "", "5"],
    [String.raw`\boxed{5`, "", ""],
    [String.raw`\boxed{3}, \boxed{4}`, "4", "4"],
    ["no box", "", ""],
    [String.raw`\boxed{{{{{{1}}}}}}`, "{{{{{1}}}}}", "{{{{{1}}}}}"],
    [`\\boxed{${NESTED}}`, NESTED, NESTED],
    [`{ open, then \\boxed{\\frac{1}{\\sqrt{2}}}`, "\\frac{1}{\\sqrt{2}}", "\\frac{1}{\\sqrt{2}}"],
    [`{ open, then \\boxed{${NESTED}}`, "", NESTED], // the published fallback sees two levels
    [`The answer:\r\n\\boxed{\r\n12\r\n}\r\n`, "12", "12"],
  ])("of %j", (text, reference, ours) => {
    expect(ref(text)).toBe(reference);
    expect(want(text)).toBe(ours);
  });

  it("says what it met", () => {
    const met = (text: string) => extractAnswer(text, { mode: "want" });
    expect(met(String.raw`\boxed{5} \boxed{}`)).toEqual({
      answer: "5",
      boxes: 1,
      emptyBoxes: 1,
      truncated: false,
    });
    expect(met(String.raw`\boxed{5`)).toEqual({ answer: "", boxes: 0, emptyBoxes: 0, truncated: true });
  });

  it("looks behind the thinking block where a box is there", () => {
    expect(want(String.raw`<think>\boxed{1}</think> so \boxed{2}`)).toBe("2");
    expect(want(String.raw`<think>\boxed{1}</think> done`)).toBe("1");
  });

  /** Seconds of this process, the least of some runs. */
  const fastest = (text: string, mode: "want" | "ref", runs = 4) =>
    Math.min(
      ...Array.from({ length: runs }, () => {
        const start = process.cpuUsage();
        extractAnswer(text, { mode });
        return process.cpuUsage(start).user / 1e6;
      }),
    );

  const pieces = {
    "an ordinary response": "so $x_{1} = \\frac{a}{b}$, hence ",
    "open braces": "{",
    "open boxes": "\\boxed{",
    boxes: "\\boxed{1}",
    groups: "x{}",
    "boxes with open braces": "\\boxed{{{{",
    "boxes before commands": "\\boxed\\frac{",
    backslashes: "\\",
  };

  it.each(Object.entries(pieces))("takes a megabyte of %s in little time", (name, piece) => {
    const response = (length: number) => `${piece.repeat(length / piece.length)} \\boxed{5}`;
    for (const mode of ["want", "ref"] as const) {
      expect(extractAnswer(response(1_000_000), { mode }).answer).toBe("5");
      const [quarter, whole] = [250_000, 1_000_000].map((length) => fastest(response(length), mode));
      // Four times the text, four times the work; a timer's grain is allowed for.
      expect(whole).toBeLessThan(4 * 4 * quarter + 0.02);
      if (name === "an ordinary response") expect(fastest(response(1_000_000), mode, 10)).toBeLessThan(0.05);
    }
  });

  it("takes boxes in boxes in little time", () => {
    const depth = 100_000;
    const text = `${"\\boxed{".repeat(depth)}5${"}".repeat(depth)}`;
    expect(want(text)).toBe("5");
    expect(fastest(text, "want")).toBeLessThan(0.25);
  });
});
