import { describe, expect, test } from "vitest";
import { identifier } from "../../recsys/generative/tokenMap";
import {
  formatReward,
  likelihoodReward,
  matchReward,
  rankReward,
  rewardWeights,
  similarityReward,
  totalReward,
} from "./rewards";
import { thinkingWorld } from "./thinkingTesting";

const { tokens } = thinkingWorld();
const target = [...identifier(tokens.map, 7)];
const { offsets } = tokens.map.vocabulary;
/** No item has group 4: there are three. */
const UNUSED = offsets[0] + 3;
const other = (token: number, level: number) => (token === offsets[level] ? token + 1 : offsets[level]);

describe("an answer", () => {
  test.each([
    ["perfect", target, 0, 1],
    ["wrong last token", [target[0], target[1], other(target[2], 2)], 0, 2 / 3],
    ["wrong first token, the rest right", [other(target[0], 0), target[1], target[2]], 0, 0],
    ["wrong in the middle, right at the end", [target[0], other(target[1], 1), target[2]], 0, 1 / 3],
    ["no item's codes", [UNUSED, target[1], target[2]], -1, 0],
    ["a token of the wrong level", [target[0], target[2], target[1]], -1, 1 / 3],
    ["a special token at the end", [target[0], target[1], tokens.end], -1, 2 / 3],
    ["the padding", [0, 0, 0], -1, 0],
  ])("%s", (_, answer, format, match) => {
    expect(formatReward(tokens, answer)).toBe(format);
    expect(matchReward(answer, target)).toBe(match);
  });
});

test("the similarity is a cosine", () => {
  expect(similarityReward([3, 4], [6, 8])).toBeCloseTo(1, 12);
  expect(similarityReward([3, 4], [-4, 3])).toBe(0);
  expect(similarityReward([3, 4], [-1, 0])).toBeCloseTo(-0.6, 12);
  expect(similarityReward([0, 0], [1, 0])).toBe(0);
});

test.each([
  [-3, -4.5, 0.5],
  [-4.5, -3, -0.5],
  [-2, -2, 0],
  [-1, -9, 1],
  [-90, -1, -1],
])("likelihood %d after %d: %d a token, cut", (thinking, direct, expected) => {
  expect(likelihoodReward(thinking, direct, 3)).toBeCloseTo(expected, 12);
});

test("the rank among negatives", () => {
  expect(rankReward(-1, [-2, -3, -4])).toBe(1);
  expect(rankReward(-2.5, [-2, -3, -4])).toBeCloseTo(1 / Math.log2(3), 12);
  expect(rankReward(-5, [-2, -3])).toBe(1 / 2);
  expect(rankReward(-2, [-2, -2])).toBe(1); // of equals the first
  expect(rankReward(-2, [])).toBe(1);
});

test("the total, and its weights", () => {
  const rewards = { format: -1, match: 1 / 3, similarity: 0.5, likelihood: -0.25, rank: 0.5 };
  expect(totalReward(rewards, rewardWeights())).toBeCloseTo(1 / 3 - 0.25, 12);
  expect(totalReward(rewards, rewardWeights({ format: 0, rank: 4 }))).toBeCloseTo(1 / 3 + 2.25, 12);
  expect(() => rewardWeights({ match: -1 })).toThrow(
    "The weight of the reward match must be a number >= 0; got -1.",
  );
  expect(() => rewardWeights({ format: 0, match: 0, similarity: 0, likelihood: 0, rank: 0 })).toThrow(
    "nothing to learn from",
  );
});
