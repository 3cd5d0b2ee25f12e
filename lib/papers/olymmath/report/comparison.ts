import { DataError } from "../../../data/error";
import { holm } from "../../../experiment/claims";
import {
  BENCHMARK_SETS,
  type BenchmarkLine,
  type BenchmarkScores,
  tierLine,
} from "../analyses/benchmarkLine";
import { type LanguageGapRow, languageGap, type ScoredProblem } from "../analyses/languageGap";
import type { BootstrapOptions } from "../metrics/bootstrap";
import { type Language, SET_NAMES, type SetName, type Tier } from "../problems/problem";
import { PUBLISHED, PUBLISHED_SOURCE, type PublishedScores } from "../published";
import { checkComparable, type ReportInFolder } from "./comparisonChecks";
import { type ComparedScore, comparedScores } from "./comparisonScores";
import type { EvaluationReport } from "./evaluationReport";
import { MODES } from "./results";

export interface ComparisonOptions extends BootstrapOptions {
  /** Pass@1 on AIME24 in percent, by the names of the comparison. */
  readonly aime24?: ReadonlyMap<string, number>;
}

/** A model of the comparison, and how its samples were drawn. */
export interface ComparedModel
  extends Pick<EvaluationReport, "settings" | "settingsId" | "backends" | "firstSample" | "lastSample"> {
  /** By which the comparison calls it. */
  readonly name: string;
  readonly folder: string;
}

/** One model on one tier in both languages, over all fields. */
export interface ModelGapRow extends LanguageGapRow {
  readonly model: string;
}

/** What several models made of the same problems, as plain data. */
export interface Comparison {
  /** Of all reports; where not all have one, with the models that have. */
  readonly banners: readonly string[];
  readonly models: readonly ComparedModel[];
  readonly checker: string;
  readonly intervals: EvaluationReport["intervals"];
  /** SHA-256 of each set's file. */
  readonly files: Readonly<Partial<Record<SetName, string>>>;
  readonly synthetic: boolean;
  /** Of each set, in each way of checking, of each model that has samples of it. */
  readonly scores: readonly ComparedScore[];
  /** English against Chinese. p-values are corrected over the rows of one table and one way of checking. */
  readonly languages: Readonly<
    Record<
      "ref" | "want",
      { readonly byModel: readonly ModelGapRow[]; readonly pooled: readonly LanguageGapRow[] }
    >
  >;
  /** Scores of others in percent, and all beside another benchmark; absent of made-up problems. */
  readonly published?: { readonly source: string; readonly models: readonly PublishedScores[] };
  readonly benchmark?: {
    readonly models: readonly BenchmarkScores[];
    readonly lines: readonly (BenchmarkLine & { readonly set: string; readonly models: number })[];
  };
}

/**
 * Sets the reports of several models beside each other. Scores are over those problems of a set of which all models that have it have samples.
 * @throws DataError as `checkComparable`, and where a score on AIME24 has nothing to stand beside
 * @see OlymMATH, results and analyses over models
 */
export function comparison(
  compared: readonly ReportInFolder[],
  { aime24 = new Map(), ...options }: ComparisonOptions = {},
): Comparison {
  checkComparable(compared);
  const names = comparedNames(compared);
  const reports = compared.map(({ report }, at) => ({ name: names[at], report }));
  const { level = 0.95, resamples = 10_000, seed = 0 } = options;
  const scores = comparedScores(reports, options);
  const synthetic = compared[0].report.sets[0].synthetic;
  const files = SET_NAMES.flatMap((name) =>
    compared.flatMap(({ report }) =>
      report.sets.filter(({ set }) => set === name).map(({ sha256 }) => [name, sha256] as const),
    ),
  );
  const languagesBy = (mode: "ref" | "want") => ({
    byModel: gapsByModel(reports, mode),
    pooled: languageGap(
      reports.map((one) => ({
        model: one.name,
        en: scored(one.report, "EN", mode),
        zh: scored(one.report, "ZH", mode),
      })),
      options,
    ),
  });
  return {
    banners: commonBanners(reports),
    models: compared.map(({ folder, report }, at) => {
      const { settings, settingsId, backends, firstSample, lastSample } = report;
      return { name: names[at], folder, settings, settingsId, backends, firstSample, lastSample };
    }),
    checker: compared[0].report.checker,
    intervals: { level, resamples, seed },
    files: Object.fromEntries(files),
    synthetic,
    scores,
    languages: { ref: languagesBy("ref"), want: languagesBy("want") },
    ...benchmarkOf(scores, synthetic, aime24),
  };
}

