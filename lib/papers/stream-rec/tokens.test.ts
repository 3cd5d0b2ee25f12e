import { describe, expect, test } from "vitest";
import { itemCodes } from "../../recsys/generative/itemCodes";
import { uniqueTokenMap } from "../../recsys/generative/tokenizers/residualKMeans";
import { isOfLevel, levelOf, parseAnswer, streamTokens } from "./tokens";

// Four items of two codes below 3; items 2 and 4 collide, so that an item has three tokens.
const map = uniqueTokenMap(itemCodes(Int32Array.of(0, 1, 2, 2, 1, 0, 2, 2), 2, 3));
const tokens = streamTokens(map, 4);

describe("the tokens", () => {
  test("are padding, the codes of each level, user, end, two starts and the pauses", () => {
    const { digits, user, end, startDirect, startThink, pauses, size, codeTokens } = tokens;
    expect([digits, codeTokens, user, end]).toEqual([3, { first: 1, count: 9 }, 10, 11]);
    expect([startDirect, startThink, pauses, size]).toEqual([12, 13, [14, 15, 16, 17], 18]);
    expect(streamTokens(map).size).toBe(14);
    expect(() => streamTokens(map, -1)).toThrow("pauses must be a whole number >= 0; got -1");
  });

  test("have a level: code c of level j is 1 + (j - 1) K + c", () => {
    const levels = Array.from({ length: tokens.size }, (_, token) => levelOf(tokens, token));
    expect(levels).toEqual([-1, 0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1, -1, -1, -1, -1, -1]);
    expect([isOfLevel(tokens, 4, 1), isOfLevel(tokens, 4, 0), isOfLevel(tokens, 0, 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("an answer", () => {
  test("of every item names it", () => {
    for (let item = 1; item <= 4; item++)
      expect(parseAnswer(tokens, map.tokens.subarray(item * 3, item * 3 + 3))).toEqual({ item });
  });

  test("fails in one of three ways, by its first wrong token", () => {
    expect(parseAnswer(tokens, [1, 5, 8])).toEqual({ error: "no-item" }); // no second item has these codes
    expect(parseAnswer(tokens, [1, 4, 7])).toEqual({ error: "no-item" });
    expect(parseAnswer(tokens, [4, 5, 7])).toEqual({ error: "wrong-level" });
    expect(parseAnswer(tokens, [1, 5, 5])).toEqual({ error: "wrong-level" });
    for (const special of [0, 10, 11, 12, 13, 17])
      expect(parseAnswer(tokens, [1, special, 7])).toEqual({ error: "special-token" });
    expect(parseAnswer(tokens, [4, 0, 7])).toEqual({ error: "wrong-level" });
    expect(() => parseAnswer(tokens, [1, 5])).toThrow("an item has 3 tokens; got 2");
  });
});
