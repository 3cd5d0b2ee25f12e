import { createRandom } from "../../../data/random";
import { quantile } from "../../../experiment/statistics";
import type { Estimate } from "../metrics/bootstrap";
import type { Problem } from "../problems/problem";
import { sideBySide } from "./sideBySide";

/** What the probe asks of a model. */
export interface ProbedModel {
  /** The likeliest next tokens after a text, exactly so many, as text; nothing where the model ends before. */
  continue(prefix: string, tokens: number, signal?: AbortSignal): Promise<string>;
}

/** @see OlymMATH, data leakage */
export const PUBLISHED_PROBE = { starts: 5, tokens: 5, rewrites: 3 } as const;

export interface ProbeOptions {
  /** Places in each text. Default 5. */
  readonly starts?: number;
  /** Tokens that must be foretold at each. Default 5. */
  readonly tokens?: number;
  /** Of the places. Default 0. */
  readonly seed?: number;
  /** Problems side by side. Default 1. */
  readonly concurrency?: number;
  /** Of the intervals. Default 2000. */
  readonly resamples?: number;
  /** Is told of each completion. */
  readonly onCompletion?: (isForetold: boolean) => void;
  readonly signal?: AbortSignal;
}

/** Shares of places where the model foretells the text to the letter, in [0, 1]. */
export interface ForetoldShares {
  readonly original: number;
  /** The mean over the rewritings. */
  readonly rewritten: number;
}

export interface Contamination extends ForetoldShares {
  /** (original - rewritten) / original, in percent; NaN where the original is never foretold. */
  readonly delta: number;
  /** In the order of the problems; the shares above are their means. */
  readonly problems: readonly ForetoldShares[];
  /** The same three with 95% intervals over problems, by the percentiles of a bootstrap. */
  readonly estimates: Readonly<Record<"original" | "rewritten" | "delta", Estimate>>;
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
  const { seed = 0, concurrency = 1, resamples = 2000 } = options;
  const accuracies = await sideBySide(
    problems,
    async ({ text, answer }, row): Promise<ForetoldShares> => {
      const original = await foretold(`${text} ${answer}`, model, options, [seed, row, 0]);
      let sum = 0;
      for (const [copy, other] of rewritten[row].entries())
        sum += await foretold(`${other} ${answer}`, model, options, [seed, row, copy + 1]);
      return { original, rewritten: sum / rewritten[row].length };
    },
    concurrency,
  );
  const one = () => 1;
  const estimates = {
    original: ratioEstimate(accuracies, ({ original }) => original, one, resamples),
    rewritten: ratioEstimate(accuracies, (shares) => shares.rewritten, one, resamples),
    delta: ratioEstimate(
      accuracies,
      (shares) => 100 * (shares.original - shares.rewritten),
      ({ original }) => original,
      resamples,
    ),
  };
  const { original, rewritten: other, delta } = estimates;
  return {
    ...{ original: original.value, rewritten: other.value, delta: delta.value },
    ...{ problems: accuracies, estimates },
  };
}

const LEVEL = 0.95;

/**
 * Σ parts / Σ weights with the percentiles of its bootstrap over problems. It is NaN where all weights are 0, and so are the ends of its interval where more
 * resamples than lie beyond an end have no weight at all.
 */
function ratioEstimate(
  problems: readonly ForetoldShares[],
  part: (one: ForetoldShares) => number,
  weight: (one: ForetoldShares) => number,
  resamples: number,
): Estimate {
  const ratio = (some: readonly ForetoldShares[]) => {
    const weights = some.reduce((sum, one) => sum + weight(one), 0);
    return weights === 0 ? Number.NaN : some.reduce((sum, one) => sum + part(one), 0) / weights;
  };
  const random = createRandom(0);
  const drawn = Float64Array.from({ length: resamples }, () =>
    ratio(problems.map(() => problems[random.integer(problems.length)])),
  )
    .filter((one) => !Number.isNaN(one))
    .sort();
  const tail = (1 - LEVEL) / 2;
  const isKnown = resamples - drawn.length <= tail * resamples;
  const end = (share: number) => (isKnown ? quantile(drawn, share) : Number.NaN);
  return { value: ratio(problems), low: end(tail), high: end(1 - tail) };
}

/** The share of places of a text at which the model's next tokens are the text's. */
async function foretold(
  text: string,
  model: ProbedModel,
  { starts = PUBLISHED_PROBE.starts, tokens = PUBLISHED_PROBE.tokens, onCompletion, signal }: ProbeOptions,
  [seed, ...streams]: readonly number[],
): Promise<number> {
  const places = startPlaces(text, starts, tokens, seed, streams);
  let hits = 0;
  for (const place of places) {
    const said = await model.continue(text.slice(0, place), tokens, signal);
    // The last token may leave a character unfinished, of which nothing can be said.
    const guess = said.replace(/\uFFFD+$/, "");
    // The text's own tokens are not known of a model behind an address: that the letters agree is the same, but for how words are cut at the place.
    const isForetold = guess !== "" && text.startsWith(guess, place);
    if (isForetold) hits++;
    onCompletion?.(isForetold);
  }
  return hits / places.length;
}

/**
 * Places behind the first word or character, uniform without repetition: ends of words, and in Chinese of characters.
 * @param following  words or characters that must follow; in a text that is too short for that, the first place is taken
 */
export function startPlaces(
  text: string,
  count: number,
  following: number,
  seed: number,
  streams: readonly number[] = [],
): number[] {
  const ends = [...text.matchAll(/\p{Script=Han}|[^\s\p{Script=Han}]+/gu)].map(
    ({ 0: word, index }) => index! + word.length,
  );
  const places = ends.slice(0, Math.max(1, ends.length - following));
  return createRandom(seed, ...streams)
    .shuffle(places)
    .slice(0, count)
    .sort((a, b) => a - b);
}
