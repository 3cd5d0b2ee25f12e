import { describe, expect, it } from "vitest";
import { extractAnswer } from "./extract";

const want = (text: string) => extractAnswer(text, { mode: "want" }).answer;
const ref = (text: string) => extractAnswer(text, { mode: "ref" }).answer;

describe("extractAnswer", () => {
  it.each([
    [String.raw`\boxed{4} ... \boxed{5}`, "5", "5"],
    [String.raw`\boxed{5} ... \boxed{}`, "", "5"],
    [String.raw`\boxed{\boxed{7}}`, String.raw`\boxed{7}`, "7"],
    [String.raw`\text{so \boxed{7}}`, "7", "7"],
    [String.raw`{ unbalanced ... \boxed{5}`, "5", "5"],
    [String.raw`\boxed{x \in \{1,2\}}`, String.raw`x \in \{1,2\}`, String.raw`x \in \{1,2\}`],
    [String.raw`\boxed 5`, "", "5"],
    [String.raw`\boxed {5}`, "", "5"],
    [String.raw`\fbox{5}`, "", "5"],
    [String.raw`\boxed{5`, "", ""],
    [String.raw`\boxed{3}, \boxed{4}`, "4", "4"],
    ["no box", "", ""],
    [String.raw`\boxed{{{{{{1}}}}}}`, "{{{{{1}}}}}", "{{{{{1}}}}}"],
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

  it("joins boxes with only separators between them on request", () => {
    const adjacent = (text: string) => extractAnswer(text, { mode: "want", adjacent: true }).answer;
    expect(adjacent(String.raw`\boxed{9} so $\boxed{3}$, and $\boxed{4}$`)).toBe("3, 4");
    expect(adjacent("no box")).toBe("");
  });

  it("looks behind the thinking block where a box is there", () => {
    expect(want(String.raw`<think>\boxed{1}</think> so \boxed{2}`)).toBe("2");
    expect(want(String.raw`<think>\boxed{1}</think> done`)).toBe("1");
  });

  it("is linear: a megabyte of any braces, and of an ordinary response", () => {
    for (const piece of [
      "{",
      "\\boxed{",
      "\\boxed{1}",
      "x{}",
      "\\boxed{{{{",
      "so $x_{1} = \\frac{a}{b}$, hence ",
    ]) {
      const text = piece.repeat(1_000_000 / piece.length);
      for (const mode of ["want", "ref"] as const) {
        const start = process.cpuUsage();
        const { answer } = extractAnswer(`${text}\\boxed{5}`, { mode });
        expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1);
        expect(answer).toBe("5");
      }
    }
  });
});
