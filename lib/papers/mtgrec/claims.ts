import { type ClaimEvidence, type ClaimVerdict, comparison, judge } from "../../experiment/claims";
import {
  type Interval,
  mean,
  pairedBootstrap,
  pairedTTest,
  type SeededValues,
} from "../../experiment/statistics";
import type { SequentialDataset } from "../../recsys";
import { metricValues } from "../../recsys/metrics";
import { rareGain } from "../../recsys/rareGain";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { type ChurnRow, churnRows } from "./tokenization";

type Metric = "ndcg" | "recall";

/** What claims are tested on. */
export interface ClaimRuns {
  readonly data: SequentialDataset;
  /** NDCG@10 or Recall@10 of every test user, [seeds][users]; undefined unless every seed has a run of this name: pairs are of one seed. */
  values(name: string, metric: Metric): SeededValues | undefined;
  /** NDCG@10 of MTGRec's pre-trained weights by the tokenizer that was chosen, [seeds][users]. */
  readonly beforeFineTuning: SeededValues | undefined;
  /** How much of the catalogue is written anew from snapshot to snapshot, seed by seed. */
  readonly churn: readonly (readonly ChurnRow[])[];
  /** Of the numbers of tokenizers that were compared, neither the least nor the greatest, the one that validates best. */
  readonly chosenNumber: string | undefined;
}

/** The evidence that a ledger holds. */
export function claimRuns(ledger: Ledger): ClaimRuns {
  const full = ledger.runs("full");
  return {
    data: ledger.catalogue.data,
    values(name, metric) {
      const runs = ledger.runs(name);
      return runs.length < ledger.seeds.length
        ? undefined
        : runs.map((run) => metricValues(run.array("ranks"), metric));
    },
    beforeFineTuning:
      full.length < ledger.seeds.length
        ? undefined
        : full.map((run) => metricValues(run.array("ranksBefore"), "ndcg")),
    churn: ledger.tokenizers(ledger.config.backbone).map(churnRows),
    chosenNumber: chosenNumber(ledger),
  };
}

/** The paper's first-token churn between neighbours is 0.27 to 0.39%, and about 1% thirty snapshots apart; fixed before any run. */
const FIRST_TOKEN_CHURN = 0.01;

/**
 * The paper's claims on the runs that there are, each by the 95% interval of a difference over users and seeds, their p-values corrected for
 * their number.
 * @see MTGRec: C1 table 2; C2, C3 table 3; C4 table 5; C5 figure 5; C6 figures 2 and 3; C7 section 3.4
 */
