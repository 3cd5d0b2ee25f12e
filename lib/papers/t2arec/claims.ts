import { type ClaimEvidence, type ClaimVerdict, comparison, judge } from "../../experiment/claims";
import {
  groupBootstrap,
  type Interval,
  mean,
  pairedBootstrap,
  pairedTTest,
  type SeededValues,
} from "../../experiment/statistics";
import { type SequentialDataset, splitTargets, timeSegments } from "../../recsys";
import { metricValues } from "../../recsys/metrics";
import { BATCH_MS, STEP_BATCH_MS } from "./experiment";
import { chosenStep, type Ledger, labelOf } from "./ledger";

/** The runs that claims are tested on. */
export interface ClaimRuns {
  readonly data: SequentialDataset;
  /** The events predicted, in the order of the values. */
  readonly cases: Int32Array;
  /** Equal-count segments of test time. */
  readonly segments: number;
  /** NDCG@10 of every test case, [seeds][cases]; undefined where there are no runs of this model or variant. */
  ndcg(name: string): SeededValues | undefined;
  /** The setting of the test-time step that validation chooses; undefined where no settings were compared. */
  readonly chosenStep: string | undefined;
  /** Throughput of a test batch with the step as a share of that of a plain one, a number a seed. */
  readonly throughput: readonly number[];
}

/** The evidence that a ledger holds. */
export function claimRuns(ledger: Ledger): ClaimRuns {
  const { data } = ledger.loaded;
  return {
    data,
    cases: splitTargets(data, "test"),
    segments: ledger.config.segments,
    ndcg(name) {
      const runs = ledger.runs(name);
      return runs.length === 0 ? undefined : runs.map((run) => metricValues(run.array("ranks"), "ndcg"));
    },
    chosenStep: chosenStep(ledger),
    throughput: ledger.runs("full").map(({ timings }) => timings[BATCH_MS] / timings[STEP_BATCH_MS]),
  };
}

/** The paper's table 4: T2ARec has 36 to 66% of the throughput of the static state space model. */
const THROUGHPUT = { low: 0.36, high: 0.66 } as const;

/** T2ARec without its losses is as good as its backbone where NDCG@10 differs by less than this; fixed before any run. */
const MARGIN = 0.005;

/**
 * The paper's claims on the runs that there are, each by the 95% interval of a difference over users and seeds, their p-values corrected
 * for their number.
 * @see T2ARec (RecSys '25): C1 figure 2; C2 to C5 table 3; C6 figure 5; C7 table 4
 */
export function testClaims(runs: ClaimRuns): ClaimVerdict[] {
  const above = { kind: "above 0" } as const;
  const versus = (better: string, worse: string) =>
    comparison(runs.ndcg, [better, worse], () => beats(runs, better, worse));
  return judge([
    fallsOverTime(runs, "SASRec", "SASRec"),
    fallsOverTime(runs, "GRU4Rec", "GRU4Rec"),
    fallsOverTime(runs, "Mamba4Rec", "Mamba4Rec"),
    fallsOverTime(runs, "noBoth", "T2ARec w/o both"),
    {
      claim: "C2",
      sentence: "Without its losses T2ARec is as good as Mamba4Rec",
      source: "table 3",
      expected: { kind: "within", margin: MARGIN },
      ...comparison(runs.ndcg, ["noBoth", "Mamba4Rec"], () =>
        beats(runs, "noBoth", "Mamba4Rec", "independent"),
      ),
    },
    {
      claim: "C3",
      sentence: "Training with both alignment losses beats training without, even with no test-time step",
      source: "table 3",
      expected: above,
      ...versus("noBothTest", "noBoth"),
    },
    {
      claim: "C4 as printed",
      sentence: "The test-time step adds to that: gradient descent, α = 0.005, one step",
      source: "table 3",
      expected: above,
      ...versus("full", "noBothTest"),
    },
    stepAdds(runs),
    {
      claim: "C5",
      sentence: "Leaving out the state loss costs more than leaving out the time loss",
      source: "table 3",
      expected: above,
      ...versus("noTime", "noState"),
    },
    gainsMoreLater(runs, "TiM4Rec"),
    gainsMoreLater(runs, "TTT4Rec"),
    throughputHalves(runs),
  ]);
}

