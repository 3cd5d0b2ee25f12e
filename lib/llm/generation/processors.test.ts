import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose, sampleData } from "../../tensor/testing";
import { keepTopP, logProbabilities, type Processing, processLogits } from "./processors";
import { referenceProcess, softmax } from "./reference";
import { checkSampling, type SamplingOptions } from "./sampling";

/** What logitsProcessors.py writes: what transformers make of the logits of two sequences; null is -∞. */
interface Case {
  readonly options: Readonly<Record<string, number>>;
  readonly ids: readonly (readonly number[])[];
  readonly logits: number[][];
  readonly scores: (number | null)[][];
}

const SCRIPT = path.join(__dirname, "logitsProcessors.py");
const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const OTHER_SEED = "2";
/** To start PyTorch on a busy machine. */
const MOST_MILLISECONDS = 180_000;
const fixture: readonly Case[] = JSON.parse(
  readFileSync(path.join(__dirname, "logitsProcessors.json"), "utf8"),
);

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function processingOf(
  { temperature, topK, topP, minP, repetitionPenalty }: SamplingOptions,
  seen: readonly ReadonlySet<number>[],
  vocabulary: number,
  candidates = vocabulary,
): Processing {
  const scalar = (value: number | undefined) => (value === undefined ? undefined : tf.scalar(value));
  const flags = seen.map((tokens) => Array.from({ length: vocabulary }, (_, token) => tokens.has(token)));
  return {
    temperature: scalar(temperature),
    topK,
    minP: scalar(minP),
    topP: topP === undefined ? undefined : { p: tf.scalar(topP), candidates },
    repetition:
      repetitionPenalty === undefined
        ? undefined
        : { seen: tf.tensor2d(flags, undefined, "bool"), penalty: tf.scalar(repetitionPenalty) },
  };
}

const VOCABULARY = 300;
const OPTIONS: readonly SamplingOptions[] = [
  {},
  { repetitionPenalty: 1.4 },
  { repetitionPenalty: 0.7 },
  { temperature: 0.3 },
  { topK: 1 },
  { topK: 25 },
  { topK: 1000 },
  { topP: 0.5 },
  { topP: 0.001 },
  { topP: 0.99 },
  { minP: 0.02 },
  { minP: 1 },
  { temperature: 2, topK: 60, topP: 0.8, minP: 0.05, repetitionPenalty: 1.2 },
];

describe("each processor is the sort on plain arrays", () => {
  test.each(OPTIONS)("%o", (options) => {
    const rows = [1, 2, 3].map((seed) => sampleData([VOCABULARY], seed, -6, 6));
    const seen = [4, 5, 6].map((seed) => new Set(sampleData([40], seed, 0, VOCABULARY).map(Math.floor)));
    const { logits, decided } = processLogits(tf.tensor2d(rows), processingOf(options, seen, VOCABULARY));
    expect(decided.dataSync()[0]).toBe(1);
    const expected = rows.map((row, i) => referenceProcess(row, options, seen[i]));
    assertClose(logits, expected, { relative: 1e-6 });
  });

  test("tokens that are as likely as the last one kept are kept", () => {
    const tied = tf.tensor2d([[2, 1, 1, 1, 0]]);
    const kept = (options: SamplingOptions) =>
      [...processLogits(tied, processingOf(options, [], 5)).logits.dataSync()].map(Number.isFinite);
    expect(kept({ topK: 2 })).toEqual([true, true, true, true, false]);
    expect(kept({ topP: 0.6 })).toEqual([true, true, true, true, false]);
    expect(kept({ minP: Math.exp(-1.0001) })).toEqual([true, true, true, true, false]);
    expect(kept({ topK: 1 })).toEqual([true, false, false, false, false]);
  });

  test("top-p says whether its candidates were enough", () => {
    const [flat, steep] = [0.01, 20].map((scale) =>
      tf.tensor2d([sampleData([VOCABULARY], 8, -scale, scale)]),
    );
    for (const [logits, enough] of [
      [flat, false],
      [steep, true],
      [tf.concat([steep, flat]), false],
    ] as const) {
      const some = keepTopP(logits, tf.scalar(0.9), 50);
      const all = keepTopP(logits, tf.scalar(0.9), VOCABULARY);
      expect([some.decided.dataSync()[0], all.decided.dataSync()[0]]).toEqual([Number(enough), 1]);
      const same = some.logits.equal(all.logits).all().dataSync()[0] === 1;
      expect(same).toBe(enough);
    }
  });
});

