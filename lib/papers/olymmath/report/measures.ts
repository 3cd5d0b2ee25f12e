import type { CheckMode } from "../../../math";
import type { Estimate } from "../metrics/bootstrap";
import type { SetMetrics } from "../metrics/setMetrics";
import type { Field, SetName, Tier } from "../problems/problem";
import type { EvaluationReport } from "./evaluationReport";
import { MODES } from "./results";
import type { ModeReport } from "./setReport";

/** One number of a report. */
export interface MeasureRow {
  /** A set, or both languages of a tier. */
  readonly set: SetName | `EN-${Tier} - ZH-${Tier}`;
  readonly field: Field | "all";
  readonly mode: CheckMode;
  readonly measure: string;
  /** Of pass@k and cons@k. */
  readonly k?: number;
  readonly value: number;
  /** The ends of the interval, where there is one. */
  readonly low?: number;
  readonly high?: number;
  readonly problems: number;
  /** Samples of a problem, the fewest and the most; absent of comparisons. */
  readonly least?: number;
  readonly most?: number;
}

type Measure = Pick<MeasureRow, "measure" | "k" | "value" | "low" | "high">;

/** Every number of a report about sets, fields and languages: scores and rates in [0, 1], lengths in tokens. */
export function measureRows({ sets, languageGap }: EvaluationReport): MeasureRow[] {
  const ofSets = sets.flatMap((one) =>
    MODES.flatMap((mode) => {
      const { metrics, fields, guesses } = one[mode];
      const rows = (field: Field | "all", of: SetMetrics, more: readonly Measure[] = []) =>
        [...measuresOf(of), ...more].map((measure) => ({
          ...{ set: one.set, field, mode, ...measure },
          ...{ problems: of.problems, ...of.samples },
        }));
      return [
        ...rows("all", metrics, guessMeasures(guesses)),
        ...fields.flatMap(({ field, metrics: own }) => rows(field, own)),
      ];
    }),
  );
  const ofLanguages = MODES.flatMap((mode) =>
    (languageGap?.[mode] ?? []).flatMap(({ tier, field, problems, difference, test, adjustedPValue }) => {
      const common = { set: `EN-${tier} - ZH-${tier}` as const, field, mode, problems };
      return [
        { ...common, ...estimated("pass@1", difference) },
        { ...common, measure: "Wilcoxon p", value: test.pValue },
        { ...common, measure: "Holm p", value: adjustedPValue },
      ];
    }),
  );
  return [...ofSets, ...ofLanguages];
}

function measuresOf(metrics: SetMetrics): Measure[] {
  const { accuracy, pass, consensus, truncated, unboxed, agreement, distinct, voiceless, repeated, tokens } =
    metrics;
  return [
    estimated("pass@1", accuracy),
    ...pass.map(({ k, estimate }) => ({ ...estimated("pass@k", estimate), k })),
    ...consensus.map(({ k, estimate }) => ({ ...estimated("cons@k", estimate), k })),
    estimated("truncated", truncated),
    estimated("no box", unboxed),
    { measure: "agreement", value: agreement },
    { measure: "distinct answers", value: distinct },
    { measure: "samples without a vote", value: voiceless },
    { measure: "repeated samples", value: repeated },
    { measure: "tokens", value: tokens.all },
    { measure: "tokens of right", value: tokens.correct },
    { measure: "tokens of wrong", value: tokens.incorrect },
  ];
}

function guessMeasures(guesses: ModeReport["guesses"]): Measure[] {
  return guesses === undefined ? [] : [estimated("guess rate", guesses.rate)];
}

function estimated(measure: string, { value, low, high }: Estimate): Measure {
  return { measure, value, low, high };
}
