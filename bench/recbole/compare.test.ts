import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../lib/data/random";
import { compareRanks, compareTimes } from "./compare";
import { type Measurement, ndcgByUser, readMeasurements } from "./measurement";

const USERS = Array.from({ length: 300 }, (_, index) => String(index));

/** A training whose targets are in the first ten with the given chance. */
function measurement(seed: number, chance: number): Measurement {
  const random = createRandom(seed);
  const rank = () => (random.uniform() < chance ? 1 + random.integer(10) : 11 + random.integer(900));
  return {
    model: "SASRec",
    seed,
    batch: 2048,
    epochs: 2,
    epochSeconds: [38, 40],
    stepsPerEpoch: 38,
    validNdcg: [],
    testRanks: Object.fromEntries(USERS.map((user) => [user, rank()])),
  };
}

const trainings = (first: number, chance: number) => [0, 1, 2].map((i) => measurement(first + i, chance));

describe("accuracy", () => {
  it("agrees where both draw from one distribution", () => {
    const { agrees, lines } = compareRanks("SASRec", trainings(1, 0.15), trainings(2, 0.15));
    expect(lines.join("\n")).toMatch(/300 users[\s\S]*ours +0\.0\d{3} ± [\s\S]*95% interval/);
    expect(agrees).toBe(true);
  });

  it("disagrees where one is far better, and says which limit is broken", () => {
    const { agrees, lines } = compareRanks("SASRec", trainings(1, 0.5), trainings(11, 0.1));
    expect(agrees).toBe(false);
    expect(lines.filter((line) => line.includes("FAIL"))).toHaveLength(2);
  });

  it("takes users by name and refuses a training that lacks one", () => {
    const [one] = trainings(1, 0.2);
    const half = { ...one, testRanks: { b: 1, a: 3 } };
    expect(ndcgByUser([half], ["a", "b"])).toEqual([Float64Array.of(0.5, 1)]);
    expect(() => ndcgByUser([half], ["c"])).toThrow("SASRec, seed 1: no rank for user c");
  });
});

it("times are compared by the step", () => {
  const [one] = trainings(1, 0.2);
  const slow = { ...one, epochSeconds: [100, 100], stepsPerEpoch: 38 };
  expect(compareTimes("SASRec", [one], [slow])).toMatchObject({ agrees: true });
  expect(compareTimes("SASRec", [one], [one])).toMatchObject({ agrees: false });
  expect(compareTimes("GRU4Rec", [one], [one])).toMatchObject({ agrees: true });
});

describe("files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "measurements-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are told apart by model and kind, and sorted by seed", () => {
    const write = (name: string, seed: number) =>
      writeFileSync(path.join(folder, name), JSON.stringify({ ...measurement(seed, 0.1), seed }));
    write("SASRec-10.json", 10);
    write("SASRec-9.json", 9);
    write("SASRec-timing-1.json", 1);
    write("GRU4Rec-7.json", 7);
    writeFileSync(path.join(folder, "SASRec-11.json.part"), "{");
    expect(readMeasurements(folder, "SASRec", "ranks").map(({ seed }) => seed)).toEqual([9, 10]);
    expect(readMeasurements(folder, "SASRec", "timing").map(({ seed }) => seed)).toEqual([1]);
    expect(() => readMeasurements(folder, "GRU4Rec", "timing")).toThrow(/holds no timing of GRU4Rec/);
  });
});
