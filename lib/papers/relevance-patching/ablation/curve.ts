import { createRandom } from "../../../data/random";
import { mean, quantile } from "../../../experiment/statistics";
import type { Subject } from "../patching/subject";
import type { PromptPair } from "../prompts/pairs";
import type { Judgements } from "../statistics/judgement";
import { type AblationOptions, ablate } from "./ablate";
import { layerMatchedRandom } from "./headLists";
import type { HeadModule, Modules } from "./modules";
import { type AblationSummary, summarize } from "./summary";

export interface CurveOptions extends AblationOptions {
  /** Numbers of heads. Default 1, 2, 5, 10, 20, 40. */
  readonly ks?: readonly number[];
  /** Random lists for each number. Default 20. */
  readonly draws?: number;
  /** Of the random lists. Default 0. */
  readonly seed?: number;
  /** Further lists, by name, in the order in which their heads are taken: of the lowest effects, of the greatest attention mass. */
  readonly others?: Readonly<Record<string, readonly HeadModule[]>>;
  /** Listed in every condition beside the heads: for keep-only all MLPs, for instance. */
  readonly beside?: Modules;
}

export interface CurvePoint {
  /** Heads in each list. */
  readonly k: number;
  readonly found: Judgements;
  readonly others: Readonly<Record<string, Judgements>>;
  /** One a draw, each matched to the found heads layer by layer. */
  readonly random: readonly Judgements[];
}

export interface AblationCurve {
  readonly intact: Judgements;
  readonly points: readonly CurvePoint[];
}

/**
 * Ablation of the first k found heads, of the first k of other lists, and of random heads of the same layers, for several k.
 * @param found  heads in the order in which they are taken
 * @throws RangeError where a list has fewer than k heads, or as `ablate`
 */
export function ablationCurve(
  subject: Subject,
  pairs: readonly PromptPair[],
  found: readonly HeadModule[],
  options: CurveOptions,
): AblationCurve {
  const { ks = [1, 2, 5, 10, 20, 40], draws = 20, seed = 0, others = {}, beside = {} } = options;
  const names = Object.keys(others);
  const lists = ks.flatMap((k) => {
    const first = firstOf("found heads", found, k);
    const random = Array.from({ length: draws }, (_, draw) =>
      layerMatchedRandom(first, subject.model.config, createRandom(seed, k, draw)),
    );
    return [first, ...names.map((name) => firstOf(name, others[name], k)), ...random];
  });
  const conditions = lists.map((heads) => ({ ...beside, heads: [...(beside.heads ?? []), ...heads] }));
  const { intact, ablated } = ablate(subject, pairs, conditions, options);
  const each = 1 + names.length + draws;
  const points = ks.map((k, i): CurvePoint => {
    const [first, ...rest] = ablated.slice(i * each, (i + 1) * each);
    return {
      k,
      found: first,
      others: Object.fromEntries(names.map((name, j) => [name, rest[j]])),
      random: rest.slice(names.length),
    };
  });
  return { intact, points };
}

/** A row of a curve's table. */
export interface CurveRow {
  readonly k: number;
  /** "found", "random", or the name of another list. */
  readonly list: string;
  /** Of the random lists the mean over the draws. */
  readonly value: number;
  /** Bounds that 95 per cent of the draws are within; of the other lists the value itself. */
  readonly low: number;
  readonly high: number;
}

/** One number of each list and k, for a figure or a table. @throws RangeError as `summarize` */
export function curveRows({ intact, points }: AblationCurve, metric: keyof AblationSummary): CurveRow[] {
  const numberOf = (judgements: Judgements) => summarize(judgements, intact)[metric];
  return points.flatMap(({ k, found, others, random }) => {
    const single = (list: string, judgements: Judgements): CurveRow => {
      const value = numberOf(judgements);
      return { k, list, value, low: value, high: value };
    };
    const rows = [
      single("found", found),
      ...Object.entries(others).map(([name, judgements]) => single(name, judgements)),
    ];
    if (random.length === 0) return rows;
    const drawn = Float64Array.from(random, numberOf).sort();
    const spread = { value: mean(drawn), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
    return [...rows, { k, list: "random", ...spread }];
  });
}

function firstOf(what: string, heads: readonly HeadModule[], k: number): readonly HeadModule[] {
  if (!(Number.isInteger(k) && k >= 0 && k <= heads.length))
    throw new RangeError(
      `${what}: there are ${heads.length} heads, and ${k} are asked for. Ask for fewer, or give a longer list.`,
    );
  return heads.slice(0, k);
}
