import type { SamplingOptions } from "./sampling";

/** The processors once more, for tests: on plain arrays, one token after the other, by sorting. A token that may not come has -∞. */
export function referenceProcess(
  logits: readonly number[],
  options: SamplingOptions,
  seen: ReadonlySet<number> = new Set(),
): number[] {
  const { temperature = 1, topK = logits.length, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  let x = logits.map((value, token) => {
    if (!seen.has(token)) return value;
    return value < 0 ? value * repetitionPenalty : value / repetitionPenalty;
  });
  x = x.map((value) => value / temperature);
  x = keepAtLeast(x, descending(x)[Math.min(topK, x.length) - 1]);
  let mass = 0;
  let last = Number.POSITIVE_INFINITY;
  const probabilities = softmax(x);
  for (const token of byLogit(x)) {
    if (mass >= topP) break;
    mass += probabilities[token];
    last = x[token];
  }
  if (topP < 1) x = keepAtLeast(x, last);
  const left = softmax(x);
  const likeliest = Math.max(...left);
  return x.map((value, token) => (left[token] >= minP * likeliest ? value : Number.NEGATIVE_INFINITY));
}

export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const exponentials = logits.map((value) => Math.exp(value - largest));
  const total = exponentials.reduce((a, b) => a + b);
  return exponentials.map((value) => value / total);
}

function descending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => b - a);
}

/** Tokens, likeliest first. */
function byLogit(logits: readonly number[]): number[] {
  return logits.map((_, token) => token).sort((a, b) => logits[b] - logits[a]);
}

function keepAtLeast(values: readonly number[], bound: number): number[] {
  return values.map((value) => (value >= bound ? value : Number.NEGATIVE_INFINITY));
}
