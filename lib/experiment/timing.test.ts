import { describe, expect, it } from "vitest";
import { compareTimes } from "./timing";

/** A clock that only work moves. */
function clockwork() {
  const state = { now: 0, ran: [] as string[] };
  const work = (name: string, costs: readonly number[]) => {
    let run = 0;
    return () => {
      state.ran.push(name);
      state.now += costs[run++ % costs.length];
    };
  };
  return { state, work, clock: () => state.now };
}

describe("compareTimes", () => {
  it("lets the subjects take turns after a warm-up that does not count", () => {
    const { state, work, clock } = clockwork();
    compareTimes({ a: work("a", [1]), b: work("b", [1]) }, { rounds: 2, runs: 2, warmUp: 1, clock });
    expect(state.ran.join("")).toBe("abaabbaabb");
  });

  it("tells milliseconds a run, and speed beside the first subject", () => {
    const { work, clock } = clockwork();
    const timings = compareTimes({ slow: work("slow", [12]), fast: work("fast", [3]) }, { clock });
    expect(timings).toEqual([
      { subject: "slow", median: 12, lower: 12, upper: 12, speedup: 1 },
      { subject: "fast", median: 3, lower: 3, upper: 3, speedup: 4 },
    ]);
  });

  it("is not moved by one pause, and counts no first call", () => {
    const { work, clock } = clockwork();
    const [timing] = compareTimes(
      { work: work("work", [1000, 2, 2, 500, 2, 4]) },
      { rounds: 5, runs: 1, warmUp: 1, clock },
    );
    expect(timing).toMatchObject({ median: 2, lower: 2, upper: 4 });
  });

  it("refuses to time nothing", () => {
    expect(() => compareTimes({})).toThrow("nothing to time");
    expect(() => compareTimes({ a: () => {} }, { rounds: 0 })).toThrow("at least one round");
  });
});
