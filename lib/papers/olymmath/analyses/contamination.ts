import { createRandom } from "../../../data/random";
import type { ChatClient } from "../../../llm/chat";
import type { Language, Problem } from "../problems/problem";

/** What the probe asks of a model. */
export interface ProbedModel {
  /** The likeliest next tokens after a text, as text; at most so many. */
  continue(prefix: string, tokens: number, signal?: AbortSignal): Promise<string>;
}

/** What writes the rewritten problems: a strong model, the same for all that are probed. */
export type Rewrite = (
  text: string,
  language: Language,
  seed: number,
  signal?: AbortSignal,
) => Promise<string>;

export interface ProbeOptions {
  /** Places in each text. Default 5. */
  readonly starts?: number;
  /** Tokens that must be foretold at each. Default 5. */
  readonly tokens?: number;
  /** Of each problem. Default 3. */
  readonly rewrites?: number;
  /** Of places and rewritings. Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

export interface Contamination {
  /** Share of places where the model foretells the original to the letter, in [0, 1]. */
  readonly original: number;
  /** The same of the rewritten problems. */
  readonly rewritten: number;
  /** (original - rewritten) / original, in percent; NaN where the original is never foretold. */
  readonly delta: number;
}

/**
 * Whether a model knows problems by heart: how much better it foretells them than what says the same in other words. Only comparisons between benchmarks
 * mean anything.
 * @param rewritten  of each problem its rewritten texts
 * @throws RangeError without problems
 * @see OlymMATH, data leakage; Xu et al., Benchmarking Benchmark Leakage in Large Language Models (arXiv 2404.18824)
 */
export async function contamination(
  problems: readonly Problem[],
  rewritten: readonly (readonly string[])[],
  model: ProbedModel,
  options: ProbeOptions = {},
): Promise<Contamination> {
  if (problems.length === 0) throw new RangeError("The probe needs problems.");
  const { seed = 0 } = options;
  const accuracies: { readonly original: number; readonly rewritten: number }[] = [];
  for (const [row, { text, answer }] of problems.entries()) {
    const original = await foretold(`${text} ${answer}`, model, options, [seed, row, 0]);
    let sum = 0;
    for (const [copy, other] of rewritten[row].entries())
      sum += await foretold(`${other} ${answer}`, model, options, [seed, row, copy + 1]);
    accuracies.push({ original, rewritten: sum / rewritten[row].length });
  }
  const mean = (of: "original" | "rewritten") =>
    accuracies.reduce((sum, one) => sum + one[of], 0) / accuracies.length;
  const [original, other] = [mean("original"), mean("rewritten")];
  return { original, rewritten: other, delta: (100 * (original - other)) / original };
}

/** Rewrites every problem several times, one after the other. */
export async function rewriteAll(
  problems: readonly Problem[],
  rewrite: Rewrite,
  { rewrites = 3, seed = 0, signal }: ProbeOptions = {},
): Promise<string[][]> {
  const all: string[][] = [];
  for (const { text, language } of problems) {
    const own: string[] = [];
    for (let copy = 0; copy < rewrites; copy++) own.push(await rewrite(text, language, seed + copy, signal));
    all.push(own);
  }
  return all;
}

/** The share of places of a text at which the model's next tokens are the text's. */
async function foretold(
  text: string,
  model: ProbedModel,
  { starts = 5, tokens = 5, signal }: ProbeOptions,
  [seed, ...streams]: readonly number[],
): Promise<number> {
  const places = startPlaces(text, starts, seed, streams);
  let hits = 0;
  for (const place of places) {
    const guess = await model.continue(text.slice(0, place), tokens, signal);
    // The text's own tokens are not known of a model behind an address: that the letters agree is the same, but for how words are cut at the place.
    if (guess !== "" && text.startsWith(guess, place)) hits++;
  }
  return hits / places.length;
}

/** Places behind the first word or character, uniform without repetition: ends of words, and in Chinese of characters. */
export function startPlaces(
  text: string,
  count: number,
  seed: number,
  streams: readonly number[] = [],
): number[] {
  const ends = [...text.matchAll(/\p{Script=Han}|[^\s\p{Script=Han}]+/gu)].map(
    ({ 0: word, index }) => index! + word.length,
  );
  const places = ends.slice(0, -1); // something must follow
  return createRandom(seed, ...streams)
    .shuffle(places)
    .slice(0, count)
    .sort((a, b) => a - b);
}

/** Probes a server: greedy completion of the bare text, without a chat template. */
export function probedClient(client: ChatClient): ProbedModel {
  return {
    async continue(prefix, tokens, signal) {
      const request = { prompt: prefix, maxTokens: tokens, temperature: 0 };
      const { text } = await client.complete(request, { signal, stream: false });
      return text;
    },
  };
}

const REWRITE_INSTRUCTIONS: Readonly<Record<Language, string>> = {
  EN: "Say the following problem in other words. Keep all its quantities, conditions and formulas, and do not solve it. Answer with the new text alone.",
  ZH: "请用不同的表述改写下面的题目，保留所有数值、条件和公式，不要解题，只输出改写后的题目。",
};

/** Rewrites by a server. */
export function rewriteByClient(client: ChatClient, { temperature = 0.7, maxTokens = 2048 } = {}): Rewrite {
  return async (text, language, seed, signal) => {
    const content = `${REWRITE_INSTRUCTIONS[language]}\n\n${text}`;
    const request = { messages: [{ role: "user" as const, content }], temperature, maxTokens, seed };
    return (await client.complete(request, { signal })).text.trim();
  };
}
