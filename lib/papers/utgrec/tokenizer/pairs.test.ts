import { describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { buildSequences } from "../../../recsys/sequences";
import { trainingItems } from "../../../recsys/split";
import { multiDomainWorld } from "../world/world";
import { coOccurrences, partners } from "./pairs";

/** Sequences of item ids; items 1..`items`. */
function sequences(items: number, ofUsers: readonly number[][]) {
  const users = Int32Array.from(ofUsers.flatMap((own, user) => own.map(() => user)));
  const log = {
    users,
    items: Int32Array.from(ofUsers.flat(), (id) => id - 1),
    ratings: new Float64Array(users.length),
    timestamps: undefined,
    userNames: ofUsers.map((_, user) => `u${user}`),
    itemNames: Array.from({ length: items }, (_, item) => `i${item + 1}`),
  };
  return buildSequences(
    log,
    users.map((_, row) => row),
    { wholeVocabulary: true },
  );
}

describe("co-occurrences", () => {
  // Training parts: 1 2 3, 2 1 2, 5. Items 6 to 9 come in validation and test only, and 4 nowhere.
  const data = sequences(9, [
    [1, 2, 3, 6, 7],
    [2, 1, 2, 3, 8],
    [5, 9, 6],
  ]);
  const neighbours = coOccurrences(data);

  it("are the direct neighbours in training parts, each once", () => {
    expect(neighbours.map((own) => [...own])).toEqual([[], [2], [1, 3], [2], [], [], [], [], [], []]);
  });

  it("tell which items a tokenizer may learn from", () => {
    expect([...trainingItems(data)]).toEqual([1, 2, 3, 5]);
  });

  it("are symmetric in a large world, and hold no pair that only validation or test has", () => {
    const world = multiDomainWorld({ seed: 1, items: 800, users: 300 }).domains[0].data;
    const all = coOccurrences(world);
    const training = new Set(trainingItems(world));
    expect(training.size).toBeLessThan(world.items);
    const met = new Set<string>();
    for (let user = 0; user < world.users; user++) {
      const own = world.itemIds.slice(world.offsets[user], world.offsets[user + 1] - 2);
      own.slice(1).forEach((item, k) => {
        met.add(`${item} ${own[k]}`).add(`${own[k]} ${item}`);
      });
    }
    let pairs = 0;
    all.forEach((own, item) => {
      pairs += own.length;
      for (const other of own) {
        if (!met.has(`${item} ${other}`)) throw new Error(`${item} never met ${other} in training.`);
        if (!training.has(other)) throw new Error(`${other} is in no training part.`);
        if (!all[other].includes(item)) throw new Error(`${other} has not ${item}, which has it.`);
      }
    });
    expect(pairs).toBe(met.size);
  });
});

describe("partners", () => {
  const data = sequences(4, [
    [1, 2, 1, 2, 1, 2, 1, 3, 3],
    [1, 3, 4, 4, 4],
  ]);
  const neighbours = coOccurrences(data); // of 1: 2, met six times, and 3, met once

  it("are drawn evenly among neighbours, however often they met", () => {
    const drawn = partners(neighbours, new Int32Array(4000).fill(1), createRandom(1));
    const share = drawn.filter((partner) => partner === 2).length / 4000;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.03);
    expect([...new Set(drawn)].sort()).toEqual([2, 3]);
  });

  it("of an item without neighbours are the item", () => {
    const none = coOccurrences(sequences(3, [[1, 2, 3]]));
    expect([...partners(none, Int32Array.of(1, 2, 3), createRandom(1))]).toEqual([1, 2, 3]);
  });

  it("repeat with the seed", () => {
    const items = Int32Array.from({ length: 50 }, (_, k) => 1 + (k % 3));
    expect(partners(neighbours, items, createRandom(9))).toEqual(
      partners(neighbours, items, createRandom(9)),
    );
  });
});
