/** Time, injected, so that waiting can be tested without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds. @throws the signal's reason, as soon as it aborts */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `ring` once after `ms` milliseconds, never for Infinity. @returns what cancels it */
  alarm(ms: number, ring: () => void): () => void;
}

/** What one timer of Node can wait for: 24.8 days. A longer one would ring at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const giveUp = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      }, checkedTime(ms));
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  },
  alarm(ms, ring) {
    if (ms === Number.POSITIVE_INFINITY) return () => {};
    const timer = setTimeout(ring, checkedTime(ms));
    return () => clearTimeout(timer);
  },
};

function checkedTime(ms: number): number {
  if (!(ms >= 0 && ms <= LONGEST_TIMER))
    throw new RangeError(`A time must be from 0 to ${LONGEST_TIMER} ms (24.8 days); got ${ms}.`);
  return ms;
}
