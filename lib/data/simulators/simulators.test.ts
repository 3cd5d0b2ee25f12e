import { describe, expect, it } from "vitest";
import {
  type InterestShiftSimulation,
  isSlow,
  simulateInterestShifts,
  successorCluster,
} from "./interestShifts";
import { longGapPosterior, oracleProbabilities, sameClusterProbabilities } from "./oracle";

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
      expect((log.timestamps[row] - log.timestamps[row - 1]) / SECONDS_A_DAY).toBeCloseTo(gapDays[row], 6);
    }
  });

  it("changes the successor rule on the drift day", () => {
    const shifted = rows.filter((row) => longGap[row] === 1 && shift[row] === 1);
    const rule = (row: number) => (log.timestamps[row] / SECONDS_A_DAY < 120 ? 1 : 2);
    expect(shifted.every((row) => cluster[row] === (cluster[row - 1] + rule(row)) % 10)).toBe(true);
    const late = shareOf(shifted, (row) => log.timestamps[row] / SECONDS_A_DAY >= 120);
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

  it("is calibrated: the oracle's chances are the frequencies", () => {
    let expected = 0;
    let hits = 0;
    let logLikelihood = 0;
    let entropy = 0;
    const sample = rows.filter((row) => row % 20 === 0);
    for (const row of sample) {
      const probabilities = oracleProbabilities(simulation, {
        lastItem: log.items[row - 1],
        gapDays: gapDays[row],
        day: log.timestamps[row] / SECONDS_A_DAY,
      });
      const best = probabilities.indexOf(Math.max(...probabilities));
      expected += probabilities[best];
      hits += best === log.items[row] ? 1 : 0;
      logLikelihood += Math.log(probabilities[log.items[row]]);
      for (const p of probabilities) entropy -= p > 0 ? p * Math.log(p) : 0;
    }
    expect(Math.abs(expected - hits) / sample.length).toBeLessThan(0.03);
    expect(Math.abs(logLikelihood + entropy) / sample.length).toBeLessThan(0.1); // -log likelihood = entropy, in the mean
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

describe("oracle", () => {
  it("sums to one, whatever the gap", () => {
    for (const gapDays of [0, 0.05, 2.99, 3, 3.01, 50, 1000]) {
      const p = oracleProbabilities(plain, { lastItem: 17, gapDays, day: 200 });
      expect(p.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12);
    }
    expect(sameClusterProbabilities(plain, 17).reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12);
  });

  it("knows a long gap by its length", () => {
    const { parameters } = plain;
    expect(longGapPosterior(parameters, 0, 2.9)).toBe(0);
    expect(longGapPosterior(parameters, 0, 3)).toBeCloseTo(1, 12);
    expect(longGapPosterior(parameters, 0, 5000)).toBe(1);
    const overlapping = { ...parameters, longGapMinDays: 0, shortGapMeanDays: 1, longGapMeanDays: 2 };
    // At 1 day: long .25 · e^-½ / 2 = .0758, short .75 · e^-1 = .2759
    expect(longGapPosterior(overlapping, 0, 1)).toBeCloseTo(0.0758 / (0.0758 + 0.2759), 3);
  });

  it("expects the successor item after a short gap, the successor cluster after a long one", () => {
    const near = oracleProbabilities(plain, { lastItem: 41, gapDays: 0.01, day: 10 });
    expect(near.indexOf(Math.max(...near))).toBe(plain.successor[41]);
    expect(near[plain.successor[41]]).toBeGreaterThan(0.49);
    const far = oracleProbabilities(plain, { lastItem: 41, gapDays: 9, day: 10 });
    expect(plain.itemCluster[far.indexOf(Math.max(...far))]).toBe(2);
    const late = oracleProbabilities(plain, { lastItem: 41, gapDays: 9, day: 130 });
    expect(plain.itemCluster[late.indexOf(Math.max(...late))]).toBe(3);
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
