import { holm } from "../../../experiment/claims";
import { type WilcoxonResult, wilcoxonSignedRank } from "../../../experiment/wilcoxon";
import { passAtK } from "../../../math";
import type { GradedProblem, GradedSample } from "../grading/grade";
import {
  type BootstrapOptions,
  type Contribution,
  countContribution,
  type Estimate,
  twoLevelBootstrap,
} from "../metrics/bootstrap";
import { FIELDS, type Field, type Language, type Problem, TIERS, type Tier } from "../problems/problem";

/** What the comparison of languages needs of a graded problem. */
export interface ScoredProblem {
  readonly problem: Pick<Problem, "tier" | "field" | "index">;
  readonly samples: readonly Pick<GradedSample, "correct">[];
}

/** What one model made of the same problems in both languages; any tiers. */
export interface BilingualResults {
  readonly model: string;
  readonly en: readonly ScoredProblem[];
  readonly zh: readonly ScoredProblem[];
}

export interface LanguageGapRow {
  readonly tier: Tier;
  readonly field: Field | "all";
  readonly models: number;
  readonly problems: number;
  /** Mean pass rate over problems and models. */
  readonly en: number;
  readonly zh: number;
  /** en - zh */
  readonly difference: Estimate;
  /** Of the problems' differences, each the mean over the models. */
  readonly test: WilcoxonResult;
  /** By Holm's correction over all rows. */
  readonly adjustedPValue: number;
}

/**
 * Whether models do better in English: d_i = pass rate of problem i in English - in Chinese, the mean over the models. Per tier, all fields together and each.
 * Problems are joined by tier and number; one without samples in some language or of some model is left out. A model without samples of a tier in both languages
 * does not count there.
 * @throws RangeError without models
 * @see OlymMATH, analysis of language
 */
export function languageGap(
  models: readonly BilingualResults[],
  options?: BootstrapOptions,
): LanguageGapRow[] {
  if (models.length === 0) throw new RangeError("A comparison of languages needs the results of a model.");
  const rows = TIERS.flatMap((tier) => {
    const tables = bilingualTables(models, tier);
    const joined = join(tables);
    return (["all", ...FIELDS] as const).flatMap((field) => {
      const own = joined.filter((pair) => field === "all" || pair.field === field);
      if (own.length === 0) return [];
      const [en, zh] = [own.map((pair) => meanPart(pair.en)), own.map((pair) => meanPart(pair.zh))];
      const difference = twoLevelBootstrap(own.map(differenceOf), { ...options, bounds: [-1, 1] });
      return {
        tier,
        field,
        models: tables.length,
        problems: own.length,
        en: mean(en),
        zh: mean(zh),
        difference,
        test: signedRankTest(en, zh),
      };
    });
  });
  const adjusted = holm(rows.map(({ test }) => test.pValue));
  return rows.map((row, i) => ({ ...row, adjustedPValue: adjusted[i] }));
}

/** Differences are rounded far below one sample: 0.3 - 0.1 is not 0.4 - 0.2 to the last bit, and they are to share a rank. */
function signedRankTest(en: readonly number[], zh: readonly number[]): WilcoxonResult {
  const differences = en.map((share, problem) => Math.round((share - zh[problem]) * 1e12) / 1e12);
  return wilcoxonSignedRank(differences, new Float64Array(differences.length));
}

/** A model's sampled problems of one tier, by number. */
type BilingualTable = Readonly<Record<"en" | "zh", ReadonlyMap<number, ScoredProblem>>>;

/** Of the models that have samples of a tier in both languages. */
function bilingualTables(models: readonly BilingualResults[], tier: Tier): BilingualTable[] {
  const sampled = (scored: readonly ScoredProblem[]) =>
    new Map(
      scored
        .filter(({ problem, samples }) => problem.tier === tier && samples.length > 0)
        .map((one) => [one.problem.index, one]),
    );
  return models
    .map(({ en, zh }) => ({ en: sampled(en), zh: sampled(zh) }))
    .filter(({ en, zh }) => en.size > 0 && zh.size > 0);
}

interface JoinedProblem {
  readonly field: Field;
  /** One a model. */
  readonly en: readonly Contribution[];
  readonly zh: readonly Contribution[];
}

function join(tables: readonly BilingualTable[]): JoinedProblem[] {
  if (tables.length === 0) return [];
  return [...tables[0].en].flatMap(([index, { problem }]) => {
    const of = (language: "en" | "zh") =>
      tables.flatMap((table) => {
        const found = table[language].get(index);
        return found === undefined ? [] : passRate(found);
      });
    const [en, zh] = [of("en"), of("zh")];
    if (en.length < tables.length || zh.length < tables.length) return [];
    return { field: problem.field, en, zh };
  });
}

/** The share of right samples, redrawn by their number. */
function passRate({ samples }: ScoredProblem): Contribution {
  const n = samples.length;
  const right = samples.filter(({ correct }) => correct).length;
  return countContribution(n, right, (count) => ({ part: passAtK(n, count, 1), weight: 1 }));
}

function differenceOf({ en, zh }: JoinedProblem): Contribution {
  return {
    part: meanPart(en) - meanPart(zh),
    weight: 1,
    redraw: (random) => {
      const redrawn = (side: readonly Contribution[]) => mean(side.map((one) => one.redraw(random).part));
      return { part: redrawn(en) - redrawn(zh), weight: 1 };
    },
  };
}

function meanPart(contributions: readonly Contribution[]): number {
  return mean(contributions.map(({ part }) => part));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export interface UnboxedShare {
  readonly language: Language;
  readonly verdict: "right" | "wrong";
  readonly samples: number;
  /** Of these, without a box. */
  readonly unboxed: number;
}

/** Samples without a box by language and verdict: where an answer is missing more often in one language, a part of the gap is form, not mathematics. */
export function unboxedByLanguage({
  en,
  zh,
}: Readonly<Record<"en" | "zh", readonly GradedProblem[]>>): UnboxedShare[] {
  return [
    { language: "EN" as const, graded: en },
    { language: "ZH" as const, graded: zh },
  ].flatMap(({ language, graded }) =>
    (["right", "wrong"] as const).map((verdict) => {
      const samples = graded
        .flatMap((one) => one.samples)
        .filter(({ correct }) => correct === (verdict === "right"));
      return {
        language,
        verdict,
        samples: samples.length,
        unboxed: samples.filter(({ boxed }) => !boxed).length,
      };
    }),
  );
}
