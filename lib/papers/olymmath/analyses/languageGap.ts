import { holm } from "../../../experiment/claims";
import { type WilcoxonResult, wilcoxonSignedRank } from "../../../experiment/wilcoxon";
import type { GradedProblem } from "../grading/grade";
import {
  type BootstrapOptions,
  type Contribution,
  type Estimate,
  twoLevelBootstrap,
} from "../metrics/bootstrap";
import { passContribution } from "../metrics/setMetrics";
import { FIELDS, type Field, type Language, TIERS, type Tier } from "../problems/problem";

/** What one model made of the same problems in both languages; any tiers. */
export interface BilingualResults {
  readonly model: string;
  readonly en: readonly GradedProblem[];
  readonly zh: readonly GradedProblem[];
}

export interface LanguageGapRow {
  readonly tier: Tier;
  readonly field: Field | "all";
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
 * Problems are joined by tier and number; one without samples in some language or of some model is left out.
 * @throws RangeError without models
 * @see OlymMATH, analysis of language
 */
export function languageGap(
  models: readonly BilingualResults[],
  options?: BootstrapOptions,
): LanguageGapRow[] {
  if (models.length === 0) throw new RangeError("A comparison of languages needs the results of a model.");
  const joined = join(models);
  const rows = TIERS.flatMap((tier) =>
    (["all", ...FIELDS] as const).flatMap((field) => {
      const own = joined.filter((pair) => pair.tier === tier && (field === "all" || pair.field === field));
      if (own.length === 0) return [];
      const [en, zh] = [own.map((pair) => meanPart(pair.en)), own.map((pair) => meanPart(pair.zh))];
      const difference = twoLevelBootstrap(own.map(differenceOf), { ...options, bounds: [-1, 1] });
      return {
        tier,
        field,
        problems: own.length,
        en: mean(en),
        zh: mean(zh),
        difference,
        test: wilcoxonSignedRank(en, zh),
      };
    }),
  );
  const adjusted = holm(rows.map(({ test }) => test.pValue));
  return rows.map((row, i) => ({ ...row, adjustedPValue: adjusted[i] }));
}

interface JoinedProblem {
  readonly tier: Tier;
  readonly field: Field;
  /** One a model. */
  readonly en: readonly Contribution[];
  readonly zh: readonly Contribution[];
}

function join(models: readonly BilingualResults[]): JoinedProblem[] {
  const keyed = (graded: readonly GradedProblem[]) =>
    new Map(
      graded
        .filter(({ samples }) => samples.length > 0)
        .map((one) => [`${one.problem.tier} ${one.problem.index}`, one]),
    );
  const tables = models.map(({ en, zh }) => ({ en: keyed(en), zh: keyed(zh) }));
  return [...tables[0].en].flatMap(([key, { problem }]) => {
    const of = (language: "en" | "zh") =>
      tables.flatMap((table) => {
        const found = table[language].get(key);
        return found === undefined ? [] : passContribution(found, 1);
      });
    const [en, zh] = [of("en"), of("zh")];
    if (en.length < models.length || zh.length < models.length) return [];
    return { tier: problem.tier, field: problem.field, en, zh };
  });
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
export function unboxedByLanguage({ en, zh }: Pick<BilingualResults, "en" | "zh">): UnboxedShare[] {
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
