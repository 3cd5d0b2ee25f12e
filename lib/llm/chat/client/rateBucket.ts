import type { Clock } from "../clock";

/** A limit of so much a minute. */
export interface RateBucket {
  /**
   * Takes an amount, and waits until there has been enough for it and for all that was taken before. More than a minute's worth counts as a minute's worth.
   * @returns what books the amount that was used in the end, instead of the one taken
   * @throws the signal's reason, where it aborts while this one waits: what was taken is given back
   */
  take(amount: number, signal?: AbortSignal): Promise<(used: number) => void>;
}

/**
 * A token bucket that holds a minute's worth, full at first. Those who wait are served in the order in which they came: each takes at once, the level goes
 * below zero, and the time until it is zero again is the wait.
 */
export function createRateBucket(perMinute: number, clock: Clock): RateBucket {
  if (!(perMinute > 0)) throw new RangeError(`A rate must be above 0 a minute; got ${perMinute}.`);
  const perMs = perMinute / 60_000;
  let level = perMinute;
  let filledAt = clock.now();

  function change(amount: number): void {
    const now = clock.now();
    level = Math.min(perMinute, level + Math.max(0, now - filledAt) * perMs);
    filledAt = now;
    level = Math.min(perMinute, level + amount);
  }

  return {
    async take(amount, signal) {
      const taken = Math.min(amount, perMinute);
      change(-taken);
      try {
        if (level < 0) await clock.sleep(-level / perMs, signal);
      } catch (error) {
        change(taken);
        throw error;
      }
      return (used) => change(taken - used);
    },
  };
}
