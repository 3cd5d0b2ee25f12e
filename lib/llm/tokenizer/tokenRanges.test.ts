import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { randomText, smallTokenizer } from "./tokenizerTesting";
import { tokenRange } from "./tokenRanges";

const tokenizer = smallTokenizer({ preTokenizer: "smollm" });

describe("the tokens of a part of a text", () => {
  test("are those that intersect it", () => {
    // "x", " the", " no", "."
    const encoding = tokenizer.encodeWithOffsets("x the no.");
    const range = (start: number, end: number) => tokenRange(encoding, { start, end });
    expect([...encoding.starts]).toEqual([0, 1, 5, 6, 8]); // of " no" the space is no merge
    expect(range(2, 5)).toEqual({ start: 1, end: 2 });
    expect(range(1, 5)).toEqual({ start: 1, end: 2 });
    expect(range(4, 7)).toEqual({ start: 1, end: 4 });
    expect(range(0, 9)).toEqual({ start: 0, end: 5 });
    expect(range(3, 3)).toEqual({ start: 1, end: 1 });
    expect(range(9, 12)).toEqual({ start: 5, end: 5 });
  });

  test("contain it, and lose it without their first or last", () => {
    const random = createRandom(9);
    for (let i = 0; i < 500; i++) {
      const [before, field, after] = [randomText(random), `${randomText(random)}z`, randomText(random)];
      const text = before + field + after;
      const encoding = tokenizer.encodeWithOffsets(text);
      const span = { start: before.length, end: before.length + field.length };
      const { start, end } = tokenRange(encoding, span);
      expect(text.slice(encoding.starts[start], encoding.ends[end - 1])).toContain(field);
      if (start > 0) expect(encoding.ends[start - 1]).toBeLessThanOrEqual(span.start);
      if (end < encoding.ids.length) expect(encoding.starts[end]).toBeGreaterThanOrEqual(span.end);
    }
  });

  test("must be a part", () => {
    const encoding = tokenizer.encodeWithOffsets("x");
    expect(() => tokenRange(encoding, { start: 1, end: 0 })).toThrow("[1, 0) is no part of a text.");
    expect(() => tokenRange(encoding, { start: -1, end: 0 })).toThrow(RangeError);
  });
});
