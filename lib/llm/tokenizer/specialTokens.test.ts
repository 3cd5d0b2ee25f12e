import { describe, expect, test } from "vitest";
import { specialMatcher } from "./specialTokens";

const TEXTS = ["<|im|>", "<|im|>s", "[a.b]", "<|end|>"];
const matcher = specialMatcher(TEXTS.map((text, id) => ({ text, id, control: true })));
const found = (text: string, verbatim?: { start: number; end: number }[]) =>
  matcher.find(text, verbatim).map(({ id, start }) => [id, start]);

describe("special tokens", () => {
  test("are found from left to right, the longest first", () => {
    expect(found("<|im|>s<|im|>x<|end|>")).toEqual([
      [1, 0],
      [0, 7],
      [3, 14],
    ]);
    expect(found("<<|im|>|im|>")).toEqual([[0, 1]]);
  });

  test("are texts, not patterns", () => {
    expect(found("[a.b] [axb]")).toEqual([[2, 0]]);
  });

  test("do not reach into a verbatim part", () => {
    const text = "<|im|><|im|>s<|im|>";
    expect(found(text, [{ start: 6, end: 12 }])).toEqual([
      [0, 0],
      [0, 13],
    ]);
    expect(found(text, [{ start: 12, end: 13 }])).toEqual([
      [0, 0],
      [0, 6],
      [0, 13],
    ]);
    expect(found(text, [{ start: 5, end: 14 }])).toEqual([]);
    expect(found(text, [{ start: 3, end: 3 }])).toEqual([
      [1, 6],
      [0, 13],
    ]);
  });

  test("need verbatim parts in order", () => {
    const spans = [
      { start: 3, end: 5 },
      { start: 4, end: 6 },
    ];
    expect(() => found("0123456789", spans)).toThrow(
      "The verbatim span [4, 6) is not behind the one before it and within the text of 10 code units",
    );
    expect(() => found("0123", [{ start: 3, end: 5 }])).toThrow(RangeError);
  });

  test("may be none", () => {
    expect(specialMatcher([]).find("<|im|>")).toEqual([]);
  });
});
