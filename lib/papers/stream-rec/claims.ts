import { type ClaimEvidence, type ClaimVerdict, comparison, judge } from "../../experiment/claims";
import {
  type Interval,
  mean,
  pairedBootstrap,
  pairedTTest,
  type SeededValues,
} from "../../experiment/statistics";
import { metricValues } from "../../recsys/metrics";
import { type Ledger, labelOf } from "./ledger";
import { STEPS } from "./variants";

type Metric = "ndcg" | "recall";

/** What claims are tested on. */
export interface ClaimRuns {
  /** NDCG@10 or Recall@10 of every test user, [seeds][users]; undefined unless every seed has a run of this name: pairs are of one seed. */
  values(name: string, metric: Metric): SeededValues | undefined;
  /** Another number of every test user that STREAM-Rec's runs hold: what thinking does to states and likelihoods. */
  thinking(name: ThinkingArray): SeededValues | undefined;
  /** Time of decoding with thinking over that without, over (l + m) / m, seed by seed. */
  readonly relativeCost: readonly number[];
  /** The number of thinking tokens, neither the least nor the greatest, that validates best. */
  readonly chosenSteps: string | undefined;
}

/** Arrays of STREAM-Rec's runs, [users] each. */
export type ThinkingArray = "firstCosine" | "lastCosine" | "thinkingLogLikelihood" | "directLogLikelihood";

/** The evidence that a ledger holds. */
export function claimRuns(ledger: Ledger): ClaimRuns {
  const complete = (name: string) => {
    const runs = ledger.runs(name);
    return runs.length < ledger.seeds.length ? undefined : runs;
  };
  return {
    values: (name, metric) => complete(name)?.map((run) => metricValues(run.array("ranks"), metric)),
    thinking: (name) => complete("full")?.map((run) => Float64Array.from(run.array(name))),
    relativeCost: ledger
      .runs("full")
      .map(
        ({ metrics, timings }) =>
          timings["milliseconds a user, thinking"] /
          timings["milliseconds a user, direct"] /
          ((metrics["thinking tokens"] + metrics["answer tokens"]) / metrics["answer tokens"]),
      ),
    chosenSteps: chosenSteps(ledger),
  };
}

/** How far from 1 the cost may be, relative to (l + m) / m; fixed before any run. */
const COST_MARGIN = 0.25;

/**
 * The paper's claims on the runs that there are, each by the 95% interval of a difference over users and seeds, their p-values corrected for
 * their number.
 * @see STREAM-Rec, arXiv:2504.09627: S1 and S2 are reported; S3 to S6 follow from what it says; S7 is arithmetic
 */
export function testClaims(runs: ClaimRuns): ClaimVerdict[] {
  const claim = (
    name: string,
    sentence: string,
    source: string,
    [better, worse]: readonly [string, string],
    metric: Metric = "ndcg",
  ): ClaimEvidence => ({
    ...{ claim: name, sentence, source, expected: { kind: "above 0" } },
    ...comparison(
      (variant) => runs.values(variant, metric),
      [better, worse],
      () => beats(runs, better, worse, metric),
    ),
  });
  const reported = "table of results";
  return judge([
    claim("S1 RL", "Stage 3 adds to stages 1 and 2", reported, ["full", "sft"]),
    claim("S1 RL Recall", "The same in Recall@10", reported, ["full", "sft"], "recall"),
    claim("S1 SFT", "Stages 1 and 2 beat TIGER", reported, ["sft", "TIGER"]),
    claim("S1 SFT Recall", "The same in Recall@10", reported, ["sft", "TIGER"], "recall"),
    claim("S1 pauses", "STREAM-Rec beats TIGER with as many steps that mean nothing", "ours", [
      "full",
      "TIGER + pauses",
    ]),
    claim("S2", "Stage 1 alone is worse than TIGER", reported, ["TIGER", "stage1"]),
    claim("S3 similar", "Annotated traces beat those of similar items", "S1 and S2", ["sft", "similar"]),
    claim("S3 random", "Annotated traces beat random ones", "S1 and S2", ["sft", "random"]),
    claim("S4 contrast", "The contrast of states helps", "ablation", ["sft", "no-contrast"]),
    claim("S4 quantisation", "The quantisation loss helps", "ablation", ["sft", "no-quantisation"]),
    claim("S4 preference", "The preference helps", "ablation", ["sft", "no-preference"]),
    claim("S4 format", "The reward of the format helps", "ablation", ["full", "no-format"]),
    claim("S4 match", "The reward of the match helps", "ablation", ["full", "no-match"]),
    claim("S4 similarity", "The reward of the similarity helps", "ablation", ["full", "no-similarity"]),
    claim("S4 likelihood", "The reward of the likelihood helps", "ablation", ["full", "no-likelihood"]),
    claim("S4 rank", "The reward of the rank helps", "ablation", ["full", "no-rank"]),
    bestSteps(runs, "S5 more", "Some thinking beats none", "l0"),
    bestSteps(runs, "S5 fewer", "Too much thinking hurts", "l8"),
    thinkingRaises(
      runs,
      "S6 states",
      "Along the thinking steps the states come nearer to the target (effect: cosine)",
      ["lastCosine", "firstCosine"],
    ),
    thinkingRaises(
      runs,
      "S6 likelihood",
      "Thinking makes the target more likely than writing it at once (effect: nats)",
      ["thinkingLogLikelihood", "directLogLikelihood"],
    ),
    thinkingCosts(runs),
  ]);
}

