import { createRandom } from "../../lib/data/random";
import { type CheckMode, checkAnswer, extractAnswer } from "../../lib/math";
import { type Kind, pick } from "../../lib/math/answers/mathVerify/draw";
import { decimalAnswer, fractionAnswer, integerAnswer } from "../../lib/math/answers/mathVerify/numberKinds";
import { type AnswerPair, generatedPairs } from "../../lib/math/answers/mathVerify/pairs";
import type { Bar, Benchmark, Workload } from "../workload";
import { longestInHouseRun, type StoredAnswer, storedAnswers } from "./storedAnswers";

const PAIRS = 500;
/** 400 problems with 64 answers each are judged in half a minute then. */
const VERDICTS_A_SECOND = 1000;
/** Of whole numbers, fractions and decimals. @see OlymMATH, throughput of the checker */
const SIMPLE_VERDICTS_A_SECOND = 2000;
/** 99.9 of 100 verdicts on a model's answers take no longer. */
const SHARE = 0.999;
const LONGEST_MILLISECONDS = 200;
const MODES: readonly CheckMode[] = ["want", "ref"];

/** A way of doing it, with its limit. */
interface Part {
  readonly subject: string;
  readonly create: () => Workload;
  readonly bar: Bar;
}

/** Verdicts on pairs of answers, right and wrong, on this thread alone. */
function judge(pairs: readonly AnswerPair[], mode: CheckMode): Workload {
  return workload(() => {
    for (const [gold, prediction] of pairs) checkAnswer(gold, prediction, { mode });
  });
}

const workload = (run: () => void): Workload => ({ run, report: () => [], dispose() {} });

/** Answers of every kind. */
function mixedPart(mode: CheckMode): Part {
  const create = () => judge(generatedPairs().slice(0, PAIRS), mode);
  return { subject: mode, create, bar: rateLimit(mode, VERDICTS_A_SECOND) };
}

function simplePart(mode: CheckMode): Part {
  const subject = `${mode}, simple answers`;
  return {
    subject,
    create: () => judge(simplePairs(), mode),
    bar: rateLimit(subject, SIMPLE_VERDICTS_A_SECOND),
  };
}

const SIMPLE_KINDS: readonly Kind[] = [integerAnswer, fractionAnswer, decimalAnswer];

/** Half of them the same value, in this or another form, half another value. */
function simplePairs(): AnswerPair[] {
  const random = createRandom(20250327);
  return Array.from({ length: PAIRS }, () => {
    const { gold, forms, others } = pick(random, SIMPLE_KINDS)(random);
    return [gold, random.integer(2) === 0 ? pick(random, [gold, ...forms]) : pick(random, others)];
  });
}

function rateLimit(subject: string, least: number): Bar {
  return {
    text: `at least ${least.toLocaleString("en")} verdicts a second: ${subject}`,
    check({ seconds }) {
      const rate = PAIRS / seconds[subject];
      return { value: `${rate.toFixed(0)} a second`, pass: rate >= least };
    },
  };
}

/** What the in-house model has written in a stored run: each run of the work reads and judges the next ones. */
function storedPart(folder: string, mode: CheckMode): Part {
  const subject = `${mode}, stored answers`;
  /** Of every answer that was judged, the milliseconds of the last time. */
  const times = new Map<number, number>();
  const create = (): Workload => {
    const answers = storedAnswers(folder);
    let next = 0;
    return workload(() => {
      for (let k = 0; k < PAIRS; k++, next++) {
        const place = next % answers.length;
        const start = performance.now();
        judgeText(answers[place], mode);
        times.set(place, performance.now() - start);
      }
    });
  };
  const bar: Bar = {
    text: `${100 * SHARE}% of answers read and judged in ${LONGEST_MILLISECONDS} ms each at most: ${subject}`,
    check({ seconds }) {
      if (seconds[subject] === undefined) return undefined;
      const sorted = [...times.values()].sort((a, b) => a - b);
      const longest = sorted[Math.ceil(SHARE * sorted.length) - 1];
      const value = `${longest.toFixed(2)} ms, of ${sorted.length.toLocaleString("en")} answers`;
      return { value, pass: longest <= LONGEST_MILLISECONDS };
    },
  };
  return { subject, create, bar };
}

function judgeText({ gold, text }: StoredAnswer, mode: CheckMode): void {
  checkAnswer(gold, extractAnswer(text, { mode }).answer, { mode });
}

const folder = longestInHouseRun();
const PARTS: readonly Part[] = [
  ...MODES.map(mixedPart),
  ...MODES.map(simplePart),
  ...(folder === undefined ? [] : MODES.map((mode) => storedPart(folder, mode))),
];

export const verdicts: Benchmark = {
  name: "verdicts",
  title: `${PAIRS} verdicts of the answer checker: numbers, roots, intervals, sets, in LaTeX and in words`,
  sizes: [0],
  variants: Object.fromEntries(PARTS.map(({ subject, create }) => [subject, create])),
  runs: 1,
  work: () => ({ amount: PAIRS, unit: "verdicts" }),
  torch: [],
  bars: PARTS.map(({ bar }) => bar),
};
