import { expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { itemCodes } from "../../recsys/generative/itemCodes";
import { identifierVocabulary, tokenMap } from "../../recsys/generative/tokenMap";
import { negativeDraw } from "./negatives";
import { thinkingWorld } from "./thinkingTesting";
import { streamTokens } from "./tokens";

const { tokens } = thinkingWorld();

test("half are what the direct model likes, without the target, the rest any others", () => {
  const drawn = negativeDraw(tokens, 7)(5, [9, 5, 2, 11, 3], createRandom(1));
  expect([...drawn.subarray(0, 3)]).toEqual([9, 2, 11]);
  expect(drawn).toHaveLength(7);
  expect(new Set([5, ...drawn]).size).toBe(8);
  const counts = new Int32Array(25);
  const random = createRandom(2);
  const draw = negativeDraw(tokens, 1); // no half to be liked
  for (let k = 0; k < 2300; k++) counts[draw(5, [9], random)[0]]++;
  expect([counts[0], counts[5]]).toEqual([0, 0]);
  for (let item = 1; item <= 24; item++)
    if (item !== 5) expect(Math.abs(counts[item] - 100)).toBeLessThan(45);
});

test("where the direct model offers fewer, more are drawn, to the last identifier", () => {
  const drawn = negativeDraw(tokens, 23)(5, [9, 0, 0], createRandom(1));
  expect([...drawn].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 24 }, (_, k) => k + 1).filter((item) => item !== 5),
  );
});

test("items of one identifier count once, and none has the target's", () => {
  const codes = itemCodes(Int32Array.of(0, 0, 0, 1, 0, 0, 1, 0, 0, 1), 2, 2); // items 1 and 3, 2 and 5
  const shared = streamTokens(tokenMap(codes, identifierVocabulary(codes, "shared")));
  expect([...negativeDraw(shared, 2)(3, [1, 5], createRandom(1))].sort()).toEqual([2, 4]);
  expect(() => negativeDraw(shared, 3)).toThrow(
    "3 negatives are too many: beside a target there are 2 identifiers.",
  );
});
