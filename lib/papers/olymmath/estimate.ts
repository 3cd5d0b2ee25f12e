import { existsSync } from "node:fs";
import { costOf, mostCostOf, type Prices, type Usage } from "../../llm/chat";
import type { Problem } from "./problems/problem";
import type { PlannedSample } from "./sampling/plan";
import type { AnsweredRecord } from "./sampling/record";
import { forEachSample } from "./sampling/sampleLog";
import { addUsage, NO_USAGE } from "./sampling/usage";

/** What the log of earlier calls tells about a model with its settings. */
export interface SeenSamples {
  /** Keys of the samples that are there. */
  readonly answered: ReadonlySet<string>;
  /** Tokens of all that was drawn, failures and lost attempts included. */
  readonly used: Usage;
  /** Tokens of each problem's prompt. */
  readonly promptTokens: ReadonlyMap<string, number>;
  /** How many completions there are, and their tokens, by set. */
  readonly completions: ReadonlyMap<string, Completions>;
  /** Tokens of completions over the seconds in which any sample was under way; absent without an answer that took time. */
  readonly tokensPerSecond?: number;
}

export interface Completions {
  readonly samples: number;
  readonly tokens: number;
}

const NONE: Completions = { samples: 0, tokens: 0 };

/**
 * Reads what the log has of a model with its settings; nothing where there is no log yet. Nobody needs to hold it.
 * @throws DataError where a line cannot be read
 */
export async function seenSamples(path: string, model: string, settingsId: string): Promise<SeenSamples> {
  const answered = new Set<string>();
  const promptTokens = new Map<string, number>();
  const completions = new Map<string, Completions>();
  const times: Interval[] = [];
  let used = NO_USAGE;
  if (existsSync(path))
    await forEachSample(path, (record) => {
      if (record.model !== model || record.settingsId !== settingsId) return;
      used = [record.usage, record.lost ?? NO_USAGE].reduce(addUsage, used);
      if (record.status === "failed") return;
      answered.add(record.key);
      promptTokens.set(record.problem, record.usage.promptTokens);
      const { samples, tokens } = completions.get(setOf(record)) ?? NONE;
      const own = { samples: samples + 1, tokens: tokens + record.usage.completionTokens };
      completions.set(setOf(record), own);
      times.push([record.startedAt, record.endedAt]);
    });
  const seconds = covered(times) / 1_000;
  const seen = { answered, used, promptTokens, completions };
  return seconds > 0 ? { ...seen, tokensPerSecond: together(completions).tokens / seconds } : seen;
}

function together(completions: SeenSamples["completions"]): Completions {
  return [...completions.values()].reduce(
    (sum, { samples, tokens }) => ({ samples: sum.samples + samples, tokens: sum.tokens + tokens }),
    NONE,
  );
}

/** "SYNTH-HARD-3-EN" is of "SYNTH-EN-HARD", and so on. */
function setOf({ problem, language }: Pick<AnsweredRecord, "problem" | "language">): string {
  const [origin, tier] = problem.split("-");
  return `${origin}-${language}-${tier}`;
}

/** From, to. */
type Interval = readonly [number, number];

/** The length of the union. */
function covered(intervals: readonly Interval[]): number {
  let [sum, reached] = [0, Number.NEGATIVE_INFINITY];
  for (const [from, to] of [...intervals].sort((a, b) => a[0] - b[0])) {
    sum += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return sum;
}

/** The value that is to be expected, and the most that it can be. */
export interface Bound {
  readonly expected: number;
  readonly most: number;
}

/** What is left of a run, and what it will take. Attempts that break off come on top. */
export interface RunEstimate {
  /** Samples of the plan, and those of them that the log has. */
  readonly total: number;
  readonly done: number;
  readonly promptTokens: number;
  readonly completionTokens: Bound;
  /** How long completions are expected to be: as those of the log, or as long as they may be. */
  readonly basis: "log" | "limit";
  /** In the currency of the prices; absent without prices. */
  readonly cost?: Bound;
  /** Absent where nobody has measured how fast the model writes. */
  readonly seconds?: Bound;
}

export interface EstimateInput {
  readonly plan: readonly PlannedSample[];
  readonly seen: SeenSamples;
  /** Of a completion. */
  readonly maxTokens: number;
  /** Tokens of a prompt of which the log has no sample. */
  readonly countPrompt: (problem: Problem) => number;
  readonly prices?: Prices;
  /** Of all samples that run side by side. Default: as the log tells. */
  readonly tokensPerSecond?: number;
}

/**
 * What the rest of a run will take. A completion is expected to have
 *
 *     the mean tokens of the log's completions of its set, or of all sets, or maxTokens
 *
 * and of prompts as large a part from the server's cache, of completions as large a part of thoughts as in the log.
 */
export function estimateRun({ plan, seen, maxTokens, countPrompt, ...input }: EstimateInput): RunEstimate {
  const { prices, tokensPerSecond = seen.tokensPerSecond } = input;
  const left = plan.filter(({ key }) => !seen.answered.has(key));
  const all = together(seen.completions);
  const expectedOf = ({ id, language }: Problem): number => {
    const { samples, tokens } = seen.completions.get(setOf({ problem: id, language })) ?? all;
    return samples > 0 ? tokens / samples : maxTokens;
  };
  const sum = (of: (problem: Problem) => number) =>
    left.reduce((total, { problem }) => total + of(problem), 0);
  const promptTokens = sum((problem) => seen.promptTokens.get(problem.id) ?? countPrompt(problem));
  const completionTokens = { expected: sum(expectedOf), most: left.length * maxTokens };
  const bound = (of: (completion: number) => number): Bound => ({
    expected: of(completionTokens.expected),
    most: of(completionTokens.most),
  });
  return {
    total: plan.length,
    done: plan.length - left.length,
    promptTokens,
    completionTokens,
    basis: all.samples > 0 ? "log" : "limit",
    ...(prices === undefined ? {} : { cost: costBound(promptTokens, completionTokens, seen.used, prices) }),
    ...(tokensPerSecond === undefined
      ? {}
      : { seconds: bound((completion) => completion / tokensPerSecond) }),
  };
}

function costBound(promptTokens: number, completion: Bound, used: Usage, prices: Prices): Bound {
  const share = (part: number | undefined, whole: number) => (whole === 0 ? 0 : (part ?? 0) / whole);
  const expected = {
    ...{ promptTokens, completionTokens: completion.expected },
    cachedTokens: promptTokens * share(used.cachedTokens, used.promptTokens),
    reasoningTokens: completion.expected * share(used.reasoningTokens, used.completionTokens),
  };
  return {
    expected: costOf(expected, prices),
    most: mostCostOf({ promptTokens, completionTokens: completion.most }, prices),
  };
}
