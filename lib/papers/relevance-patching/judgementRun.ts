import type { RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun, Values } from "../../experiment/store";
import { type AblationCurve, ablationCurve } from "./ablation/curve";
import { everyModule } from "./ablation/modules";
import { queryMean } from "./ablation/replacement";
import { attributionPatching } from "./analysis/attributionPatching";
import { directAttribution } from "./analysis/directAttribution";
import { logitLens } from "./analysis/logitLens";
import { collectStream, PROBE_GROUPS, probeLayers } from "./analysis/probeLayers";
import { type Candidate, candidatePairs, loadRows, type Split, splitByQuery } from "./candidates";
import type { RelevanceConfig } from "./config";
import { headLists } from "./headLists";
import { headSitesOf, streamSitesOf, sweptLists } from "./maps";
import { difference, judge, type Subject } from "./patching/subject";
import { rawEffects, sweep } from "./patching/sweep";
import type { PromptPair } from "./prompts/pairs";
import { areaUnderCurve, gap, type Judgements, orderAccuracy } from "./statistics/judgement";
import { loadSubject } from "./subjects";

/** Where a run's time goes; shown as its progress. */
interface Stage {
  readonly name: string;
  /** Of the whole. */
  readonly share: number;
}

const STAGES = {
  judging: { name: "judging all pairs", share: 0.15 },
  stream: { name: "patching the stream", share: 0.2 },
  heads: { name: "patching heads", share: 0.3 },
  ablation: { name: "ablating heads", share: 0.3 },
  analyses: { name: "lens, attributions, probes", share: 0.05 },
} as const satisfies Record<string, Stage>;

/**
 * A model's judgements of all pairs, and of those that it tells apart: the maps of effects on one half, knock-out and keep-only of what they found on the other half.
 * @param plain  the run in the plain format, whose pairs a run in the reversed format is made of
 */
export async function judgementRun(
  config: RelevanceConfig,
  context: RunContext,
  plain?: StoredRun,
): Promise<RunOutput> {
  const { seed } = context;
  const report = stageReporter(context);
  const { subject, format, dispose } = await loadSubject(config.model);
  try {
    const rows = await loadRows(config);
    const { candidates, misaligned } = candidatePairs(rows, format, config, seed);
    const judged = judgeAll(subject, candidates, report("judging"));
    const split = plain === undefined ? chosenPairs(candidates, judged, config, seed) : splitOf(plain);
    const pairsOf = (indices: readonly number[]) => indices.map((index) => candidates[index].pair);
    const [discovery, test] = [pairsOf(split.discovery), pairsOf(split.test)];

    const metrics = {
      ...judgementMetrics(judged),
      ...{
        misaligned,
        pairs: candidates.length,
        "discovery pairs": discovery.length,
        "test pairs": test.length,
      },
      ...{ layers: subject.model.config.layers, heads: subject.model.config.heads },
    };
    const arrays: Record<string, Values> = {
      ...{ clean: judged.clean, corrupted: judged.corrupted },
      ...{ discovery: Int32Array.from(split.discovery), test: Int32Array.from(split.test) },
      ...{ negatives: Int32Array.from(candidates, ({ negative }) => Number(negative === "random")) },
    };
    if (discovery.length === 0 || test.length === 0) return { metrics, arrays };

    Object.assign(arrays, mapArrays(subject, discovery, config, report));
    Object.assign(arrays, ablationArrays(subject, discovery, test, config, seed, arrays.heads, report));
    Object.assign(arrays, analysisArrays(subject, discovery, config, report("analyses")));
    if (config.probedPairs > 0)
      Object.assign(arrays, probeArrays(subject, candidates.slice(0, config.probedPairs), seed));
    return { metrics, arrays };
  } finally {
    dispose();
  }
}

type Report = (done: number, total: number) => void;
type StageReporter = (stage: keyof typeof STAGES) => Report;

/** Progress of the whole run, in per cent; throws where the run is asked to stop. */
function stageReporter(context: RunContext): StageReporter {
  const names = Object.keys(STAGES) as (keyof typeof STAGES)[];
  return (stage) => (done, total) => {
    context.signal.throwIfAborted();
    const before = names.slice(0, names.indexOf(stage)).reduce((sum, name) => sum + STAGES[name].share, 0);
    context.progress(
      Math.round(100 * (before + (STAGES[stage].share * done) / total)),
      100,
      STAGES[stage].name,
    );
  };
}

/** Candidates whose answers are asked for together. */
const JUDGED_TOGETHER = 8;

/** d of both prompts of every candidate. */
function judgeAll(
  subject: Subject,
  candidates: readonly Candidate[],
  report: Report,
): { clean: Float64Array; corrupted: Float64Array } {
  const [clean, corrupted] = [new Float64Array(candidates.length), new Float64Array(candidates.length)];
  for (let start = 0; start < candidates.length; start += JUDGED_TOGETHER) {
    const some = candidates.slice(start, start + JUDGED_TOGETHER).map(({ pair }) => pair);
    const answers = judge(subject, [
      ...some.map((pair) => pair.clean),
      ...some.map((pair) => pair.corrupted),
    ]);
    some.forEach((_, i) => {
      clean[start + i] = difference(answers[i]);
      corrupted[start + i] = difference(answers[some.length + i]);
    });
    report(Math.min(start + JUDGED_TOGETHER, candidates.length), candidates.length);
  }
  return { clean, corrupted };
}

function judgementMetrics(judged: Judgements): Record<string, number> {
  return {
    AUC: areaUnderCurve(judged.clean, judged.corrupted),
    "order accuracy": orderAccuracy(judged),
    gap: gap(judged),
  };
}

