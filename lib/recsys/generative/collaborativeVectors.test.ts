import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { sasRec } from "../models/sasrec";
import { cycleDomain, sequencesOf, TYPES } from "../transfer/transferTesting";
import { type CollaborativeOptions, collaborativeVectors, trainingRows } from "./collaborativeVectors";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const ITEMS = 18;
const { data } = cycleDomain({ seed: 1, items: ITEMS, users: 60, events: 9 });
const options: CollaborativeOptions = {
  ...{ dimensions: 8, windowLength: 6, epochs: 1, learningRate: 0.02, seed: 4 },
  signal: new AbortController().signal,
};
const vectors = async (changes: Partial<CollaborativeOptions> = {}) => {
  const found = await collaborativeVectors(data, { ...options, ...changes });
  const rows = found.arraySync();
  found.dispose();
  return rows;
};

describe("collaborative vectors", () => {
  test("are rows of the SASRec's item table, that of item id i at i - 1, without padding", async () => {
    const model = sasRec({ items: ITEMS, windowLength: 6, dimensions: 8, batches: "position" }, Rng.key(4));
    const table = model.parameters.items.table.arraySync() as number[][];
    expect(table).toHaveLength(ITEMS + 1);
    expect(await vectors({ epochs: 0 })).toEqual(table.slice(1));
    // Of a training that was stopped before its first step there is as much.
    expect(await vectors({ epochs: 3, signal: AbortSignal.abort() })).toEqual(table.slice(1));
  });

  test("repeat bit for bit by their seed, and leave nothing else behind", async () => {
    const before = tf.memory().numTensors;
    const first = await vectors();
    expect(tf.memory().numTensors).toBe(before);
    expect(await vectors()).toEqual(first);
    expect(await vectors({ seed: 5 })).not.toEqual(first);
    expect(await vectors({ epochs: 0 })).not.toEqual(first);
  });

  test("items that come after the same ones get alike", async () => {
    const rows = await vectors({ epochs: 40 });
    const cosine = (a: number[], b: number[]) =>
      a.reduce((sum, value, k) => sum + value * b[k], 0) / (Math.hypot(...a) * Math.hypot(...b));
    const mean = (isSame: boolean) => {
      const found = rows.flatMap((a, i) =>
        rows.slice(0, i).flatMap((b, j) => (((i - j) % TYPES === 0) === isSame ? [cosine(a, b)] : [])),
      );
      return found.reduce((sum, value) => sum + value, 0) / found.length;
    };
    expect(mean(true)).toBeGreaterThan(mean(false) + 0.3);
  });
});

test("the rows of training items leave out what only held-out events have, in ascending order", () => {
  // Item 5 is met in validation and test alone, 4 nowhere.
  const few = sequencesOf(6, [
    [6, 1, 5, 5],
    [3, 1, 2, 5, 2],
  ]);
  expect([...trainingRows(few)]).toEqual([0, 1, 2, 5]);
});