/** The mean of one variant minus that of another, over the same users and seeds. */
export function beats(
  { values }: Pick<ClaimRuns, "values">,
  better: string,
  worse: string,
  metric: Metric = "ndcg",
): Interval {
  return pairedBootstrap(values(better, metric)!, values(worse, metric)!);
}

/** S5: the best number of thinking tokens between the ends, minus one end. */
function bestSteps(runs: ClaimRuns, name: string, sentence: string, end: string): ClaimEvidence {
  const claim = {
    claim: name,
    sentence,
    source: "l = 6 and 4 are reported",
    expected: { kind: "above 0" },
  } as const;
  const { chosenSteps: chosen } = runs;
  if (chosen === undefined) return { ...claim, seeds: 0, note: "no runs of several l" };
  return {
    ...claim,
    ...comparison(
      (variant) => runs.values(variant, "ndcg"),
      [chosen, end],
      () => beats(runs, chosen, end),
    ),
    note: `${labelOf(chosen)}, chosen by validation`,
  };
}

/** S6: what thinking does on held-out users. */
function thinkingRaises(
  { thinking }: ClaimRuns,
  name: string,
  sentence: string,
  [after, before]: readonly [ThinkingArray, ThinkingArray],
): ClaimEvidence {
  const claim = { claim: name, sentence, source: "its mechanism", expected: { kind: "above 0" } } as const;
  const [a, b] = [thinking(after), thinking(before)];
  if (a === undefined || b === undefined) return { ...claim, seeds: 0, note: "no runs of full" };
  return { ...claim, effect: pairedBootstrap(a, b), seeds: a.length };
}

/** S7: the time of decoding grows by the number of tokens. */
function thinkingCosts({ relativeCost }: ClaimRuns): ClaimEvidence {
  const claim = {
    claim: "S7",
    sentence: `Thinking costs (l + m) / m in decoding time, to within ${100 * COST_MARGIN}% (effect: share above that)`,
    source: "arithmetic",
    expected: { kind: "within", margin: COST_MARGIN },
    seeds: relativeCost.length,
  } as const;
  if (relativeCost.length < 2) return { ...claim, note: "no runs of full with two seeds or more" };
  const { difference, low, high, pValue } = pairedTTest(
    relativeCost,
    relativeCost.map(() => 1),
  );
  return { ...claim, effect: { difference, low, high, level: 0.95, pValue } };
}

/** By validation, among the numbers between the least and the greatest; undefined unless every seed has run all. */
function chosenSteps({ runs, seeds }: Ledger): string | undefined {
  const names = STEPS.map((steps) => `l${steps}`);
  if (names.some((name) => runs(name).length < seeds.length)) return undefined;
  const validation = (name: string) => mean(runs(name).map(({ metrics }) => metrics["validation NDCG@10"]));
  return names.slice(1, -1).sort((a, b) => validation(b) - validation(a))[0];
}