export function testClaims(runs: ClaimRuns): ClaimVerdict[] {
  const above = { kind: "above 0" } as const;
  const versus = (better: string, worse: string, metric: Metric = "ndcg") =>
    comparison(
      (name) => runs.values(name, metric),
      [better, worse],
      () => beats(runs, better, worse, metric),
    );
  const claim = (
    name: string,
    sentence: string,
    source: string,
    evidence: ReturnType<typeof versus>,
  ): ClaimEvidence => ({
    claim: name,
    sentence,
    source,
    expected: above,
    ...evidence,
  });
  return judge([
    claim("C1 NDCG", "MTGRec beats TIGER++ in NDCG@10", "table 2", versus("full", "TIGER++")),
    claim("C1 Recall", "MTGRec beats TIGER++ in Recall@10", "table 2", versus("full", "TIGER++", "recall")),
    claim("C1 TIGER", "TIGER++ beats TIGER in NDCG@10", "table 2", versus("TIGER++", "TIGER")),
    claim(
      "C1 control",
      "MTGRec beats its own two phases with one tokenizer",
      "table 3",
      versus("full", "single"),
    ),
    claim("C2 above", "The curriculum adds to even chances", "table 3", versus("full", "uniform")),
    claim("C2 below", "Even chances still beat TIGER++", "table 3", versus("uniform", "TIGER++")),
    claim("C3", "Unrelated tokenizers are worse than a single one", "table 3", versus("single", "unrelated")),
    churnGrows(runs),
    firstTokensStay(runs),
    gainsMostOnRareTargets(runs),
    claim("C6 more", "More tokenizers than one help", "figure 3", interior(runs, "n1")),
    claim("C6 fewer", "Too many tokenizers hurt", "figure 3", interior(runs, "n8")),
    depthHelpsMore(runs),
    {
      claim: "C7",
      sentence: "Fine-tuning adds to the pre-trained weights, by the same tokenizer",
      source: "section 3.4",
      expected: above,
      ...fineTuningAdds(runs),
    },
  ]);

  function interior({ chosenNumber }: ClaimRuns, end: string): ReturnType<typeof versus> {
    if (chosenNumber === undefined) return { seeds: 0, note: "no runs of several numbers of tokenizers" };
    return { ...versus(chosenNumber, end), note: `${labelOf(chosenNumber)}, chosen by validation` };
  }
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

/** C4: the share of items that are written anew, at the largest gap minus at the smallest. */
function churnGrows({ churn }: ClaimRuns): ClaimEvidence {
  const claim = {
    claim: "C4 any",
    sentence: "The farther apart two snapshots are, the more items they write differently",
    source: "table 5",
    expected: { kind: "above 0" },
    seeds: churn.length,
  } as const;
  if (churn.length < 2) return { ...claim, note: "no runs of the tokenizer with two seeds or more" };
  const ends = (end: (rows: readonly ChurnRow[]) => ChurnRow) => churn.map((rows) => end(rows).any);
  return {
    ...claim,
    effect: interval(
      ends((rows) => rows[rows.length - 1]),
      ends((rows) => rows[0]),
    ),
  };
}

/** C4: first tokens that change between neighbours. */
function firstTokensStay({ churn }: ClaimRuns): ClaimEvidence {
  const claim = {
    claim: "C4 first",
    sentence: `Between neighbours fewer than ${100 * FIRST_TOKEN_CHURN}% of the items change their first token`,
    source: "table 5",
    expected: { kind: "within", margin: FIRST_TOKEN_CHURN },
    seeds: churn.length,
  } as const;
  if (churn.length < 2) return { ...claim, note: "no runs of the tokenizer with two seeds or more" };
  const first = churn.map(([neighbours]) => neighbours.first);
  return {
    ...claim,
    effect: interval(
      first,
      first.map(() => 0),
    ),
  };
}

/** C5: MTGRec's relative gain in Recall@10 over TIGER++ on the rarest targets, minus that on all others. */
function gainsMostOnRareTargets(runs: ClaimRuns): ClaimEvidence {
  const recall = (name: string) => runs.values(name, "recall");
  const claim = {
    claim: "C5",
    sentence: "MTGRec's relative gain in Recall@10 is largest on the rarest targets",
    source: "figure 5",
    expected: { kind: "above 0" },
  } as const;
  const [ours, theirs] = [recall("full"), recall("TIGER++")];
  const effect = ours && theirs && rareGain(runs.data, ours, theirs);
  if (ours && theirs && effect === undefined)
    return { ...claim, seeds: 0, note: "TIGER++ finds no target of one of the groups" };
  return { ...claim, ...comparison(recall, ["full", "TIGER++"], () => effect!) };
}

/** C6: the gain over TIGER++ with three layers minus that with one. */
function depthHelpsMore(runs: ClaimRuns): ClaimEvidence {
  const ndcg = (name: string) => runs.values(name, "ndcg");
  const names = ["fullL3", "TIGER++L3", "fullL1", "TIGER++L1"];
  return {
    claim: "C6 depth",
    sentence: "Depth helps MTGRec more than TIGER++: the gain is larger with 3 + 3 layers than with 1 + 1",
    source: "figure 2",
    expected: { kind: "above 0" },
    ...comparison(ndcg, names, () => {
      const gain = (better: string, worse: string) =>
        ndcg(better)!.map((row, seed) =>
          Float64Array.from(row, (value, user) => value - ndcg(worse)![seed][user]),
        );
      return pairedBootstrap(gain("fullL3", "TIGER++L3"), gain("fullL1", "TIGER++L1"));
    }),
  };
}

function fineTuningAdds({
  values,
  beforeFineTuning,
}: ClaimRuns): Pick<ClaimEvidence, "effect" | "seeds" | "note"> {
  if (beforeFineTuning === undefined) return { seeds: 0, note: "no runs of full" };
  return comparison(
    (name) => values(name, "ndcg"),
    ["full"],
    () => pairedBootstrap(values("full", "ndcg")!, beforeFineTuning),
  );
}

/** By validation, among the numbers between the least and the greatest; undefined unless every seed has run all. */
function chosenNumber({ runs, seeds }: Ledger): string | undefined {
  const names = variantNames("tokenizers");
  if (names.some((name) => runs(name).length < seeds.length)) return undefined;
  const validation = (name: string) => mean(runs(name).map(({ metrics }) => metrics["validation NDCG@10"]));
  return names.slice(1, -1).sort((a, b) => validation(b) - validation(a))[0];
}

function interval(a: readonly number[], b: readonly number[]): Interval {
  const { difference, low, high, pValue } = pairedTTest(a, b);
  return { difference, low, high, level: 0.95, pValue };
}
