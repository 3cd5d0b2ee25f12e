import { groupBootstrap, type Interval, pairedBootstrap } from "../../experiment/statistics";
import { type SequentialDataset, timeSegments } from "../../recsys";
import { runsOf, type Study } from "./study";

export type Outcome = "supported" | "refuted" | "undecided";

/** A sentence of the paper, and what the runs say of it. */
export interface ClaimVerdict extends Interval {
  readonly claim: string;
  readonly sentence: string;
  /** Where the paper says it. */
  readonly source: string;
  readonly outcome: Outcome;
}

/** A difference that the paper says is positive: its interval over users and seeds decides. */
function verdict(claim: string, sentence: string, source: string, interval: Interval): ClaimVerdict {
  const outcome = interval.low > 0 ? "supported" : interval.high < 0 ? "refuted" : "undecided";
  return { claim, sentence, source, ...interval, outcome };
}

/** NDCG@10 of every test case, [seeds][cases]. */
function ndcg(study: Study, name: string): Float64Array[] {
  return runsOf(study, name).map((run) => run.test.perCase.ndcg);
}

/** C1: NDCG@10 of a static model in the first segment of test time, minus that in the last. */
function fallsOverTime(study: Study, data: SequentialDataset, name: string, label: string): ClaimVerdict {
  const runs = runsOf(study, name);
  const segments = timeSegments(data, runs[0].test.cases, study.config.segments);
  const of = (positions: Int32Array) =>
    ndcg(study, name).map((values) => Float64Array.from(positions, (position) => values[position]));
  return verdict(
    `C1 ${label}`,
    `${label}'s NDCG@10 falls from the first segment of test time to the last`,
    "section 3.2, figure 2",
    groupBootstrap(of(segments[0]), of(segments[segments.length - 1])),
  );
}

/** The mean of one variant minus that of another, over the same users and the same seeds. */
export function beats(study: Study, better: string, worse: string): Interval {
  return pairedBootstrap(ndcg(study, better), ndcg(study, worse), { seeds: "paired" });
}

/**
 * The claims that this notebook tests, on the runs of a study: each by the 95% interval of a difference over users and seeds. The intervals are
 * not corrected for there being several claims.
 * @see t2arec's section 5 (C1: figure 2; C3 and C4: table 3)
 */
export function testClaims(study: Study, data: SequentialDataset): ClaimVerdict[] {
  return [
    fallsOverTime(study, data, "SASRec", "SASRec"),
    fallsOverTime(study, data, "GRU4Rec", "GRU4Rec"),
    fallsOverTime(study, data, "noBoth", "T2ARec w/o both"),
    verdict(
      "C3",
      "Training with both alignment losses beats training without, even with no test-time step",
      "table 3",
      beats(study, "noBothTest", "noBoth"),
    ),
    verdict("C4", "The test-time step adds to that", "table 3", beats(study, "full", "noBothTest")),
  ];
}
