import { afterEach, beforeEach, expect, test } from "vitest";
import { createRandom } from "../../../data/random";
import { tf } from "../../../tensor";
import { contentUnion } from "./contentUnion";
import { TOPIC_SIZES, topicItems } from "./encoder/encoderTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** A domain of which users have the given item ids, oldest first. */
function domain(items: number, users: number[][], seed: number) {
  const itemIds = Int32Array.from(users.flat());
  const offsets = Int32Array.from({ length: users.length + 1 }, (_, k) => users.slice(0, k).flat().length);
  const data = {
    users: users.length,
    items,
    offsets,
    itemIds,
    times: undefined,
    eventUsers: Int32Array.from(users.flatMap((events, user) => events.map(() => user))),
    rows: Int32Array.from(itemIds.keys()),
    userNames: users.map((_, user) => `${user}`),
    itemNames: Array.from({ length: items + 1 }, (_, id) => `${id}`),
  };
  return { data, ...topicItems(items, seed) };
}

// Training parts: 1 2, 2 3 in the first domain (4 and 5 come last only), 2 1 and 4 in the second.
const domains = () => [
  domain(
    5,
    [
      [1, 2, 4, 5],
      [2, 3, 5, 1],
    ],
    1,
  ),
  domain(
    4,
    [
      [2, 1, 3, 3],
      [4, 1, 2],
    ],
    2,
  ),
];

test("rows of the domains one behind the other, those of the training parts to train on", () => {
  const before = tf.memory().numTensors;
  const union = contentUnion(domains(), TOPIC_SIZES);
  expect(union.offsets).toEqual([0, 5]);
  expect([...union.trainRows]).toEqual([0, 1, 2, 5, 6, 8]);
  const [first, second] = domains();
  expect([...union.content.text.dataSync()]).toEqual([...first.text, ...second.text]);
  expect([...union.content.hasImage.dataSync()]).toEqual([...first.hasImage, ...second.hasImage]);
  union.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("partners are training neighbours of the same domain, on both sides; an item without any is its own", () => {
  const union = contentUnion(domains(), TOPIC_SIZES);
  const random = createRandom(3);
  const drawn = (row: number) =>
    [...new Set(Array.from({ length: 60 }, () => union.drawPartners(Int32Array.of(row), random)[0]))].sort();
  expect([0, 1, 2, 3, 5, 6, 8].map(drawn)).toEqual([[1], [0, 2], [1], [3], [6], [5], [8]]);
});

test("refuses content of another number of items", () => {
  const [first] = domains();
  expect(() => contentUnion([{ ...first, ...topicItems(4, 1) }], TOPIC_SIZES)).toThrow(
    "a domain of 5 items has the content of 4",
  );
});