/** What a comparison calls its models; the settings tell two of one model apart. */
export function comparedNames(compared: readonly ReportInFolder[]): string[] {
  const models = compared.map(({ report }) => report.model);
  return compared.map(({ report: { model, settingsId } }) =>
    models.filter((one) => one === model).length === 1 ? model : `${model} (${settingsId.slice(0, 8)})`,
  );
}

interface NamedReport {
  readonly name: string;
  readonly report: EvaluationReport;
}

function commonBanners(reports: readonly NamedReport[]): string[] {
  const banners = new Set(reports.flatMap(({ report }) => report.banners));
  return [...banners].map((banner) => {
    const own = reports.filter(({ report }) => report.banners.includes(banner));
    return own.length === reports.length
      ? banner
      : `${banner} This is about ${own.map(({ name }) => name).join(", ")}.`;
  });
}

/** The problems of a language as the comparison of languages takes them. */
function scored({ sets }: EvaluationReport, language: Language, mode: "ref" | "want"): ScoredProblem[] {
  return sets
    .filter(({ set }) => set.startsWith(language))
    .flatMap(({ set, problems }) =>
      problems.map(({ index, field, samples, correct }) => ({
        problem: { tier: set.slice(3) as Tier, field, index },
        samples: Array.from({ length: samples }, (_, sample) => ({ correct: sample < correct[mode] })),
      })),
    );
}

function gapsByModel(reports: readonly NamedReport[], mode: "ref" | "want"): ModelGapRow[] {
  const rows = reports.flatMap(({ name, report }) =>
    (report.languageGap?.[mode] ?? [])
      .filter(({ field }) => field === "all")
      .map((row) => ({ model: name, ...row })),
  );
  const adjusted = holm(rows.map(({ test }) => test.pValue));
  return rows.map((row, at) => ({ ...row, adjustedPValue: adjusted[at] }));
}

function benchmarkOf(
  scores: readonly ComparedScore[],
  synthetic: boolean,
  aime24: ReadonlyMap<string, number>,
): Pick<Comparison, "published" | "benchmark"> {
  if (synthetic) {
    if (aime24.size > 0)
      throw new DataError(
        "Scores on made-up problems have no place beside AIME24.",
        {},
        "Leave the scores on AIME24 out.",
      );
    return {};
  }
  const ours = [...aime24].map(([name, AIME24]) => {
    const own = BENCHMARK_SETS.flatMap((set) =>
      scores
        .filter((row) => row.model === name && row.set === set && row.mode === MODES[0])
        .map(({ accuracy }) => [set, 100 * accuracy.value] as const),
    );
    if (own.length === 0)
      throw new DataError(
        `${name} has no score on ${BENCHMARK_SETS.join(" or ")} to stand beside AIME24.`,
        {},
        "Evaluate it there, or leave its score on AIME24 out.",
      );
    return { model: `${name}, here`, AIME24, ...Object.fromEntries(own) };
  });
  const models: BenchmarkScores[] = [...PUBLISHED, ...ours];
  return {
    published: { source: PUBLISHED_SOURCE, models: PUBLISHED },
    benchmark: {
      models: models.map(({ model, AIME24, ...of }) => ({
        ...{ model, AIME24 },
        ...Object.fromEntries(
          BENCHMARK_SETS.flatMap((set) => (of[set] === undefined ? [] : [[set, of[set]]])),
        ),
      })),
      lines: BENCHMARK_SETS.map((set) => ({ set, ...tierLine(models, set) })),
    },
  };
}
