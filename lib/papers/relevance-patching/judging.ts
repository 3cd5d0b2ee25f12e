import { mean } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { type Candidate, type Split, splitByQuery } from "./candidates";
import type { RelevanceConfig } from "./config";
import { difference, judge, type Subject } from "./patching/subject";
import type { Report } from "./runProgress";
import { areaUnderCurve, gap, type Judgements, orderAccuracy } from "./statistics/judgement";

/** Candidates whose answers are asked for together. */
const JUDGED_TOGETHER = 20;

/** What the model says of every candidate. */
export interface Judged extends Judgements {
  readonly clean: Float64Array;
  readonly corrupted: Float64Array;
  /** d of the same query with a document that says nothing: the model's leaning, whatever the document. */
  readonly bias: Float64Array;
  /** P(yes) + P(no) of the clean prompts: how much of what the model would write is an answer at all. */
  readonly mass: Float64Array;
}

/** Judges the prompts of every candidate. */
export async function judgeAll(
  subject: Subject,
  candidates: readonly Candidate[],
  report: Report,
): Promise<Judged> {
  const count = candidates.length;
  const array = () => new Float64Array(count);
  const judged = { clean: array(), corrupted: array(), bias: array(), mass: array() };
  for (let start = 0; start < count; start += JUDGED_TOGETHER) {
    const some = candidates.slice(start, start + JUDGED_TOGETHER);
    const prompts = some.flatMap(({ pair, contentFree }) => [pair.clean, pair.corrupted, contentFree]);
    const answers = judge(subject, prompts, { probabilities: true });
    some.forEach((_, i) => {
      const [clean, corrupted, contentFree] = answers.slice(3 * i, 3 * i + 3);
      judged.clean[start + i] = difference(clean);
      judged.corrupted[start + i] = difference(corrupted);
      judged.bias[start + i] = difference(contentFree);
      judged.mass[start + i] = (clean.pYes as number) + (clean.pNo as number);
    });
    await report(Math.min(start + JUDGED_TOGETHER, count), count);
  }
  return judged;
}

export function judgementMetrics({ clean, corrupted, bias, mass }: Judged): Record<string, number> {
  const less = (d: Float64Array) => d.map((value, i) => value - bias[i]);
  return {
    AUC: areaUnderCurve(clean, corrupted),
    "AUC, less the bias": areaUnderCurve(less(clean), less(corrupted)),
    "order accuracy": orderAccuracy({ clean, corrupted }),
    gap: gap({ clean, corrupted }),
    bias: mean(bias),
    "answer mass": mean(mass),
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

/**
 * The pairs of a run in the plain format, found again among the candidates of the reversed one.
 * @throws Error where one of them cannot be made in the reversed format
 */
export function splitOf(plain: StoredRun, candidates: readonly Candidate[]): Split {
  const [rows, negatives] = [plain.array("rows"), plain.array("negatives")];
  const sameAs = (index: number) => {
    const kind = negatives[index] === 1 ? "random" : "hard";
    const found = candidates.findIndex(({ row, negative }) => row === rows[index] && negative === kind);
    if (found < 0)
      throw new Error(`The pair of row ${rows[index] + 1} and its ${kind} negative cannot be aligned here.`);
    return found;
  };
  const among = (name: string) => Array.from(plain.array(name), sameAs);
  return { discovery: among("discovery"), test: among("test") };
}
