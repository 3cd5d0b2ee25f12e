import { type ClaimEvidence, type ClaimVerdict, judge } from "../../experiment/claims";
import {
  groupBootstrap,
  type Interval,
  mean,
  pairedBootstrap,
  type SeededValues,
} from "../../experiment/statistics";
import { type SequentialDataset, timeSegments } from "../../recsys";

/** The runs that claims are tested on. */
export interface ClaimRuns {
  readonly data: SequentialDataset;
  /** The events predicted, in the order of the values. */
  readonly cases: Int32Array;
  /** Equal-count segments of test time. */
  readonly segments: number;
  /** NDCG@10 of every test case, [seeds][cases]; undefined where there are no runs of this model or variant. */
  ndcg(name: string): SeededValues | undefined;
}

/** T2ARec without its losses is as good as its backbone where NDCG@10 differs by less than this; fixed before any run. */
const MARGIN = 0.005;

/**
 * The paper's claims on the runs that there are, each by the 95% interval of a difference over users and seeds, their p-values corrected
 * for their number.
 * @see t2arec's section 7.1 (C1: figure 2; C2 to C5: table 3; C6: figure 5). C7 is about time: `npm run bench`, and the notebook.
 */
export function testClaims(runs: ClaimRuns): ClaimVerdict[] {
  const above = { kind: "above 0" } as const;
  const versus = (better: string, worse: string) =>
    comparison(runs, [better, worse], () => beats(runs, better, worse));
  return judge([
    fallsOverTime(runs, "SASRec", "SASRec"),
    fallsOverTime(runs, "GRU4Rec", "GRU4Rec"),
    fallsOverTime(runs, "noBoth", "T2ARec w/o both"),
    {
      claim: "C2",
      sentence: "Without its losses T2ARec is as good as Mamba4Rec",
      source: "table 3",
      expected: { kind: "within", margin: MARGIN },
      ...comparison(runs, ["noBoth", "Mamba4Rec"], () => beats(runs, "noBoth", "Mamba4Rec", "independent")),
    },
    {
      claim: "C3",
      sentence: "Training with both alignment losses beats training without, even with no test-time step",
      source: "table 3",
      expected: above,
      ...versus("noBothTest", "noBoth"),
    },
    {
      claim: "C4",
      sentence: "The test-time step adds to that",
      source: "table 3",
      expected: above,
      ...versus("full", "noBothTest"),
    },
    {
      claim: "C5",
      sentence: "Leaving out the state loss costs more than leaving out the time loss",
      source: "table 3",
      expected: above,
      ...versus("noTime", "noState"),
    },
    gainsMoreLater(runs, "TiM4Rec"),
    gainsMoreLater(runs, "TTT4Rec"),
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

/** C1: NDCG@10 of a static model in the first segment of test time, minus that in the last. */
function fallsOverTime(runs: ClaimRuns, name: string, label: string): ClaimEvidence {
  return {
    claim: `C1 ${label}`,
    sentence: `${label}'s NDCG@10 falls from the first segment of test time to the last`,
    source: "section 3.2, figure 2",
    expected: { kind: "above 0" },
    ...comparison(runs, [name], () => {
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
    ...comparison(runs, ["full", over], () => {
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

/** The effect where all the runs it needs are there, else what is missing. */
function comparison(
  { ndcg }: ClaimRuns,
  names: readonly string[],
  effect: () => Interval,
): Pick<ClaimEvidence, "effect" | "seeds" | "note"> {
  const missing = names.filter((name) => ndcg(name) === undefined);
  if (missing.length > 0) return { seeds: 0, note: `no runs of ${missing.join(" and ")}` };
  return { effect: effect(), seeds: Math.min(...names.map((name) => ndcg(name)!.length)) };
}

function at(values: SeededValues, positions: Int32Array): Float64Array[] {
  return values.map((row) => Float64Array.from(positions, (position) => row[position]));
}