/** The pairs that the model tells apart by more than the margin, those with the greatest distance first, dealt into discovery and test. */
function chosenPairs(
  candidates: readonly Candidate[],
  { clean, corrupted }: Judgements,
  { margin, pairs, format }: RelevanceConfig,
  seed: number,
): Split {
  const sign = format === "plain" ? 1 : -1;
  const distance = (index: number) => sign * (clean[index] - corrupted[index]);
  const kept = candidates
    .map((_, index) => index)
    .filter((index) => distance(index) > margin)
    .sort((a, b) => distance(b) - distance(a));
  return splitByQuery(candidates, pairs === 0 ? kept : kept.slice(0, pairs), seed);
}

function splitOf(run: StoredRun): Split {
  return { discovery: Array.from(run.array("discovery")), test: Array.from(run.array("test")) };
}

/** IE_raw in logits of every site and pair: `stream` and `heads`, [sites × pairs]. */
function mapArrays(
  subject: Subject,
  discovery: readonly PromptPair[],
  config: RelevanceConfig,
  report: StageReporter,
): { stream: Float64Array; heads: Float64Array } {
  const { model } = subject;
  const effects = (sites: ReturnType<typeof streamSitesOf>, onProgress: Report) =>
    flat(rawEffects(sweep(subject, discovery, sites, { onProgress })));
  return {
    stream: effects(streamSitesOf(model.config, config), report("stream")),
    heads: effects(headSitesOf(model.config, config), report("heads")),
  };
}

/** Curves of knock-out and keep-only on the test pairs: of each list and number of heads d of both prompts, [numbers × pairs]; of random lists [numbers × draws × pairs]. */
function ablationArrays(
  subject: Subject,
  discovery: readonly PromptPair[],
  test: readonly PromptPair[],
  config: RelevanceConfig,
  seed: number,
  headEffects: Values,
  report: StageReporter,
): Record<string, Float64Array> {
  const { found, others } = headLists(subject, discovery, config, headEffects);
  const arrays: Record<string, Float64Array> = {};
  for (const [index, mode] of (["knockOut", "keepOnly"] as const).entries()) {
    const curve = ablationCurve(subject, test, found, {
      ...{ mode, others, seed, replacement: queryMean, draws: config.draws, ks: sweptLists(config) },
      // Kept are the heads listed and all MLPs: what is asked is whether the heads suffice.
      beside: mode === "keepOnly" ? { mlps: everyModule(subject.model.config, "all").mlps } : {},
      onProgress: (done, total) => report("ablation")(index * total + done, 2 * total),
    });
    Object.assign(arrays, curveArrays(mode, curve));
  }
  return arrays;
}

function curveArrays(mode: string, { intact, points }: AblationCurve): Record<string, Float64Array> {
  const lists = ["found", ...Object.keys(points[0].others)];
  const judgementsOf = (list: string) =>
    points.map(({ found, others }) => (list === "found" ? found : others[list]));
  const sides = (name: string, judgements: readonly Judgements[]) => ({
    [`${name} clean`]: flat(judgements.map(({ clean }) => clean)),
    [`${name} corrupted`]: flat(judgements.map(({ corrupted }) => corrupted)),
  });
  return {
    ...sides("intact", [intact]),
    ...Object.assign({}, ...lists.map((list) => sides(`${mode} ${list}`, judgementsOf(list)))),
    ...sides(
      `${mode} random`,
      points.flatMap(({ random }) => random),
    ),
  };
}

/**
 * What needs no patching, on the discovery pairs: `lens clean` and `lens corrupted`, [L × pairs]; `direct`, what each head adds to d directly in the clean prompt beyond the
 * corrupted, [L × H] means; `attributed`, the estimated effects of the heads' sites, [sites × pairs].
 */
function analysisArrays(
  subject: Subject,
  discovery: readonly PromptPair[],
  config: RelevanceConfig,
  report: Report,
): Record<string, Float64Array> {
  const lens = (side: "clean" | "corrupted") =>
    transposed(discovery.map((pair) => flat(logitLens(subject, pair[side]))));
  const heads = discovery.map(({ clean, corrupted }) => {
    const [ofClean, ofCorrupted] = [clean, corrupted].map((prompt) =>
      flat(directAttribution(subject, prompt).heads),
    );
    return ofClean.map((x, i) => x - ofCorrupted[i]);
  });
  return {
    ...{ "lens clean": lens("clean"), "lens corrupted": lens("corrupted") },
    direct: heads[0].map((_, i) => heads.reduce((sum, pair) => sum + pair[i], 0) / heads.length),
    attributed: flat(
      attributionPatching(subject, discovery, headSitesOf(subject.model.config, config), {
        onProgress: report,
      }),
    ),
  };
}

/** AUC of probes of the stream, and of probes of shuffled labels: [L × groups]. */
function probeArrays(
  subject: Subject,
  candidates: readonly Candidate[],
  seed: number,
): Record<string, Float64Array> {
  const stream = collectStream(
    subject,
    candidates.map(({ pair }) => pair),
  );
  const places = probeLayers(subject, stream, { groups: PROBE_GROUPS, folds: 3, seed });
  return {
    "probe AUC": Float64Array.from(places, ({ auc }) => auc),
    "probe AUC, shuffled": Float64Array.from(places, ({ shuffledAuc }) => shuffledAuc),
  };
}

function flat(parts: readonly ArrayLike<number>[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => Array.from(part)));
}

/** [n] of [m] as [m × n] */
function transposed(rows: readonly Float64Array[]): Float64Array {
  return flat(rows[0].length === 0 ? [] : Array.from(rows[0], (_, i) => rows.map((row) => row[i])));
}
