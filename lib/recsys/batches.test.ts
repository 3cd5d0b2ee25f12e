import { describe, expect, it } from "vitest";
import { interactionsBuilder } from "../data/interactions";
import { tf } from "../tensor";
import { batchTensors, positionBatch, prefixBatch, shuffledBatches } from "./batches";
import { buildSequences } from "./sequences";
import { trainingPrefixes, trainingWindows } from "./split";

const DAY = 86_400;
/** Unix times of 2026, where float32 has steps of 128 s. */
const START = 1.78e9;

function dataset() {
  const builder = interactionsBuilder();
  const times = [0, 1, 3, 3, 10, 11, 12];
  times.forEach((day, k) => {
    builder.add("a", `i${k + 1}`, 5, START + day * DAY + (k === 1 ? 1 : 0));
  });
  for (let k = 0; k < 4; k++) builder.add("b", `i${k + 4}`, 5, START + k);
  const log = builder.build();
  return buildSequences(
    log,
    Int32Array.from(log.users, (_, row) => row),
  );
}

describe("prefixBatch", () => {
  it("has the last L items, right-padded, the gaps and the target", () => {
    const batch = prefixBatch(dataset(), Int32Array.of(2, 4, 8), 3);
    expect([...batch.items]).toEqual([1, 2, 0, 2, 3, 4, 4, 0, 0]);
    expect([...batch.targets]).toEqual([3, 5, 5]);
    expect([...batch.lengths]).toEqual([2, 3, 1]);
    expect([...batch.users]).toEqual([0, 0, 1]);
    const gaps = [
      [0, 1 + 1 / DAY, 2 - 1 / DAY, 0],
      [0, 2 - 1 / DAY, 0, 7],
      [0, 1 / DAY, 0, 0],
    ];
    expect([...batch.gaps]).toEqual(gaps.flat().map(Math.fround)); // exact: subtracted before rounding
  });

  it("refuses a case without a history and a window of nothing", () => {
    expect(() => prefixBatch(dataset(), Int32Array.of(0), 3)).toThrow(/first of user 0/);
    expect(() => prefixBatch(dataset(), Int32Array.of(1), 0)).toThrow(/windowLength/);
  });
});

describe("positionBatch", () => {
  it("predicts the next item at every position", () => {
    const data = dataset();
    const batch = positionBatch(data, trainingWindows(data, 3), 3);
    expect([...batch.items]).toEqual([2, 3, 4, 1, 0, 0, 4, 0, 0]);
    expect([...batch.targets]).toEqual([3, 4, 5, 2, 0, 0, 5, 0, 0]);
    expect([...batch.lengths]).toEqual([3, 1, 1]);
  });

  it("covers the same targets as all prefixes", () => {
    const data = dataset();
    for (const length of [1, 2, 3, 50]) {
      const batch = positionBatch(data, trainingWindows(data, length), length);
      const targets = [...batch.targets].filter((item) => item > 0).sort();
      expect(targets).toEqual([...trainingPrefixes(data)].map((event) => data.itemIds[event]).sort());
    }
  });
});

describe("a data set without timestamps", () => {
  const untimed = { ...dataset(), times: undefined };

  it("has the same items, and gaps that are NaN everywhere", () => {
    const [prefixes, windows] = [Int32Array.of(2, 4, 8), trainingWindows(untimed, 3)];
    for (const [batch, timed] of [
      [prefixBatch(untimed, prefixes, 3), prefixBatch(dataset(), prefixes, 3)],
      [positionBatch(untimed, windows, 3), positionBatch(dataset(), windows, 3)],
    ]) {
      expect(batch.gaps).toHaveLength(timed.gaps.length);
      expect(batch.gaps.every(Number.isNaN)).toBe(true);
      expect({ ...batch, gaps: timed.gaps }).toEqual(timed);
    }
  });
});

describe("batchTensors", () => {
  it("has shapes and types", () => {
    const data = dataset();
    tf.tidy(() => {
      const { items, gaps, lengths, targets, users } = batchTensors(
        prefixBatch(data, Int32Array.of(2, 4), 3),
      );
      const described = [items, gaps, lengths, targets, users].map((x) => `${x.dtype} ${x.shape}`);
      expect(described).toEqual(["int32 2,3", "float32 2,4", "int32 2", "int32 2", "int32 2"]);
      expect(batchTensors(positionBatch(data, Int32Array.of(4), 3)).targets.shape).toEqual([1, 3]);
    });
  });
});

describe("shuffledBatches", () => {
  const cases = Int32Array.from({ length: 10 }, (_, k) => k);
  const epoch = (seed: number, number: number) =>
    [...shuffledBatches(cases, { batchSize: 4, seed, epoch: number })].map((batch) => [...batch]);

  it("visits every case once, in an order of seed and epoch", () => {
    const batches = epoch(1, 0);
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
    expect(batches.flat().sort((a, b) => a - b)).toEqual([...cases]);
    expect(epoch(1, 0)).toEqual(batches);
    expect(epoch(1, 1)).not.toEqual(batches);
    expect(epoch(2, 0)).not.toEqual(batches);
    expect([...cases]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]); // the input is left as it was
  });

  it("leaves out a short last batch on request", () => {
    const batches = [...shuffledBatches(cases, { batchSize: 4, seed: 1, epoch: 0, dropLast: true })];
    expect(batches.map((batch) => batch.length)).toEqual([4, 4]);
    expect(() => [...shuffledBatches(cases, { batchSize: 0, seed: 1, epoch: 0 })]).toThrow(/batchSize/);
  });
});
