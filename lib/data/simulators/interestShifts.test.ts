import { describe, expect, it } from "vitest";
import {
  type InterestShiftSimulation,
  isSlow,
  simulateInterestShifts,
  successorCluster,
} from "./interestShifts";

const SECONDS_A_DAY = 86_400;

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rows that have a predecessor. */
function moves(simulation: InterestShiftSimulation): number[] {
  return [...simulation.log.users.keys()].filter(
    (row) => row > 0 && simulation.log.users[row] === simulation.log.users[row - 1],
  );
}

const plain = simulateInterestShifts({ seed: 5 });
const withItemGaps = simulateInterestShifts({ seed: 5, itemGaps: true });

describe.each([
  ["plain", plain],
  ["item gaps", withItemGaps],
])("planted interest shifts, %s", (_, simulation) => {
  const { parameters, log, cluster, shift, longGap, gapDays, itemCluster, successor } = simulation;
  const rows = moves(simulation);
  const shareOf = (chosen: number[], flag: (row: number) => boolean) =>
    mean(chosen.map((row) => (flag(row) ? 1 : 0)));

  it("has the shift rates it was given, after long gaps and after short ones", () => {
    const long = rows.filter((row) => longGap[row] === 1);
    const short = rows.filter((row) => longGap[row] === 0);
    expect(shareOf(long, (row) => shift[row] === 1)).toBeCloseTo(parameters.longShiftProbability, 1.5);
    expect(shareOf(short, (row) => shift[row] === 1)).toBeCloseTo(parameters.shortShiftProbability, 2);
  });

  it("has the gap mixture it was given", () => {
    const long = rows.filter((row) => longGap[row] === 1).map((row) => gapDays[row]);
    const short = rows.filter((row) => longGap[row] === 0).map((row) => gapDays[row]);
    expect(Math.min(...long)).toBeGreaterThanOrEqual(parameters.longGapMinDays);
    expect(Math.abs(mean(long) - parameters.longGapMinDays - parameters.longGapMeanDays)).toBeLessThan(0.3);
    expect(Math.abs(mean(short) - parameters.shortGapMeanDays)).toBeLessThan(0.002);
    for (const slow of parameters.itemGaps ? [true, false] : [undefined]) {
      const from = rows.filter((row) => slow === undefined || isSlow(parameters, cluster[row - 1]) === slow);
      const expected = slow === undefined ? 0.25 : slow ? 0.7 : 0.16;
      expect(Math.abs(shareOf(from, (row) => longGap[row] === 1) - expected)).toBeLessThan(0.02);
    }
    for (const row of rows.slice(0, 500)) {
      expect((log.timestamps![row] - log.timestamps![row - 1]) / SECONDS_A_DAY).toBeCloseTo(gapDays[row], 6);
    }
  });

  it("changes the successor rule on the drift day", () => {
    const shifted = rows.filter((row) => longGap[row] === 1 && shift[row] === 1);
    const rule = (row: number) => (log.timestamps![row] / SECONDS_A_DAY < 120 ? 1 : 2);
    expect(shifted.every((row) => cluster[row] === (cluster[row - 1] + rule(row)) % 10)).toBe(true);
    const late = shareOf(shifted, (row) => log.timestamps![row] / SECONDS_A_DAY >= 120);
    expect(late).toBeGreaterThan(0.05);
    expect(late).toBeLessThan(0.5); // the late rule is under-represented
    expect(successorCluster(parameters, 9, 119.9)).toBe(0);
    expect(successorCluster(parameters, 9, 120)).toBe(1);
  });

  it("follows the fixed successor half of the time while the interest stays", () => {
    const stays = rows.filter((row) => shift[row] === 0);
    const followed = shareOf(stays, (row) => log.items[row] === successor[log.items[row - 1]]);
    expect(followed).toBeGreaterThan(0.5);
    expect(followed).toBeLessThan(0.54); // a popularity draw sometimes hits it too
    expect(rows.every((row) => itemCluster[log.items[row]] === cluster[row])).toBe(true);
  });
});

describe("the two variants", () => {
  /** Share of long gaps before items of slow clusters, less that before the others. */
  const contrast = (simulation: InterestShiftSimulation) => {
    const [slow, fast] = [true, false].map((kind) =>
      moves(simulation).filter((row) => isSlow(simulation.parameters, simulation.cluster[row]) === kind),
    );
    return (
      mean(slow.map((row) => simulation.longGap[row])) - mean(fast.map((row) => simulation.longGap[row]))
    );
  };

  it("differ in whether gaps go with items", () => {
    expect(Math.abs(contrast(plain))).toBeLessThan(0.02);
    expect(contrast(withItemGaps)).toBeGreaterThan(0.4);
  });
});

describe("parameters", () => {
  it("give the same log for a seed, another for another seed; more users leave the first ones as they are", () => {
    const small = simulateInterestShifts({ seed: 9, users: 5 });
    const large = simulateInterestShifts({ seed: 9, users: 8 });
    expect([...large.log.items.subarray(0, small.log.items.length)]).toEqual([...small.log.items]);
    expect([...simulateInterestShifts({ seed: 10, users: 5 }).log.items]).not.toEqual([...small.log.items]);
    expect(large.log.itemNames).toHaveLength(400);
  });

  it("are checked", () => {
    expect(() => simulateInterestShifts({ markovProbability: 1.5 })).toThrow(
      /markovProbability must be a probability; got 1.5/,
    );
    expect(() => simulateInterestShifts({ shortGapMeanDays: 0 })).toThrow(/shortGapMeanDays must be > 0/);
    expect(() => simulateInterestShifts({ minEvents: 2 })).toThrow(/3 <= minEvents/);
    expect(() => simulateInterestShifts({ clusters: 2 })).toThrow(/clusters >= 3/);
  });
});
