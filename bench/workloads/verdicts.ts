import { type CheckMode, checkAnswer } from "../../lib/math";
import { generatedPairs } from "../../lib/math/answers/mathVerify/pairs";
import type { Bar, Benchmark, Workload } from "../workload";

const PAIRS = 500;
/** 400 problems with 64 answers each are judged in half a minute then. */
const VERDICTS_A_SECOND = 1000;
const MODES: readonly CheckMode[] = ["want", "ref"];

/** Verdicts on answers of every kind, right and wrong, on this thread alone. */
function judge(mode: CheckMode): Workload {
  const pairs = generatedPairs().slice(0, PAIRS);
  return {
    run() {
      for (const [gold, prediction] of pairs) checkAnswer(gold, prediction, { mode });
    },
    report: () => [],
    dispose() {},
  };
}

function limit(mode: CheckMode): Bar {
  return {
    text: `at least ${VERDICTS_A_SECOND.toLocaleString("en")} verdicts a second by \`${mode}\``,
    check({ seconds }) {
      const rate = PAIRS / seconds[mode];
      return { value: `${rate.toFixed(0)} a second`, pass: rate >= VERDICTS_A_SECOND };
    },
  };
}

export const verdicts: Benchmark = {
  name: "verdicts",
  title: `${PAIRS} verdicts of the answer checker: numbers, roots, intervals, sets, in LaTeX and in words`,
  sizes: [0],
  variants: Object.fromEntries(MODES.map((mode) => [mode, () => judge(mode)])),
  runs: 1,
  work: () => ({ amount: PAIRS, unit: "verdicts" }),
  torch: [],
  bars: MODES.map(limit),
};