test("log-probabilities are those of the softmax, and their probabilities sum to 1", () => {
  const rows = [1, 2].map((seed) => sampleData([VOCABULARY], seed, -9, 9));
  const tokens = [17, 5];
  const { chosen, top, topTokens } = logProbabilities(
    tf.tensor2d(rows),
    tf.tensor1d(tokens, "int32"),
    VOCABULARY,
  );
  assertClose(top.exp().sum(1), [1, 1], { relative: 2e-6 });
  const expected = rows.map((row) => softmax(row).map(Math.log));
  assertClose(
    chosen,
    expected.map((row, i) => row[tokens[i]]),
    { relative: 1e-6 },
  );
  const order = topTokens.arraySync();
  assertClose(
    top,
    expected.map((row, i) => order[i].map((token) => row[token])),
    { relative: 1e-6, absolute: 2e-6 },
  );
  expect(order[0][0]).toBe(rows[0].indexOf(Math.max(...rows[0])));
});

function compare({ options, ids, logits, scores }: Case): void {
  const ours: SamplingOptions = {
    temperature: options.temperature,
    topK: options.top_k,
    topP: options.top_p,
    minP: options.min_p,
    repetitionPenalty: options.repetition_penalty,
  };
  const seen = ids.map((row) => new Set(row));
  const made = processLogits(tf.tensor2d(logits), processingOf(ours, seen, logits[0].length));
  const expected = scores.map((row) => row.map((score) => score ?? Number.NEGATIVE_INFINITY));
  assertClose(made.logits, expected, { absolute: 6e-6, relative: 1e-6 });
}

describe("processed logits are those of Hugging Face's transformers", () => {
  test.each(fixture.map((one) => [JSON.stringify(one.options), one] as const))("%s", (_, one) =>
    compare(one),
  );

  test("the cases cut off what they should", () => {
    const cut = fixture.map(({ scores }) => scores.flat().filter((score) => score === null).length);
    fixture.forEach(({ options }, i) => {
      const cuts = [options.top_p, options.min_p, (options.top_k ?? 1000) <= 40 ? 1 : undefined];
      expect(cut[i] > 0, JSON.stringify(options)).toBe(cuts.some((option) => option !== undefined));
    });
  });
});

/** Whether that Python has transformers, not just PyTorch. */
function hasTransformers(): boolean {
  if (PYTHON === undefined) return false;
  const probe = "import importlib.util as u; print(u.find_spec('transformers') is not None)";
  return execFileSync(PYTHON, ["-c", probe], { encoding: "utf8" }).trim() === "True";
}

describe.runIf(hasTransformers())("the transformers that are installed", () => {
  test(
    "make of other logits what ours make",
    () => {
      const cases: Case[] = JSON.parse(execFileSync(PYTHON!, [SCRIPT, OTHER_SEED], { encoding: "utf8" }));
      expect(cases[0].logits).not.toEqual(fixture[0].logits);
      for (const one of cases) compare(one);
    },
    MOST_MILLISECONDS,
  );
});

test("options out of their range are named", () => {
  const wrong: readonly [SamplingOptions, string][] = [
    [{ temperature: -1 }, "temperature must be a number from 0, not -1."],
    [{ temperature: Number.NaN }, "temperature must be a number from 0, not NaN."],
    [{ topK: 0 }, "topK must be a whole number from 1, not 0."],
    [{ topP: 0 }, "topP must be above 0 and at most 1, not 0."],
    [{ minP: 1.5 }, "minP must be from 0 to 1, not 1.5."],
    [{ repetitionPenalty: 0 }, "repetitionPenalty must be a number above 0, not 0."],
  ];
  for (const [options, message] of wrong) expect(() => checkSampling(options)).toThrow(message);
  expect(() =>
    checkSampling({ temperature: 0, topK: 1, topP: 1, minP: 1, repetitionPenalty: 1 }),
  ).not.toThrow();
});