/** The mean of one variant minus that of another, over the same users; by default over the same seeds too. */
export function beats(
  { ndcg }: Pick<ClaimRuns, "ndcg">,
  better: string,
  worse: string,
  seeds: "paired" | "independent" = "paired",
): Interval {
  return pairedBootstrap(ndcg(better)!, ndcg(worse)!, { seeds });
}

/** C4 with the setting of the step that validation chooses: the test split has no say in it. */
function stepAdds(runs: ClaimRuns): ClaimEvidence {
  const { chosenStep: chosen } = runs;
  const claim = {
    claim: "C4 chosen",
    sentence: "The test-time step adds to that, its setting chosen by validation",
    source: "table 3",
    expected: { kind: "above 0" },
  } as const;
  if (chosen === undefined) return { ...claim, seeds: 0, note: "no runs of other settings" };
  return {
    ...claim,
    ...comparison(runs.ndcg, [chosen, "noBothTest"], () => beats(runs, chosen, "noBothTest")),
    note: `chosen: ${labelOf(chosen)}`,
  };
}

/** C7: throughput with the step as a share of that without, less the middle of the paper's range. */
function throughputHalves({ throughput }: ClaimRuns): ClaimEvidence {
  const middle = (THROUGHPUT.low + THROUGHPUT.high) / 2;
  const claim = {
    claim: "C7",
    sentence: `A test batch with the step has ${100 * THROUGHPUT.low} to ${100 * THROUGHPUT.high}% of the throughput of a plain one`,
    source: "table 4",
    expected: { kind: "within", margin: THROUGHPUT.high - middle },
    seeds: throughput.length,
  } as const;
  if (throughput.length < 2) return { ...claim, note: "no runs of full with two seeds or more" };
  const share = `${(100 * Math.min(...throughput)).toFixed(0)} to ${(100 * Math.max(...throughput)).toFixed(0)}%`;
  const { difference, low, high, pValue } = pairedTTest(
    throughput,
    throughput.map(() => middle),
  );
  return { ...claim, effect: { difference, low, high, level: 0.95, pValue }, note: `measured: ${share}` };
}

/** C1: NDCG@10 of a static model in the first segment of test time, minus that in the last. */
function fallsOverTime(runs: ClaimRuns, name: string, label: string): ClaimEvidence {
  return {
    claim: `C1 ${label}`,
    sentence: `${label}'s NDCG@10 falls from the first segment of test time to the last`,
    source: "section 3.2, figure 2",
    expected: { kind: "above 0" },
    ...overTime(runs, [name], () => {
      const segments = timeSegments(runs.data, runs.cases, runs.segments);
      const values = runs.ndcg(name)!;
      return groupBootstrap(at(values, segments[0]), at(values, segments[segments.length - 1]));
    }),
  };
}

/** C6: T2ARec's gain over a model, as a share of that model's NDCG@10, in the later half of test time minus that in the earlier. */
function gainsMoreLater(runs: ClaimRuns, over: string): ClaimEvidence {
  return {
    claim: `C6 ${over}`,
    sentence: `T2ARec's relative gain over ${over} is larger late in test time than early`,
    source: "figure 5",
    expected: { kind: "above 0" },
    ...overTime(runs, ["full", over], () => {
      const segments = timeSegments(runs.data, runs.cases, runs.segments);
      const middle = segments.length / 2;
      const half = (parts: readonly Int32Array[]) => {
        const positions = Int32Array.from(parts.flatMap((part) => [...part]));
        const [ours, theirs] = [at(runs.ndcg("full")!, positions), at(runs.ndcg(over)!, positions)];
        const base = mean(theirs.map(mean));
        // Seed by seed; the other model's mean, which gains are shares of, is held fixed.
        return ours.map((row, seed) =>
          row.map((value, i) => (value - theirs[seed % theirs.length][i]) / base),
        );
      };
      return groupBootstrap(half(segments.slice(middle)), half(segments.slice(0, middle)));
    }),
  };
}

/** The effect where the data tells when, too. */
function overTime(
  runs: ClaimRuns,
  names: readonly string[],
  effect: () => Interval,
): Pick<ClaimEvidence, "effect" | "seeds" | "note"> {
  if (runs.data.times === undefined) return { seeds: 0, note: "the data has no time stamps" };
  return comparison(runs.ndcg, names, effect);
}

function at(values: SeededValues, positions: Int32Array): Float64Array[] {
  return values.map((row) => Float64Array.from(positions, (position) => row[position]));
}
