import { expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { NO_MERGE, pairRanks } from "./pairRanks";

test("every pair has its rank, and no other pair has one", () => {
  const random = createRandom(3);
  const known = new Map<string, number>();
  const columns: [number[], number[]] = [[], []];
  while (known.size < 5000) {
    const [left, right] = [random.integer(300), random.integer(300)];
    if (known.has(`${left} ${right}`)) continue;
    known.set(`${left} ${right}`, known.size);
    columns[0].push(left);
    columns[1].push(right);
  }
  const merged = Int32Array.from(columns[0], (_, rank) => rank + 300);
  const ranks = pairRanks(Int32Array.from(columns[0]), Int32Array.from(columns[1]), merged);
  const wrong: string[] = [];
  for (let left = 0; left < 300; left++) {
    for (let right = 0; right < 300; right++) {
      const pair = `${left} ${right}`;
      if (ranks.rank(left, right) !== (known.get(pair) ?? NO_MERGE)) wrong.push(pair);
    }
  }
  expect(wrong).toEqual([]);
  expect(ranks.merged[17]).toBe(317);
});

test("of a pair that is there twice the lower rank counts", () => {
  const ranks = pairRanks(Int32Array.of(1, 2, 1), Int32Array.of(2, 1, 2), Int32Array.of(7, 8, 9));
  expect([ranks.rank(1, 2), ranks.rank(2, 1), ranks.rank(1, 1)]).toEqual([0, 1, NO_MERGE]);
});

test("there may be no merges", () => {
  const none = new Int32Array();
  expect(pairRanks(none, none, none).rank(0, 0)).toBe(NO_MERGE);
});
