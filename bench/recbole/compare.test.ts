import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../lib/data/random";
import { compareRanks, compareTimes, type ModelResult, writeResults } from "./compare";
import { type Measurement, ndcgByUser, type Protocol, readMeasurements, readProtocol } from "./measurement";

const PROTOCOL: Protocol = { window: 50, batch: 2048, learningRate: 0.001, epochs: 300, keep: "best" };

const USERS = Array.from({ length: 300 }, (_, index) => String(index));

/** A training whose targets are in the first ten with the given chance. */
function measurement(seed: number, chance: number): Measurement {
  const random = createRandom(seed);
  const rank = () => (random.uniform() < chance ? 1 + random.integer(10) : 11 + random.integer(900));
  return {
    model: "SASRec",
    seed,
    protocol: PROTOCOL,
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

  it("is refused where one training had another protocol", () => {
    const ours = trainings(1, 0.15);
    const protocol = { ...PROTOCOL, window: 20 };
    expect(() => compareRanks("NARM", ours, [{ ...ours[0], protocol }])).toThrow(
      "different protocols: window is 50 in some trainings, 20 in others",
    );
    expect(() => compareTimes("NARM", ours, [{ ...ours[0], protocol }])).toThrow("different protocols");
  });

  it("has a result for the file: each training, protocol, difference and interval", () => {
    const { result } = compareRanks("SASRec", trainings(1, 0.5), trainings(11, 0.1));
    expect(result).toMatchObject({ protocol: PROTOCOL, users: 300, agrees: false });
    expect(result.ours.map(({ seed, epochs }) => [seed, epochs])).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ]);
    const means = [result.ours, result.recbole].map(
      (all) => all.reduce((sum, { ndcg10 }) => sum + ndcg10, 0) / 3,
    );
    expect(means[0] - means[1]).toBeCloseTo(result.difference, 4);
    expect(result.interval[0]).toBeLessThan(result.difference);
    expect(result.interval[1]).toBeGreaterThan(result.difference);
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
  const { lines, agrees } = compareTimes("NARM", [slow], [one]);
  expect([agrees, lines[2]]).toEqual([true, "  of RecBole's time: 2.56"]);
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

  it("of results take the new models in and keep the others", () => {
    const file = path.join(folder, "results.json");
    const { result } = compareRanks("SASRec", trainings(1, 0.15), trainings(2, 0.15));
    const dated = (date: string): ModelResult => ({ date, ...result });
    writeResults(file, { SASRec: dated("2026-01-01"), NARM: dated("2026-01-01") });
    writeResults(file, { NARM: dated("2026-01-02") });
    const written = JSON.parse(readFileSync(file, "utf8"));
    expect(written).toEqual({ SASRec: dated("2026-01-01"), NARM: dated("2026-01-02") });
    expect(readdirSync(folder)).toEqual(["results.json"]);
  });
});

describe("the protocol of a command line", () => {
  it("is RecBole's but for what is named", () => {
    expect(readProtocol({})).toEqual(PROTOCOL);
    const named = { window: "20", batch: "512", "learning-rate": "3e-3", epochs: "12", keep: "last" };
    expect(readProtocol(named)).toEqual({
      window: 20,
      batch: 512,
      learningRate: 0.003,
      epochs: 12,
      keep: "last",
    });
  });

  it.each([
    [{ window: "0" }, "--window 0: no whole number from 1"],
    [{ batch: "many" }, "--batch many: no whole number from 1"],
    [{ "learning-rate": "-1" }, "--learning-rate -1: no positive number"],
    [{ keep: "first" }, "--keep first: neither best nor last"],
  ])("refuses %o", (options, message) => expect(() => readProtocol(options)).toThrow(message));
});
