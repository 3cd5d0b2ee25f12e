import { describe, expect, it } from "vitest";
import { type InterestShiftSimulation, simulateInterestShifts } from "./interestShifts";
import { longGapPosterior, oracleProbabilities, sameClusterProbabilities } from "./oracle";

const SECONDS_A_DAY = 86_400;

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
])("oracle, %s", (_, simulation) => {
  const { log, gapDays } = simulation;
  const rows = moves(simulation);

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
        day: log.timestamps![row] / SECONDS_A_DAY,
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
