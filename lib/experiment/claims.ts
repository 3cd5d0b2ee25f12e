import type { Interval, SeededValues } from "./statistics";

/** What the runs say of a sentence of the paper. */
export type Verdict = "supported" | "refuted" | "undecided";

/** What a claim says of an effect: that it is above 0, or that it is about 0, to within a margin that was fixed beforehand. */
export type Expectation = { readonly kind: "above 0" } | { readonly kind: "within"; readonly margin: number };

/** A sentence of the paper and the evidence of the stored runs. */
export interface ClaimEvidence {
  /** "C3". */
  readonly claim: string;
  readonly sentence: string;
  /** Where the paper says it. */
  readonly source: string;
  readonly expected: Expectation;
  /** The effect as an interval of a paired test, so counted that the claim says it is positive; undefined where runs are missing. */
  readonly effect?: Interval;
  /** Seeds behind the effect. */
  readonly seeds: number;
  /** What stands beside it in the table: why it could not be tested, say. */
  readonly note?: string;
}

export interface ClaimVerdict extends ClaimEvidence {
  /** Of the test, corrected for the paper's claims being several; NaN where nothing was tested. */
  readonly adjustedPValue: number;
  readonly verdict: Verdict;
}

/** Fewer seeds decide nothing. */
export const FEWEST_SEEDS = 3;
const LEVEL = 0.05;

/**
 * The verdicts on a paper's claims. An effect above 0 is supported, and one below 0 refuted, where the p-value, by Holm's correction
 * over all of the paper's tested claims, is below 0.05. "About 0" is supported where the 95% interval lies inside the margin, refuted
 * where it lies outside, undecided where it crosses the margin. Fewer than three seeds leave a claim undecided.
 */
export function judge(evidence: readonly ClaimEvidence[]): ClaimVerdict[] {
  const adjusted = holm(
    evidence.map(({ effect, expected }) =>
      effect === undefined || expected.kind === "within" ? Number.NaN : effect.pValue,
    ),
  );
  return evidence.map((claim, i) => ({
    ...claim,
    adjustedPValue: adjusted[i],
    verdict: verdictOn(claim, adjusted[i]),
  }));
}

function verdictOn({ effect, expected, seeds }: ClaimEvidence, adjustedPValue: number): Verdict {
  if (effect === undefined || seeds < FEWEST_SEEDS) return "undecided";
  if (expected.kind === "within") {
    const { margin } = expected;
    if (-margin < effect.low && effect.high < margin) return "supported";
    return effect.low > margin || effect.high < -margin ? "refuted" : "undecided";
  }
  if (!(adjustedPValue < LEVEL)) return "undecided";
  return effect.difference > 0 ? "supported" : "refuted";
}

/**
 * The effect where all the runs it needs are there, else what is missing.
 * @param values  [seeds][users] of a variant; undefined where there are no runs of it
 */
export function comparison(
  values: (name: string) => SeededValues | undefined,
  names: readonly string[],
  effect: () => Interval,
): Pick<ClaimEvidence, "effect" | "seeds" | "note"> {
  const missing = names.filter((name) => values(name) === undefined);
  if (missing.length > 0) return { seeds: 0, note: `no runs of ${missing.join(" and ")}` };
  return { effect: effect(), seeds: Math.min(...names.map((name) => values(name)!.length)) };
}

/** The table of a paper's claims: the effect with its interval and p-value, and what follows from them; empty cells where runs are missing. */
export function claimRows(verdicts: readonly ClaimVerdict[]) {
  return verdicts.map(({ claim, sentence, source, effect, adjustedPValue, seeds, verdict, note }) => ({
    claim,
    sentence,
    "in the paper": source,
    effect: effect === undefined ? "" : effect.difference.toFixed(4),
    "95% interval": effect === undefined ? "" : `${effect.low.toFixed(4)} to ${effect.high.toFixed(4)}`,
    "p (Holm)": Number.isNaN(adjustedPValue) ? "" : adjustedPValue.toPrecision(2),
    seeds,
    verdict,
    note: note ?? "",
  }));
}

/**
 * Holm's correction: p-values adjusted so that rejecting those below α keeps the chance of any false rejection at α.
 * @param pValues  NaN for what was not tested: it stays NaN and does not count
 * @see Holm 1979, Scandinavian Journal of Statistics 6
 */
export function holm(pValues: readonly number[]): number[] {
  const tested = pValues
    .flatMap((p, i) => (Number.isNaN(p) ? [] : [i]))
    .sort((i, j) => pValues[i] - pValues[j]);
  const adjusted = pValues.map(() => Number.NaN);
  let largest = 0;
  tested.forEach((index, position) => {
    largest = Math.max(largest, Math.min(1, (tested.length - position) * pValues[index]));
    adjusted[index] = largest;
  });
  return adjusted;
}
