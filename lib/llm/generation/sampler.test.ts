import { describe, expect, test } from "vitest";
import { Rng, tf } from "../../tensor";
import { sampleData } from "../../tensor/testing";
import { referenceProcess, softmax } from "./reference";
import { type Draw, sampler } from "./sampler";
import type { SamplingOptions } from "./sampling";
import { SOME_DRAWS, someDraws } from "./testing";

const VOCABULARY = 8;
const LOGITS = [1.5, -0.5, 0.2, 2, -1, 0.9, 0, 1];
/** Of a χ² distribution of 7 degrees of freedom: what one in a thousand exceeds. */
const CRITICAL = 24.32;

/** How often each token is drawn: so many rows of these logits, so many times. */
function frequencies(options: SamplingOptions, rows: number, times: number): number[] {
  const made = sampler();
  const logits = tf.tile(tf.tensor2d([LOGITS]), [rows, 1]);
  const counts = Array<number>(VOCABULARY).fill(0);
  for (let step = 0; step < times; step++)
    for (const token of made.draw(logits, options, drawsOf(rows, step))) counts[token]++;
  made.dispose();
  logits.dispose();
  return counts;
}

function drawsOf(rows: number, step: number, seen?: Uint8Array): Draw[] {
  return Array.from({ length: rows }, (_, row) => ({ seed: 1000 + row, step, seen }));
}

/** Σ (observed - expected)² / expected */
function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b);
  return counts.reduce((sum, count, token) => {
    const expected = total * probabilities[token];
    if (expected === 0) return count === 0 ? sum : Number.POSITIVE_INFINITY;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

describe("draws", () => {
  test.each<SamplingOptions>([
    {},
    { temperature: 0.5 },
    { topK: 4 },
    { topP: 0.7 },
    { minP: 0.2, temperature: 2 },
  ])("are as frequent as they are likely: %o", (options) => {
    const counts = frequencies(options, 16, 120);
    expect(chiSquare(counts, softmax(referenceProcess(LOGITS, options)))).toBeLessThan(CRITICAL);
    const other = { ...options, temperature: (options.temperature ?? 1) * 2 };
    expect(chiSquare(counts, softmax(referenceProcess(LOGITS, other)))).toBeGreaterThan(CRITICAL);
  });

  test("repeat with the seed and the step, and are the same alone as in a batch", () => {
    const made = sampler();
    const rows = [1, 2, 3, 4, 5].map((seed) => sampleData([50], seed, -2, 2));
    const seeds = [7, 7 + 2 ** 32, -7, Number.MAX_SAFE_INTEGER, 7];
    const options = { topP: 0.95 };
    const batch = tf.tensor2d(rows);
    const drawn = Array.from({ length: 20 }, (_, step) =>
      made.draw(
        batch,
        options,
        seeds.map((seed) => ({ seed, step })),
      ),
    );
    for (const [row, seed] of seeds.entries()) {
      const alone = tf.tensor2d([rows[row]]);
      const found = drawn.map((_, step) => made.draw(alone, options, [{ seed, step }])[0]);
      expect(found).toEqual(drawn.map((tokens) => tokens[row]));
      alone.dispose();
    }
    // Neither step nor any part of the seed is passed over.
    const same = tf.tensor2d(seeds.map(() => rows[0]));
    const byRow = seeds.map((_, row) =>
      Array.from({ length: 12 }, (_, step) =>
        made.draw(
          same,
          {},
          seeds.map((seed) => ({ seed, step })),
        ),
      )
        .map((tokens) => tokens[row])
        .join(),
    );
    expect(new Set(byRow).size).toBe(4);
    expect(byRow[0]).toBe(byRow[4]);
    expect(new Set(byRow[0].split(",")).size).toBeGreaterThan(4);
    tf.dispose([batch, same]);
    made.dispose();
  });

  test("are the same on every machine", () => {
    expect(someDraws(sampler())).toEqual(SOME_DRAWS);
  });

  test("have the keys of Rng", () => {
    const made = sampler();
    const logits = tf.tensor2d([LOGITS]);
    const found = [0, 1, 2, 3, 4, 5].map((step) => made.draw(logits, {}, [{ seed: 2 ** 40 + 5, step }])[0]);
    const expected = tf.tidy(() =>
      [0, 1, 2, 3, 4, 5].map(
        (step) => Rng.categorical(Rng.foldIn(Rng.key(2 ** 40 + 5), step), logits.squeeze([0])).dataSync()[0],
      ),
    );
    expect(found).toEqual(expected);
    logits.dispose();
    made.dispose();
  });

  test("of temperature 0 are the likeliest tokens, whatever else is asked; a penalty changes which they are", () => {
    const made = sampler();
    const logits = tf.tensor2d([LOGITS, [...LOGITS].reverse()]);
    const seen = new Uint8Array(VOCABULARY);
    const draws = drawsOf(2, 0, seen);
    expect(made.draw(logits, { temperature: 0, topK: 3, topP: 0.5, minP: 0.1 }, draws)).toEqual([3, 4]);
    seen[3] = 1;
    expect(made.draw(logits, { temperature: 0, repetitionPenalty: 1.5 }, draws)).toEqual([0, 4]);
    expect(() => made.draw(logits, { repetitionPenalty: 1.5 }, drawsOf(2, 0))).toThrow(
      "tokens that have occurred",
    );
    logits.dispose();
    made.dispose();
  });

  test("do not depend on how many candidates top-p looks at first", () => {
    const [few, all] = [2, 500].map((candidates) => sampler({ candidates }));
    for (const scale of [0.1, 10]) {
      const logits = tf.tensor2d([sampleData([500], 3, -scale, scale), sampleData([500], 4, -scale, scale)]);
      for (let step = 0; step < 10; step++) {
        const options = { topP: 0.9 };
        expect(few.draw(logits, options, drawsOf(2, step))).toEqual(
          all.draw(logits, options, drawsOf(2, step)),
        );
      }
      logits.dispose();
    }
    few.dispose();
    all.dispose();
  });
});

test("log-probabilities of drawn tokens and of the likeliest, as many as asked for", () => {
  const made = sampler();
  const logits = tf.tensor2d([LOGITS, [...LOGITS].reverse()]);
  const expected = softmax(LOGITS).map(Math.log);
  const [first, second] = made.logProbabilities(logits, [1, 4], 3);
  expect(first.logprob).toBeCloseTo(expected[1], 5);
  expect(first.top.map(({ token }) => token)).toEqual([3, 0, 7]);
  first.top.forEach(({ token, logprob }) => {
    expect(logprob).toBeCloseTo(expected[token], 5);
  });
  expect(second.logprob).toBe(second.top[0].logprob);
  const all = made.logProbabilities(logits, [1, 4], VOCABULARY + 5)[0].top;
  expect(all.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 6);
  expect(made.logProbabilities(logits, [1, 4], 0)[1]).toEqual({ logprob: second.logprob, top: [] });
  logits.dispose();
  made.dispose();
});

test("leaves no tensor behind", () => {
  const before = tf.memory().numTensors;
  const logits = tf.tensor2d([LOGITS]);
  const made = sampler();
  const options = { temperature: 0.7, topK: 5, topP: 0.9, minP: 0.01, repetitionPenalty: 1.1 };
  const draw = () => made.draw(logits, options, drawsOf(1, 0, new Uint8Array(VOCABULARY)));
  draw();
  made.logProbabilities(logits, [1], 2);
  const count = tf.memory().numTensors;
  draw();
  made.logProbabilities(logits, [1], 2);
  expect(tf.memory().numTensors).toBe(count);
  made.dispose();
  logits.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
