import type { SetName } from "../problems/problem";
import { type ComparisonOptions, comparison } from "./comparison";
import type { ReportInFolder } from "./comparisonChecks";
import { type EvaluationReport, evaluationReport } from "./evaluationReport";
import { madeResults } from "./testing";

/** Helpers for the tests of comparisons: reports of models whose right answers are planted. */

export const QUICK = { resamples: 20 };

/** Answers of a problem whose gold is 1: so many right of so many, the wrong ones all different unless told. */
export function answers(right: number, samples: number, wrong?: string): string[] {
  return Array.from({ length: samples }, (_, sample) => (sample < right ? "1" : (wrong ?? `${sample + 2}`)));
}

interface Planted {
  readonly sets: Partial<Record<SetName, readonly (readonly string[])[]>>;
  readonly synthetic?: boolean;
  readonly change?: Partial<EvaluationReport>;
}

/** A report of a model, in a folder of its name. */
export function planted(model: string, { sets, synthetic = false, change = {} }: Planted): ReportInFolder {
  const made = Object.entries(sets).map(([name, own]) =>
    madeResults(own, { name: name as SetName, synthetic }),
  );
  const results = { ...made[0], model, sets: made.flatMap((one) => one.sets) };
  return { folder: `runs/${model}`, report: { ...evaluationReport(results, QUICK), ...change } };
}

/** Three models on five problems in both languages, four samples each; right ones of each problem. */
const RIGHT = {
  weak: { en: [2, 1, 1, 0, 0], zh: [1, 0, 1, 0, 0] },
  middle: { en: [4, 3, 2, 1, 0], zh: [2, 2, 1, 0, 0] },
  strong: { en: [4, 4, 4, 3, 1], zh: [4, 3, 3, 2, 1] },
} as const;

/** Their comparison: each does better in English. */
export const three = (options: ComparisonOptions = {}, of: Omit<Planted, "sets"> = {}) =>
  comparison(
    (Object.keys(RIGHT) as (keyof typeof RIGHT)[]).map((name) => {
      const set = (language: "en" | "zh") => RIGHT[name][language].map((right) => answers(right, 4));
      return planted(name, { ...of, sets: { "EN-EASY": set("en"), "ZH-EASY": set("zh") } });
    }),
    { ...QUICK, ...options },
  );
