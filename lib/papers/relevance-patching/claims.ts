import { type ClaimEvidence, type ClaimVerdict, judge } from "../../experiment/claims";
import { type Interval, mean, spearman, statisticBootstrap } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { headAgreement } from "./analysis/headAgreement";
import { topShare } from "./analysis/sparsity";
import { centreOfMass, stageLayers } from "./analysis/stageLayers";
import { type Ledger, labelOf } from "./ledger";
import { streamLayers, sweptLists } from "./maps";
import {
  ablatedGaps,
  configOf,
  hasMaps,
  headMap,
  profile,
  remembered,
  sizeOf,
  streamProfiles,
  type Units,
} from "./measures";

/** A number of one run, of some of its pairs; positive where the claim holds. */
type Statistic = (run: StoredRun, units: Units) => number;

/** The interval of a statistic over seeds and units. */
type Bootstrap = (
  counts: readonly number[],
  statistic: (seed: number, units: Int32Array) => number,
) => Interval;

/** At how many heads knock-out is judged; where fewer were ablated, at the most. */
const JUDGED_HEADS = 10;
/** Spearman's ρ that maps of two formats are to exceed; fixed before any run. */
const LEAST_AGREEMENT = 0.3;

/**
 * The paper's claims, as far as it is known what they are, on the runs that there are: each a number that is above 0 where the claim holds, with its 95% interval over seeds and
 * pairs, the p-values corrected for their number.
 * @see arXiv:2504.07898: C1 and C2 are its three stages, C3 its sparse heads, C5 its claim of generality; C4 and C6 follow from them
 */
export function testClaims(
  { runs: stored }: Pick<Ledger, "runs">,
  { resamples = 2000 }: { readonly resamples?: number } = {},
): ClaimVerdict[] {
  const runs = rememberedRuns(stored);
  const bootstrap: Bootstrap = (counts, statistic) => statisticBootstrap(counts, statistic, { resamples });
  const claim = (
    name: string,
    sentence: string,
    source: string,
    statistic: Statistic,
    units: "discovery" | "test" = "discovery",
  ): ClaimEvidence => ({
    ...{ claim: name, sentence, source, expected: { kind: "above 0" } },
    ...effectOf(runs("DQI"), bootstrap, statistic, units),
  });
  const agreement = (name: string, sentence: string, other: string): ClaimEvidence => ({
    ...{ claim: name, sentence, source: "generality", expected: { kind: "above 0" } },
    ...agreementOf(runs("DQI"), runs(other), bootstrap, other),
  });
  return judge([
    claim(
      "C1 order",
      "Document and query lose the answer before the last token has it (layers)",
      "three stages",
      (run, units) => {
        const { content, last } = stagesOf(run, units);
        return last - content;
      },
    ),
    claim(
      "C1 instruction",
      "The instruction's effect peaks in between (layers to the nearer end)",
      "three stages",
      (run, units) => {
        const { content, instruction, last } = stagesOf(run, units);
        return Math.min(instruction - content, last - instruction);
      },
    ),
    claim(
      "C2 attention",
      "At the last token attention acts in the later half (centre of mass, of the depth)",
      "late heads",
      (run, units) => centre(run, profile(run, "attn_out", "last", units)) - 0.5,
    ),
    claim(
      "C2 MLPs",
      "MLPs of the first third act at document and query (share of their positive effects, over one half)",
      "early extraction",
      earlyMlpShare,
    ),
    claim(
      "C3",
      "5% of the heads carry half of the positive effects at the last token (share, over one half)",
      "sparse heads",
      (run, units) => shareOfTop(headMap(run, "last", units)) - 0.5,
    ),
    claim(
      "C4 knock-out",
      "Knocking out found heads lowers the gap more than random heads of their layers (logits)",
      "follows",
      (run, units) => atJudged(run, "knockOut", "random", units) - atJudged(run, "knockOut", "found", units),
      "test",
    ),
    claim(
      "C4 keep-only",
      "Keeping found heads alone restores more of the gap than keeping random ones (logits)",
      "follows",
      (run, units) => atJudged(run, "keepOnly", "found", units) - atJudged(run, "keepOnly", "random", units),
      "test",
    ),
    agreement("C5 pairwise", "Heads agree between one document and two (ρ, over 0.3)", "pairwise"),
    agreement("C5 order", "Heads agree between document first and query first (ρ, over 0.3)", "QDI"),
    agreement("C5 data", "Heads agree between MS MARCO and Natural Questions (ρ, over 0.3)", "nq"),
    {
      ...{ claim: "C6", source: "format-specific late heads", expected: { kind: "above 0" } },
      sentence: "When yes means no, heads of the last third change more than those before (difference of ρ)",
      ...pairedEffect(runs("DQI"), runs("reversed"), bootstrap, "reversed", lateChange),
    },
  ]);
}

/** The runs of each name, looked up and read once. */
function rememberedRuns(runs: Ledger["runs"]): Ledger["runs"] {
  const known = new Map<string, StoredRun[]>();
  return (name) => {
    const found = known.get(name) ?? runs(name).map(remembered);
    known.set(name, found);
    return found;
  };
}

/** Of the seeds that are stored. */
function effectOf(
  runs: readonly StoredRun[],
  bootstrap: Bootstrap,
  statistic: Statistic,
  units: "discovery" | "test",
): Pick<ClaimEvidence, "effect" | "seeds" | "note"> {
  const missing = lacking(runs, "DQI");
  if (missing !== undefined) return { seeds: 0, note: missing };
  const counts = runs.map((run) => run.array(units).length);
  return {
    effect: bootstrap(counts, (seed, drawn) => statistic(runs[seed], drawn)),
    seeds: runs.length,
  };
}

