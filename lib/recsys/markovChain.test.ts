import { expect, test } from "vitest";
import { rankCases } from "./caseRanks";
import { markovChainScores } from "./markovChain";
import { buildSequences } from "./sequences";

function dataset(histories: readonly (readonly number[])[], items: number) {
  const ids = histories.flat();
  return buildSequences(
    {
      users: Int32Array.from(histories.flatMap((history, user) => history.map(() => user))),
      items: Int32Array.from(ids, (id) => id - 1),
      ratings: new Float64Array(ids.length).fill(Number.NaN),
      timestamps: undefined,
      userNames: histories.map((_, user) => `u${user}`),
      itemNames: Array.from({ length: items }, (_, item) => `i${item + 1}`),
    },
    Int32Array.from(ids, (_, row) => row),
    { wholeVocabulary: true },
  );
}

test("the Markov chain counts followers of the training part; popularity decides the rest", () => {
  // Training parts: 1 2 1 2 and 1 3 3; the last two events of each are held out.
  const data = dataset(
    [
      [1, 2, 1, 2, 1, 4],
      [1, 3, 3, 2, 4],
    ],
    4,
  );
  const scores = markovChainScores(data);
  // Of test event 5 the last item is 1: followed by 2 twice, by 3 once. Popularity: 3, 2, 2 and 0 of items 1 to 4.
  expect(Array.from(scores(5))).toEqual([3 / 4, 2 + 2 / 4, 1 + 2 / 4, 0]);
  expect([...rankCases(data, Int32Array.of(5), scores)]).toEqual([4]);
  const changed = { ...data, itemIds: data.itemIds.slice() };
  changed.itemIds[5] = 2;
  expect(markovChainScores(changed)(5)).toEqual(scores(5));
});
