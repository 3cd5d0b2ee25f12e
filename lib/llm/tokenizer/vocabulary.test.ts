import { describe, expect, test } from "vitest";
import { TokenizerError } from "./error";
import { buildVocabulary } from "./vocabulary";

const special = [{ text: "< é >", id: 3, control: true }];

describe("a vocabulary", () => {
  test("has the bytes of every token in a row", () => {
    const { bytes, offsets, size, byteIds, ranks, ids } = buildVocabulary({
      tokens: ["Ġ", "a", "Ġa", "< é >", undefined, "Ã"],
      merges: ["Ġ a"],
      special,
    });
    const of = (id: number) => [...bytes.subarray(offsets[id], offsets[id + 1])];
    expect(size).toBe(6);
    expect([0, 1, 2, 4, 5].map(of)).toEqual([[0x20], [0x61], [0x20, 0x61], [], [0xc3]]);
    expect(new TextDecoder().decode(Uint8Array.from(of(3)))).toBe("< é >");
    expect([byteIds[0x20], byteIds[0x61], byteIds[0xc3], byteIds[0x62]]).toEqual([0, 1, 5, -1]);
    expect(ranks.rank(0, 1)).toBe(0);
    expect(ids.has("< é >")).toBe(false);
  });

  test("takes merges as pairs", () => {
    const { ranks } = buildVocabulary({ tokens: ["a", "b", "ab"], merges: [["a", "b"]], special: [] });
    expect([ranks.rank(0, 1), ranks.merged[0]]).toEqual([0, 2]);
  });

  test.each([
    [["a", "x y"], [], /Token 1, "x y", has a character that stands for no byte\..*special one/],
    [["a", "b"], ["a b"], /Merge 0, "a b", does not make a token of the vocabulary out of two\./],
    [["a", "b", "ab"], ["a b", "c"], /Merge 1, "c",/],
    [["a", "b", "ab"], ["a b a"], /Merge 0, "a b a",/],
  ])("%j with merges %j is refused", (tokens, merges, message) => {
    expect(() => buildVocabulary({ tokens, merges, special: [] })).toThrow(message);
    expect(() => buildVocabulary({ tokens, merges, special: [] })).toThrow(TokenizerError);
  });

  test("refuses a special token without a text", () => {
    const empty = [{ text: "", id: 0, control: true }];
    expect(() => buildVocabulary({ tokens: [""], merges: [], special: empty })).toThrow("Token 0 is special");
  });
});
