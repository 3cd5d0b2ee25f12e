import { mean } from "../../experiment/statistics";
import type { Values } from "../../experiment/store";
import { type AblationCurve, ablationCurve } from "./ablation/curve";
import { everyModule } from "./ablation/modules";
import { queryMean } from "./ablation/replacement";
import { attributionPatching } from "./analysis/attributionPatching";
import { directAttribution } from "./analysis/directAttribution";
import { logitLens } from "./analysis/logitLens";
import { collectStream, PROBE_GROUPS, probeLayers } from "./analysis/probeLayers";
import type { RelevanceConfig } from "./config";
import { headLists } from "./headLists";
import { headSitesOf, streamSitesOf, sweptLists } from "./maps";
import type { Site } from "./patching/site";
import type { Subject } from "./patching/subject";
import { rawEffects, sweep } from "./patching/sweep";
import type { PromptPair } from "./prompts/pairs";
import type { Report, StageReporter } from "./runProgress";
import type { Judgements } from "./statistics/judgement";

/** IE_raw in logits of every site and pair: `stream` and `heads`, [sites × pairs]. */
export async function mapArrays(
  subject: Subject,
  discovery: readonly PromptPair[],
  config: RelevanceConfig,
  report: StageReporter,
): Promise<{ stream: Float64Array; heads: Float64Array }> {
  const { model } = subject;
  const effects = async (sites: readonly Site[], told: Report) =>
    transposed(await eachOf(discovery, told, (pair) => flat(rawEffects(sweep(subject, [pair], sites)))));
  return {
    stream: await effects(streamSitesOf(model.config, config), report("stream")),
    heads: await effects(headSitesOf(model.config, config), report("heads")),
  };
}

/**
 * Curves of knock-out and keep-only on the test pairs: of each list and number of heads d of both prompts, [numbers × pairs]; of random lists [numbers × draws × pairs].
 */
export async function ablationArrays(
  subject: Subject,
  discovery: readonly PromptPair[],
  test: readonly PromptPair[],
  config: RelevanceConfig,
  seed: number,
  headEffects: Values,
  report: StageReporter,
): Promise<Record<string, Float64Array>> {
  const { found, others } = headLists(subject, discovery, config, headEffects);
  const options = { others, seed, replacement: queryMean, draws: config.draws, ks: sweptLists(config) };
  // Kept are the heads listed and all MLPs: what is asked is whether the heads suffice.
  const beside = { mlps: everyModule(subject.model.config).mlps };
  const byPair = await eachOf(test, report("ablation"), (pair) => ({
    ...curveArrays("knockOut", ablationCurve(subject, [pair], found, { ...options, mode: "knockOut" })),
    ...curveArrays(
      "keepOnly",
      ablationCurve(subject, [pair], found, { ...options, mode: "keepOnly", beside }),
    ),
  }));
  const names = Object.keys(byPair[0]);
  return Object.fromEntries(names.map((name) => [name, transposed(byPair.map((arrays) => arrays[name]))]));
}

/** Does something with each pair, and tells so. */
async function eachOf<T>(
  pairs: readonly PromptPair[],
  report: Report,
  make: (pair: PromptPair) => T,
): Promise<T[]> {
  const made: T[] = [];
  for (const pair of pairs) {
    made.push(make(pair));
    await report(made.length, pairs.length);
  }
  return made;
}

/** d of one pair under every list, [numbers] and for random lists [numbers × draws]. */
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
export async function analysisArrays(
  subject: Subject,
  discovery: readonly PromptPair[],
  config: RelevanceConfig,
  report: Report,
): Promise<Record<string, Float64Array>> {
  const sites = headSitesOf(subject.model.config, config);
  const byPair = await eachOf(discovery, report, (pair) => {
    const direct = (side: "clean" | "corrupted") => flat(directAttribution(subject, pair[side]).heads);
    const ofCorrupted = direct("corrupted");
    return {
      "lens clean": flat(logitLens(subject, pair.clean)),
      "lens corrupted": flat(logitLens(subject, pair.corrupted)),
      direct: direct("clean").map((x, head) => x - ofCorrupted[head]),
      attributed: flat(attributionPatching(subject, [pair], sites)),
    };
  });
  const all = (name: keyof (typeof byPair)[number]) => transposed(byPair.map((arrays) => arrays[name]));
  return {
    ...{
      "lens clean": all("lens clean"),
      "lens corrupted": all("lens corrupted"),
      attributed: all("attributed"),
    },
    direct: byPair[0].direct.map((_, head) => mean(byPair.map(({ direct }) => direct[head]))),
  };
}

/** AUC of probes of the stream, and of probes of shuffled labels: [L × groups]. */
export function probeArrays(
  subject: Subject,
  pairs: readonly PromptPair[],
  seed: number,
): Record<string, Float64Array> {
  const places = probeLayers(subject, collectStream(subject, pairs), {
    groups: PROBE_GROUPS,
    folds: 3,
    seed,
  });
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
  return flat(Array.from(rows[0], (_, i) => rows.map((row) => row[i])));
}