/** As `effectOf`, of runs of two formats, seed by seed; the pairs of the first are drawn, or of both where they are the same. */
function pairedEffect(
  allOfFirst: readonly StoredRun[],
  allOfSecond: readonly StoredRun[],
  bootstrap: Bootstrap,
  name: string,
  statistic: (first: StoredRun, second: StoredRun, units: Units) => number,
): Pick<ClaimEvidence, "effect" | "seeds" | "note"> {
  const missing = lacking(allOfFirst, "DQI") ?? lacking(allOfSecond, name);
  if (missing !== undefined) return { seeds: 0, note: missing };
  const [first, second] = ofBothSeeds(allOfFirst, allOfSecond);
  if (first.length === 0) return { seeds: 0, note: `no seed has both: ${labelOf("DQI")}; ${labelOf(name)}` };
  const counts = first.map((run) => run.array("discovery").length);
  const effect = bootstrap(counts, (seed, drawn) => statistic(first[seed], second[seed], drawn));
  return { effect, seeds: first.length };
}

/** The runs of those seeds that both have. */
function ofBothSeeds(
  first: readonly StoredRun[],
  second: readonly StoredRun[],
): [readonly StoredRun[], readonly StoredRun[]] {
  const has = (runs: readonly StoredRun[], seed: number) => runs.some((run) => run.seed === seed);
  return [first.filter(({ seed }) => has(second, seed)), second.filter(({ seed }) => has(first, seed))];
}

function agreementOf(
  allOfFirst: readonly StoredRun[],
  allOfSecond: readonly StoredRun[],
  bootstrap: Bootstrap,
  name: string,
): Pick<ClaimEvidence, "effect" | "seeds" | "note"> {
  const made = pairedEffect(allOfFirst, allOfSecond, bootstrap, name, (one, other, units) => {
    const own = Array.from(units, (unit) => unit % other.array("discovery").length);
    return spearman(headMap(one, "last", units), headMap(other, "last", own)) - LEAST_AGREEMENT;
  });
  if (made.effect === undefined) return made;
  const [first, second] = ofBothSeeds(allOfFirst, allOfSecond);
  const nulls = first.map(
    (run, i) => headAgreement(headMap(run, "last"), headMap(second[i], "last")).spearman,
  );
  const value = mean(nulls.map((agreement) => agreement.value));
  const high = mean(nulls.map((agreement) => agreement.high));
  return { ...made, note: `ρ ${value.toFixed(2)}; 95% of permuted maps are below ${high.toFixed(2)}` };
}

function lacking(runs: readonly StoredRun[], name: string): string | undefined {
  if (runs.length === 0) return `no runs of ${labelOf(name)}`;
  const without = runs.filter((run) => !hasMaps(run)).length;
  return without === 0 ? undefined : `${labelOf(name)}: the model tells too few pairs apart`;
}

/** Layers of the stages; where content is there to the end, or the last token never has the answer, the number of layers. */
function stagesOf(run: StoredRun, units: Units): { content: number; instruction: number; last: number } {
  const { layers } = sizeOf(run);
  const profiles = streamProfiles(run, units);
  const { contentFalls, instructionPeak, lastRises } = stageLayers(profiles);
  const atEnd = [profiles.document, profiles.query].some((effects) => effects[effects.length - 1] >= 0.5);
  return {
    content: contentFalls ?? (atEnd ? layers : 0),
    instruction: instructionPeak.layer,
    last: lastRises ?? layers,
  };
}

/** Centre of mass of a profile, as a share of the depth; one half where no effect is positive. */
function centre(run: StoredRun, effects: ArrayLike<number>): number {
  const { layers } = sizeOf(run);
  const at = centreOfMass({ layers: streamLayers({ layers, heads: 0 }, configOf(run)), effects });
  return at === undefined ? 0.5 : at / (layers - 1);
}

/** Of the positive effects of the first third's MLPs, the share at document and query, over one half. */
function earlyMlpShare(run: StoredRun, units: Units): number {
  const { layers } = sizeOf(run);
  const early = streamLayers({ layers, heads: 0 }, configOf(run)).filter(
    (layer) => layer < layers / 3,
  ).length;
  const mass = (group: Parameters<typeof profile>[2]) =>
    profile(run, "mlp_out", group, units)
      .subarray(0, early)
      .reduce((sum, effect) => sum + Math.max(0, effect), 0);
  const content = mass("doc_all") + mass("query_all");
  const all = content + mass("inst_all") + mass("last");
  return all === 0 ? 0 : content / all - 0.5;
}

function atJudged(run: StoredRun, mode: "knockOut" | "keepOnly", list: string, units: Units): number {
  const ks = sweptLists(configOf(run));
  const judged = ks.includes(JUDGED_HEADS) ? ks.indexOf(JUDGED_HEADS) : ks.length - 1;
  return ablatedGaps(run, mode, list, units)[judged];
}

/** What the top 5% of heads have of the positive effects; nothing where there are none. */
function shareOfTop(effects: Float64Array): number {
  return effects.some((effect) => effect > 0) ? topShare(effects) : 0;
}

/** ρ of the maps of two formats in the first two thirds of the layers, less that in the last third. */
function lateChange(plain: StoredRun, reversed: StoredRun, units: Units): number {
  const { layers, heads } = sizeOf(plain);
  const late = Math.min(layers - 1, Math.ceil((2 * layers) / 3)) * heads;
  const [one, other] = [headMap(plain, "last", units), headMap(reversed, "last", units)];
  return (
    spearman(one.subarray(0, late), other.subarray(0, late)) -
    spearman(one.subarray(late), other.subarray(late))
  );
}
