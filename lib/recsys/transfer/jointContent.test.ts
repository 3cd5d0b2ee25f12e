import { expect, test } from "vitest";
import { jointTextContent, thinnedTexts } from "./jointContent";

const FIRST = ["red shoe", "blue shoe", "red hat", "green sock wool"];
const SECOND = ["wool hat", "red shoe", "blue sock"];

test("the same words give the same vector in every group", () => {
  const [first, second] = jointTextContent([FIRST, SECOND], 3, { seed: 1 });
  expect([first.rows, second.rows, first.columns]).toEqual([4, 3, 3]);
  const row = (of: typeof first, at: number) => [...of.values.subarray(at * 3, at * 3 + 3)];
  row(second, 1).forEach((value, k) => {
    expect(value).toBeCloseTo(row(first, 0)[k], 5);
  });
  expect(row(second, 0)).not.toEqual(row(first, 2));
});

test("texts lose words here and there, in order, and never all", () => {
  const texts = Array.from({ length: 500 }, () => "a b c d e");
  const thinned = thinnedTexts(texts, 0.2, 3);
  expect(thinned).toEqual(thinnedTexts(texts, 0.2, 3));
  const left = thinned.map((text) => text.split(" "));
  for (const words of left) expect(words).toEqual([...words].sort());
  const share = left.reduce((sum, words) => sum + words.length, 0) / 2500;
  expect(share).toBeGreaterThan(0.77);
  expect(share).toBeLessThan(0.83);
  expect(thinnedTexts(["a b", ""], 1, 1)).toEqual(["a", ""]);
  expect(thinnedTexts(["a b"], 0, 1)).toEqual(["a b"]);
});
