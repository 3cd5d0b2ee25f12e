import { DataError } from "../../../data/error";
import type { Prices } from "../../../llm/chat";
import type { CheckMode } from "../../../math";
import {
  type LanguageGapRow,
  languageGap,
  type UnboxedShare,
  unboxedByLanguage,
} from "../analyses/languageGap";
import { checkerVersion } from "../grading/checkerVersion";
import type { MetricOptions } from "../metrics/setMetrics";
import { languagePairs } from "../problems/languagePairs";
import { SET_NAMES, type SetName, TIERS, type Tier } from "../problems/problem";
import { PUBLISHED, PUBLISHED_SOURCE, type PublishedScores } from "../published";
import type { RunRecord } from "../sampling/record";
import type { SampleSettings } from "../sampling/settings";
import { type BannerOptions, bannersOf } from "./banners";
import { type EvaluationResults, type GradedSet, MODES } from "./results";
import { type SetReport, setReport } from "./setReport";
import { type SpendingReport, spendingReport } from "./spending";

export interface ReportOptions extends MetricOptions, BannerOptions {
  readonly prices?: Prices;
}

/** Samples without a box in one tier. */
export interface UnboxedRow extends UnboxedShare {
  readonly tier: Tier;
  readonly mode: CheckMode;
}

/** What a model made of the benchmark, as plain data. No number mixes tiers or languages. */
export interface EvaluationReport {
  /** Above all numbers, where they are not those of a model on the benchmark. */
  readonly banners: readonly string[];
  readonly model: string;
  readonly settings: SampleSettings;
  readonly settingsId: string;
  readonly backends: readonly RunRecord["backend"][];
  /** When the first sample was begun and the last one ended, in ISO 8601. */
  readonly firstSample: string;
  readonly lastSample: string;
  /** Version of the code that extracted and checked. */
  readonly checker: string;
  readonly intervals: { readonly level: number; readonly resamples: number; readonly seed: number };
  readonly sets: readonly SetReport[];
  /** Sets that were asked for and have no sample. */
  readonly unsampled: readonly SetName[];
  /** Samples without a box by language and verdict. */
  readonly unboxed: readonly UnboxedRow[];
  /** English against Chinese, where a tier has both. */
  readonly languageGap?: Readonly<Record<CheckMode, readonly LanguageGapRow[]>>;
  readonly spending: SpendingReport;
  /** Scores of others in percent, where a set is one of the benchmark's. */
  readonly published?: { readonly source: string; readonly models: readonly PublishedScores[] };
}

/**
 * Puts a report together. The order of the sets does not matter, and the same results give the same report.
 * @throws DataError where no sample was answered, or where English and Chinese rows of a tier are not of one version; RangeError for two sets of one name
 * @see OlymMATH, metrics and analyses
 */
export function evaluationReport(results: EvaluationResults, options: ReportOptions = {}): EvaluationReport {
  const { model, settingsId, runs, firstSample, lastSample } = results;
  const sets = SET_NAMES.flatMap((name) => results.sets.filter(({ set }) => set.name === name));
  const sampled = sets.filter(({ ref }) => ref.some(({ samples }) => samples.length > 0));
  if (sets.length > new Set(sets.map(({ set }) => set.name)).size)
    throw new RangeError("Two of the sets have the same name: report them apart.");
  if (sampled.length === 0 || runs.length === 0) throw nothingToReport(results);
  const { level = 0.95, resamples = 10_000, seed = 0 } = options;
  const gap = gapOf(sampled, model, options);
  return {
    banners: bannersOf({ sets, runs }, options),
    model,
    settings: runs[runs.length - 1].settings,
    settingsId,
    backends: [...new Set(runs.map(({ backend }) => backend))],
    firstSample: new Date(firstSample).toISOString(),
    lastSample: new Date(lastSample).toISOString(),
    checker: checkerVersion(),
    intervals: { level, resamples, seed },
    sets: sampled.map((one) => setReport(one, runs, options)),
    unsampled: sets.filter((one) => !sampled.includes(one)).map(({ set }) => set.name),
    unboxed: unboxedRows(sampled),
    ...(gap === undefined ? {} : { languageGap: gap }),
    spending: spendingReport(sets, options.prices),
    ...(sampled.some(({ set }) => !set.synthetic)
      ? { published: { source: PUBLISHED_SOURCE, models: PUBLISHED } }
      : {}),
  };
}

function nothingToReport({ model, settingsId, sets }: EvaluationResults): DataError {
  const names = sets.map(({ set }) => set.name).join(", ");
  const failed = sets.reduce((sum, { spending }) => sum + spending.failed, 0);
  const failures = failed === 0 ? "" : ` ${failed} samples failed.`;
  return new DataError(
    `There is nothing to report: the log has no answer of ${model} with the settings ${settingsId} on ${names || "any set"}.${failures}`,
    {},
    "Draw samples first, or name the model, the settings and the sets that they were drawn with.",
  );
}

function inTier(sets: readonly GradedSet[], language: "EN" | "ZH", tier: Tier): GradedSet | undefined {
  return sets.find(({ set }) => set.name === `${language}-${tier}`);
}

function unboxedRows(sets: readonly GradedSet[]): UnboxedRow[] {
  return TIERS.flatMap((tier) =>
    MODES.flatMap((mode) => {
      const [en, zh] = [inTier(sets, "EN", tier)?.[mode] ?? [], inTier(sets, "ZH", tier)?.[mode] ?? []];
      return unboxedByLanguage({ en, zh })
        .filter(({ language }) => (language === "EN" ? en : zh).length > 0)
        .map((share) => ({ tier, mode, ...share }));
    }),
  );
}

/** @returns undefined where no tier has samples in both languages */
function gapOf(
  sets: readonly GradedSet[],
  model: string,
  options: ReportOptions,
): EvaluationReport["languageGap"] {
  const pairs = TIERS.flatMap((tier) => {
    const [en, zh] = [inTier(sets, "EN", tier), inTier(sets, "ZH", tier)];
    return en === undefined || zh === undefined ? [] : [{ en, zh }];
  });
  for (const { en, zh } of pairs) checkVersions(en, zh);
  const rows = (mode: CheckMode) => {
    const of = (language: "en" | "zh") => pairs.flatMap((pair) => pair[language][mode]);
    return languageGap([{ model, en: of("en"), zh: of("zh") }], options);
  };
  const gap = { ref: rows("ref"), want: rows("want") };
  return gap.ref.length > 0 ? gap : undefined;
}

/** The rows that both languages have must be of one version. @throws DataError */
function checkVersions({ set: en }: GradedSet, { set: zh }: GradedSet): void {
  const indices = (problems: typeof en.problems) => new Set(problems.map(({ index }) => index));
  const [inEnglish, inChinese] = [indices(en.problems), indices(zh.problems)];
  const common = ({ index }: { readonly index: number }) => inEnglish.has(index) && inChinese.has(index);
  languagePairs(
    { ...en, problems: en.problems.filter(common) },
    { ...zh, problems: zh.problems.filter(common) },
  );
}
