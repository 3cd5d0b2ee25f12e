import { expect, test } from "vitest";
import { itemCodes } from "../../recsys/generative/itemCodes";
import { reasoningTree } from "../../recsys/generative/reasoningTree";
import { uniqueTokenMap } from "../../recsys/generative/tokenizers/residualKMeans";
import { splitTargets } from "../../recsys/split";
import { historyLength, historyTokens, targetTokens } from "./historyBatches";
import { streamTokens } from "./tokens";

// Six items of two codes below 3: item i has the tokens of [(i - 1) / 2, (i - 1) % 2].
const codes = itemCodes(Int32Array.of(0, 0, 0, 1, 1, 0, 1, 1, 2, 0, 2, 1), 2, 3);
const tokens = streamTokens(uniqueTokenMap(codes));
const { end, user } = tokens;
/** Two users: 1 2 3 4 and 5 6 1. */
const data = {
  users: 2,
  items: 6,
  offsets: Int32Array.of(0, 4, 7),
  itemIds: Int32Array.of(1, 2, 3, 4, 5, 6, 1),
  eventUsers: Int32Array.of(0, 0, 0, 0, 1, 1, 1),
  times: undefined,
  rows: Int32Array.from({ length: 7 }, (_, row) => row),
  userNames: ["a", "b"],
  itemNames: ["", "1", "2", "3", "4", "5", "6"],
};

test("histories are the last L items' tokens, oldest first, then the end, then padding", () => {
  const cases = Int32Array.of(3, 1, 6);
  expect([...historyTokens(data, cases, tokens, { windowLength: 2 })]).toEqual([
    ...[1, 5, 2, 4, end], // items 2 and 3
    ...[1, 4, end, 0, 0], // item 1
    ...[3, 4, 3, 5, end], // items 5 and 6, not the other user's
  ]);
  expect([...targetTokens(data, cases, tokens)]).toEqual([2, 5, 1, 5, 1, 4]);
});

test("a user token goes in front where it is asked for", () => {
  const options = { windowLength: 1, user: true };
  expect([...historyTokens(data, Int32Array.of(2), tokens, options)]).toEqual([user, 1, 5, end]);
  expect(historyLength(tokens, options)).toBe(4);
  expect(historyLength({ digits: 3 }, { windowLength: 10 })).toBe(31);
});

test("inputs of test cases do not depend on their targets", () => {
  const world = reasoningTree({ users: 50 });
  const ofTree = streamTokens(uniqueTokenMap(world.codes));
  const cases = splitTargets(world.data, "test");
  const inputs = historyTokens(world.data, cases, ofTree, { windowLength: 10 });
  const permuted = { ...world.data, itemIds: world.data.itemIds.slice() };
  cases.forEach((event, k) => {
    permuted.itemIds[event] = world.data.itemIds[cases[(k + 1) % cases.length]];
  });
  expect(historyTokens(permuted, cases, ofTree, { windowLength: 10 })).toEqual(inputs);
  expect(targetTokens(permuted, cases, ofTree)).not.toEqual(targetTokens(world.data, cases, ofTree));
});

test("a case needs a history, and a window a length", () => {
  expect(() => historyTokens(data, Int32Array.of(4), tokens, { windowLength: 2 })).toThrow(
    "event 4 is its user's first",
  );
  expect(() => historyTokens(data, Int32Array.of(3), tokens, { windowLength: 0 })).toThrow(
    "windowLength must be a whole number >= 1; got 0",
  );
});
