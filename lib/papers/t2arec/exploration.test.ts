import { expect, it } from "vitest";
import type { SequentialDataset } from "../../recsys";
import { describeDataset, popularityDrift, userGaps } from "./exploration";

/** Two users; items and days in order. */
function dataset(events: readonly (readonly [user: number, item: number, day: number])[]): SequentialDataset {
  const users = 1 + Math.max(...events.map(([user]) => user));
  const offsets = new Int32Array(users + 1);
  for (const [user] of events) offsets[user + 1]++;
  for (let user = 0; user < users; user++) offsets[user + 1] += offsets[user];
  const items = Math.max(...events.map(([, item]) => item));
  return {
    users,
    items,
    offsets,
    itemIds: Int32Array.from(events, ([, item]) => item),
    times: Float64Array.from(events, ([, , day]) => day * 86_400),
    eventUsers: Int32Array.from(events, ([user]) => user),
    rows: Int32Array.from(events, (_, row) => row),
    userNames: Array.from({ length: users }, (_, user) => `u${user}`),
    itemNames: ["", ...Array.from({ length: items }, (_, item) => `i${item}`)],
  };
}

const data = dataset([
  [0, 1, 0],
  [0, 2, 1],
  [0, 3, 1],
  [1, 1, 2],
  [1, 2, 5],
]);

it("describes the size", () => {
  expect(describeDataset(data)).toMatchObject({
    users: 2,
    items: 3,
    interactions: 5,
    "interactions a user": 2.5,
  });
  expect(describeDataset(data)["share of the matrix"]).toBeCloseTo(5 / 6);
  expect(describeDataset(data)["days from first to last"]).toBe(5);
});

it("takes gaps within a user only, and counts ties apart", () => {
  expect(userGaps(data)).toEqual({ rows: [{ days: 1 }, { days: 3 }], ties: 1 });
});

it("measures drift against the first slice", () => {
  const early = [1, 1, 1, 2, 2, 3].map((item, day) => [0, item, day] as const);
  const same = [1, 1, 1, 2, 2, 3].map((item, day) => [1, item, 10 + day] as const);
  const reversed = [3, 3, 3, 2, 2, 1].map((item, day) => [2, item, 20 + day] as const);
  const drift = popularityDrift(dataset([...early, ...same, ...reversed]), 3);
  expect(drift.map(({ slice }) => slice)).toEqual([1, 2, 3]);
  expect(drift.map(({ day }) => day)).toEqual([3, 13, 23]);
  expect(drift[0].correlation).toBeCloseTo(1);
  expect(drift[1].correlation).toBeCloseTo(1);
  expect(drift[2].correlation).toBeCloseTo(-1);
});
