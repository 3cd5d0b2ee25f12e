import { type ClaimEvidence, type ClaimVerdict, comparison, judge } from "../../experiment/claims";
import { type Interval, pairedBootstrap, pairedTTest, type SeededValues } from "../../experiment/statistics";
import type { SequentialDataset } from "../../recsys";
import { metricValues } from "../../recsys/metrics";
import { rareGain } from "../../recsys/rareGain";
import type { Ledger } from "./ledger";

type Metric = "ndcg" | "recall";

/** What claims are tested on. */
export interface ClaimRuns {
  /** The target domain's. */
  readonly data: SequentialDataset;
  /** NDCG@10 or Recall@10 of every test user, [seeds][users]; undefined unless every seed has a run of this name: pairs are of one seed. */
  values(name: string, metric: Metric): SeededValues | undefined;
  /** Share of the codes that the target's tokenizer of a variant uses, root and leaf together, seed by seed. */
  codeUsage(name: string): readonly number[];
}

/** The evidence that a ledger holds. */
export function claimRuns(ledger: Ledger): ClaimRuns {
  const { domains } = ledger.world;
  return {
    data: domains[domains.length - 1].data,
    values(name, metric) {
      const runs = ledger.runs(name);
      return runs.length < ledger.seeds.length
        ? undefined
        : runs.map((run) => metricValues(run.array("ranks"), metric));
    },
    codeUsage: (name) => ledger.tokenizers(name).map(({ metrics }) => metrics["share of codes used"]),
  };
}

/**
 * The paper's claims on the runs that there are, each by the 95% interval of a difference over users and seeds, their p-values corrected for
 * their number.
 * @see UTGRec, arXiv:2504.04405: U1 table 2; U2 to U5 table 3; U6 and U7 its further analyses
 */
export function testClaims(runs: ClaimRuns): ClaimVerdict[] {
  const claim = (
    name: string,
    sentence: string,
    source: string,
    [better, worse]: readonly [string, string],
  ): ClaimEvidence => ({
    ...{ claim: name, sentence, source, expected: { kind: "above 0" } },
    ...comparison(
      (variant) => runs.values(variant, "ndcg"),
      [better, worse],
      () => beats(runs, better, worse),
    ),
  });
  return judge([
    claim("U1 TIGER", "UTGRec beats TIGER, which knows the target alone", "table 2", ["full", "TIGER"]),
    claim("U1 LETTER", "UTGRec beats LETTER, which knows the target alone", "table 2", ["full", "LETTER"]),
    claim("U2 none", "Adaptation with E fixed beats none", "table 3", ["full", "no-adapt"]),
    claim("U2 free", "Adaptation with E fixed beats that of the codebooks as a whole", "table 3", [
      "full",
      "free-E",
    ]),
    claim("U3 recommender", "Pre-training the recommender helps", "table 3", ["full", "rec-scratch"]),
    claim("U3 tokenizer", "A pre-trained tokenizer helps a recommender from scratch", "table 3", [
      "rec-scratch",
      "all-scratch",
    ]),
    claim("U4 tree", "Tree-structured codebooks beat one a position", "table 3", ["full", "flat-books"]),
    factorisedUsesMore(runs),
    claim("U5 alignment", "Alignment of co-occurring items helps", "table 3", ["full", "no-align"]),
    claim("U5 reconstruction", "Reconstruction of co-occurring items helps", "table 3", ["full", "no-corec"]),
    claim("U6 UTGRec", "Depth helps UTGRec: 3 + 3 layers beat 1 + 1", "analyses", ["full-L3", "full-L1"]),
    claim("U6 TIGER", "Depth hurts TIGER: 1 + 1 layers beat 3 + 3", "analyses", ["TIGER-L1", "TIGER-L3"]),
    gainsMostOnRareTargets(runs),
  ]);
}

/** The mean NDCG@10 of one variant minus that of another, over the same users and seeds. */
export function beats({ values }: Pick<ClaimRuns, "values">, better: string, worse: string): Interval {
  return pairedBootstrap(values(better, "ndcg")!, values(worse, "ndcg")!);
}

/** U4: the share of the codes that are in use, C = E W minus C trained as it stands. */
function factorisedUsesMore({ codeUsage }: ClaimRuns): ClaimEvidence {
  const [factorised, plain] = [codeUsage("full"), codeUsage("plain-VQ")];
  const seeds = Math.min(factorised.length, plain.length);
  const claim = {
    claim: "U4 factorised",
    sentence: "Factorised codebooks use more of their codes (effect: share of the codes)",
    source: "section 3.2",
    expected: { kind: "above 0" },
    seeds,
  } as const;
  if (seeds < 2 || factorised.length !== plain.length)
    return { ...claim, note: "no tokenizers of both kinds with two seeds or more" };
  const { difference, low, high, pValue } = pairedTTest(factorised, plain);
  return { ...claim, effect: { difference, low, high, level: 0.95, pValue } };
}

/** U7: UTGRec's relative gain in Recall@10 over TIGER on the rarest targets, minus that on all others. */
function gainsMostOnRareTargets({ data, values }: ClaimRuns): ClaimEvidence {
  const recall = (name: string) => values(name, "recall");
  const claim = {
    claim: "U7",
    sentence: "UTGRec's relative gain in Recall@10 is largest on the rarest targets",
    source: "analyses",
    expected: { kind: "above 0" },
  } as const;
  const [ours, theirs] = [recall("full"), recall("TIGER")];
  const effect = ours && theirs && rareGain(data, ours, theirs);
  if (ours && theirs && effect === undefined)
    return { ...claim, seeds: 0, note: "TIGER finds no target of one of the groups" };
  return { ...claim, ...comparison(recall, ["full", "TIGER"], () => effect!) };
}
