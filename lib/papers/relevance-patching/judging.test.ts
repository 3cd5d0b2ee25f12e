import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tf } from "../../tensor";
import { type Candidate, candidatePairs } from "./candidates";
import { relevanceConfig } from "./config";
import { factRows } from "./factRows";
import { chosenPairs, judgeAll, judgementMetrics, splitOf } from "./judging";
import { difference, judge } from "./patching/subject";
import { type LoadedSubject, loadSubject } from "./subjects";
import { madeRun } from "./testing";

describe("the pairs that are kept", () => {
  // A query each, so that the halves together are the kept pairs.
  const candidates = Array.from({ length: 8 }, (_, row) => ({ row })) as unknown as Candidate[];
  const judged = { clean: [5, 1, 0, 3, 2, 9, -1, 1], corrupted: [1, 0, 2, 1, 1.5, 0, -4, 0.25] };
  // distances: 4, 1, −2, 2, 0.5, 9, 3, 0.75
  const kept = (overrides: Parameters<typeof relevanceConfig>[1], seed = 1) => {
    const { discovery, test } = chosenPairs(candidates, judged, relevanceConfig("full", overrides), seed);
    for (const half of [discovery, test])
      expect(half).toEqual([...half].sort((a, b) => DISTANCES[b] - DISTANCES[a]));
    return [...discovery, ...test].sort((a, b) => a - b);
  };
  const DISTANCES = [4, 1, -2, 2, 0.5, 9, 3, 0.75];

  it("are exactly those over the margin, in each half the greatest distance first", () => {
    expect(kept({ margin: 0.5 })).toEqual([0, 1, 3, 5, 6, 7]);
    expect(kept({ margin: 0.4 })).toEqual([0, 1, 3, 4, 5, 6, 7]);
    expect(kept({ margin: 2 })).toEqual([0, 5, 6]);
    expect(kept({ margin: 10 })).toEqual([]);
  });
  it("are the best ones where only some are asked for", () => {
    expect(kept({ pairs: 3 })).toEqual([0, 5, 6]);
    expect(kept({ pairs: 100 })).toEqual([0, 1, 3, 5, 6, 7]);
  });
  it("under the reversed format are those whose clean prompt is below", () => {
    const { discovery, test } = chosenPairs(
      candidates,
      judged,
      relevanceConfig("full", { format: "reversed", margin: 1 }),
      1,
    );
    expect([...discovery, ...test]).toEqual([2]);
  });
  it("are the same pairs dealt otherwise for another seed", () => {
    const halves = [1, 2, 3, 4, 5].map((seed) =>
      chosenPairs(candidates, judged, relevanceConfig("full"), seed).test.join(),
    );
    expect(new Set(halves).size).toBeGreaterThan(1);
    for (const seed of [2, 3]) expect(kept({}, seed)).toEqual([0, 1, 3, 5, 6, 7]);
  });
});

describe("splitOf", () => {
  const ofRow = (row: number, negative: "hard" | "random") => ({ row, negative }) as Candidate;
  const run = madeRun({
    ...{ clean: [1, 2, 3], corrupted: [0, 0, 0], discovery: [2, 0], test: [1] },
    arrays: { rows: Int32Array.of(0, 1, 0), negatives: Int32Array.of(0, 0, 1) },
  });

  it("finds the pairs of a stored run among candidates in another order", () => {
    const candidates = [ofRow(5, "hard"), ofRow(0, "random"), ofRow(1, "hard"), ofRow(0, "hard")];
    expect(splitOf(run, candidates)).toEqual({ discovery: [1, 3], test: [2] });
  });

  it("names the pair that is missing", () => {
    const candidates = [ofRow(0, "hard"), ofRow(0, "random")];
    expect(() => splitOf(run, candidates)).toThrow(
      "The pair of row 2 and its hard negative cannot be aligned here.",
    );
  });
});

it("judgements in numbers", () => {
  const metrics = judgementMetrics({
    ...{ clean: Float64Array.of(1, 2, 0), corrupted: Float64Array.of(0, 3, -1) },
    ...{ bias: Float64Array.of(0, 2, -1), mass: Float64Array.of(0.5, 0.25, 0.75) },
  });
  // Less the bias: 1, 0, 1 beside 0, 1, 0.
  expect(metrics["AUC, less the bias"]).toBeCloseTo((2.5 + 1 + 2.5) / 9, 12);
  expect(metrics.bias).toBeCloseTo(1 / 3, 12);
  expect(metrics["answer mass"]).toBeCloseTo(0.5, 12);
  expect(metrics.AUC).toBeCloseTo((2 + 2 + 1.5) / 9, 12); // a tie counts half
  expect(metrics["order accuracy"]).toBeCloseTo(2 / 3, 12);
  expect(metrics.gap).toBeCloseTo(1 - 2 / 3, 12);
});

describe("judging all candidates", () => {
  let loaded: LoadedSubject;
  let candidates: readonly Candidate[];
  beforeAll(async () => {
    loaded = await loadSubject("small");
    ({ candidates } = candidatePairs(factRows(12, 1), loaded.format, relevanceConfig("smoke"), 1));
  });
  afterAll(() => loaded.dispose());

  it("gives each prompt's own d, tells how many are done, and leaves no tensor", async () => {
    const { subject } = loaded;
    const before = tf.memory().numTensors;
    const told: number[][] = [];
    const { clean, corrupted, bias, mass } = await judgeAll(subject, candidates, async (...progress) => {
      told.push(progress);
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(told).toEqual([
      [20, 24],
      [24, 24],
    ]);
    const alone = (prompt: Int32Array) => difference(judge(subject, [prompt])[0]);
    candidates.forEach(({ pair, contentFree }, i) => {
      const [{ pYes, pNo }] = judge(subject, [pair.clean], { probabilities: true });
      expect(bias[i]).toBeCloseTo(alone(contentFree), 4);
      expect(mass[i]).toBeCloseTo(pYes! + pNo!, 5);
      expect(clean[i]).toBeCloseTo(alone(pair.clean), 4);
      expect(corrupted[i]).toBeCloseTo(alone(pair.corrupted), 4);
    });
    expect(new Set(clean).size).toBeGreaterThan(10);
  });
});
