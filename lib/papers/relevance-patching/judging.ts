import type { StoredRun } from "../../experiment/store";
import { type Candidate, type Split, splitByQuery } from "./candidates";
import type { RelevanceConfig } from "./config";
import { difference, judge, type Subject } from "./patching/subject";
import type { Report } from "./runProgress";
import { areaUnderCurve, gap, type Judgements, orderAccuracy } from "./statistics/judgement";

/** Candidates whose answers are asked for together. */
const JUDGED_TOGETHER = 20;

/** d of both prompts of every candidate. */
export async function judgeAll(
  subject: Subject,
  candidates: readonly Candidate[],
  report: Report,
): Promise<{ clean: Float64Array; corrupted: Float64Array }> {
  const [clean, corrupted] = [new Float64Array(candidates.length), new Float64Array(candidates.length)];
  for (let start = 0; start < candidates.length; start += JUDGED_TOGETHER) {
    const some = candidates.slice(start, start + JUDGED_TOGETHER).map(({ pair }) => pair);
    const answers = judge(subject, [
      ...some.map((pair) => pair.clean),
      ...some.map((pair) => pair.corrupted),
    ]);
    some.forEach((_, i) => {
      clean[start + i] = difference(answers[i]);
      corrupted[start + i] = difference(answers[some.length + i]);
    });
    await report(Math.min(start + JUDGED_TOGETHER, candidates.length), candidates.length);
  }
  return { clean, corrupted };
}

export function judgementMetrics(judged: Judgements): Record<string, number> {
  return {
    AUC: areaUnderCurve(judged.clean, judged.corrupted),
    "order accuracy": orderAccuracy(judged),
    gap: gap(judged),
  };
}

/** The pairs that the model tells apart by more than the margin, those with the greatest distance first, dealt into discovery and test. */
export function chosenPairs(
  candidates: readonly Candidate[],
  { clean, corrupted }: Judgements,
  { margin, pairs, format }: RelevanceConfig,
  seed: number,
): Split {
  const sign = format === "plain" ? 1 : -1;
  const distance = (index: number) => sign * (clean[index] - corrupted[index]);
  const kept = candidates
    .map((_, index) => index)
    .filter((index) => distance(index) > margin)
    .sort((a, b) => distance(b) - distance(a));
  return splitByQuery(candidates, pairs === 0 ? kept : kept.slice(0, pairs), seed);
}

export function splitOf(run: StoredRun): Split {
  return { discovery: Array.from(run.array("discovery")), test: Array.from(run.array("test")) };
}
