import { describe, expect, it } from "vitest";
import { buildSequences } from "./sequences";
import { splitTargets } from "./split";
import { uniteDatasets } from "./union";

function dataset(name: string, ofUsers: readonly number[][], times?: readonly number[]) {
  const users = Int32Array.from(ofUsers.flatMap((own, user) => own.map(() => user)));
  const items = Int32Array.from(ofUsers.flat());
  const log = {
    users,
    items,
    ratings: new Float64Array(items.length),
    timestamps: times && Float64Array.from(times),
    userNames: ofUsers.map((_, user) => `${name}-u${user}`),
    itemNames: Array.from({ length: Math.max(...items) + 1 }, (_, item) => `${name}-i${item}`),
  };
  const rows = users.map((_, row) => row);
  return buildSequences(log, rows, { wholeVocabulary: true });
}

describe("a union of data sets", () => {
  const [a, b] = [
    dataset("a", [
      [0, 1, 2],
      [2, 0, 1, 0],
    ]),
    dataset("b", [[1, 0, 1, 0]]),
  ];
  const { data, firstItems, firstUsers } = uniteDatasets([a, b]);

  it("numbers users and items of the second after those of the first", () => {
    expect([data.users, data.items]).toEqual([3, 5]);
    expect([firstItems, firstUsers]).toEqual([
      [0, 3],
      [0, 2],
    ]);
    expect([...data.offsets]).toEqual([0, 3, 7, 11]);
    expect([...data.itemIds]).toEqual([1, 2, 3, 3, 1, 2, 1, 5, 4, 5, 4]);
    expect([...data.eventUsers]).toEqual([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    expect(data.itemNames).toEqual(["", "a-i0", "a-i1", "a-i2", "b-i0", "b-i1"]);
    expect(data.userNames).toEqual(["a-u0", "a-u1", "b-u0"]);
    expect(data.times).toBeUndefined();
  });

  it("has the cases of each, in their order", () => {
    const of = (split: "train" | "test") =>
      [...splitTargets(data, split)].map((event) => data.itemNames[data.itemIds[event]]);
    const apart = (split: "train" | "test") =>
      [a, b].flatMap((each) =>
        [...splitTargets(each, split)].map((event) => each.itemNames[each.itemIds[event]]),
      );
    expect(of("train")).toEqual(apart("train"));
    expect(of("test")).toEqual(["a-i2", "a-i0", "b-i0"]);
  });

  it("keeps times where all have them", () => {
    const timed = dataset("t", [[0, 1]], [5, 9]);
    expect([...(uniteDatasets([timed, timed]).data.times ?? [])]).toEqual([5, 9, 5, 9]);
    expect(uniteDatasets([a, timed]).data.times).toBeUndefined();
  });

  it("of one data set is that one", () => {
    expect(uniteDatasets([a]).data).toEqual(a);
  });
});
