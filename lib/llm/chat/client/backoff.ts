/** When to try again. @see OlymMATH spec, section 3b */
export interface RetryPolicy {
  /** In all, the first one included. */
  readonly attempts: number;
  /** Milliseconds before the second attempt. */
  readonly base: number;
  /** By which the wait grows each time. */
  readonly factor: number;
  /** The longest wait of ours, in milliseconds. */
  readonly cap: number;
  /** Which part of a wait is drawn at random, in [0, 1], so that clients that failed together do not return together. */
  readonly jitter: number;
  /** The longest wait in milliseconds that a server may ask for; where it asks for more, the request fails at once. */
  readonly patience: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 6,
  base: 2_000,
  factor: 2,
  cap: 120_000,
  jitter: 0.5,
  patience: 600_000,
};

/**
 * Milliseconds to wait after the `failures`-th failed attempt in a row, or undefined where it is no use.
 *
 *     w_k = min(cap, base · factor^(k-1)) · (1 - jitter · u),   u uniform in [0, 1)
 *
 * and never sooner than the server asks. What it asks for is no less for all: the random part of w_k is added to it.
 */
export function waitBeforeRetry(
  failures: number,
  retryAfter: number | undefined,
  { attempts, base, factor, cap, jitter, patience }: RetryPolicy,
  random: () => number,
): number | undefined {
  if (failures >= attempts) return undefined;
  const longest = Math.min(cap, base * factor ** (failures - 1));
  const drawn = longest * jitter * random();
  if (retryAfter === undefined) return longest - drawn;
  if (retryAfter > patience) return undefined;
  return Math.max(longest - drawn, retryAfter + drawn);
}

/**
 * Milliseconds that a server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date. Undefined where it asks for nothing, or for something
 * that cannot be read.
 * @see RFC 9110, section 10.2.3
 */
export function readRetryAfter(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  now: number,
): number | undefined {
  const exact = headers["retry-after-ms"];
  if (typeof exact === "string" && /^\d+(\.\d+)?$/.test(exact.trim())) return Number(exact);
  const value = headers["retry-after"];
  if (typeof value !== "string") return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1000;
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
