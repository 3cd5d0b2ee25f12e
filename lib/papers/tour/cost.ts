import type { Timing } from "../../experiment/timing";

/** What a training costs with one way of running its step. */
export interface Cost extends Timing {
  /** Milliseconds before the first step is done: tracing and compiling. */
  readonly firstCall: number;
  /** Seconds for the whole training. */
  readonly total: number;
  /** Steps from which on this way is faster than the first one, tracing and compiling included; absent for the first, and where it never is. */
  readonly breakEven?: number;
}

/**
 * Puts the price of compiling beside what it saves:
 *
 *     total = first call + (steps - 1) · median
 *
 * @param firstCalls milliseconds, by subject; a subject without an entry has nothing to prepare
 */
export function costOfTraining(
  timings: readonly Timing[],
  firstCalls: Readonly<Record<string, number | undefined>>,
  steps: number,
): Cost[] {
  const [reference] = timings;
  return timings.map((timing): Cost => {
    const firstCall = firstCalls[timing.subject] ?? timing.median;
    const total = (firstCall + (steps - 1) * timing.median) / 1000;
    const saved = reference.median - timing.median;
    if (timing === reference || saved <= 0) return { ...timing, firstCall, total };
    // first + (n - 1) · ours = n · theirs
    const breakEven = Math.max(1, Math.ceil((firstCall - timing.median) / saved));
    return { ...timing, firstCall, total, breakEven };
  });
}
