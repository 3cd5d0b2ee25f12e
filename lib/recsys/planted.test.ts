import { describe, expect, it } from "vitest";
import { spearman } from "../experiment/statistics";
import { prefixBatch } from "./batches";
import { loadDataset } from "./datasets";
import { evaluate } from "./evaluate";
import { oracleScores, plantedFlags, sameClusterScores } from "./planted";
import { popularityScores } from "./popularity";
import { segmentMeans } from "./segments";
import { splitTargets } from "./split";

describe("planted simulators", () => {
  it("place the oracle above the floors, on all, shifted and unshifted targets", async () => {
    const { data, simulation, meta } = await loadDataset("simulator", { simulator: { users: 400, seed: 3 } });
    expect(meta.source).toBe("simulated, seed 3");
    expect([data.users, data.items]).toEqual([400, 400]);
    const cases = splitTargets(data, "test");
    const options = { windowLength: 32 };
    const [oracle, sameCluster, popularity] = [
      oracleScores(simulation!, data, cases),
      sameClusterScores(simulation!, data, cases),
      popularityScores(data),
    ].map((score) => evaluate(score, data, "test", options));
    expect(oracle.metrics.ndcg).toBeGreaterThan(sameCluster.metrics.ndcg + 0.1);
    expect(sameCluster.metrics.ndcg).toBeGreaterThan(popularity.metrics.ndcg + 0.1);

    const { shifted, unshifted, longGap } = plantedFlags(simulation!, data, cases);
    expect(shifted.length + unshifted.length).toBe(400);
    expect(shifted.filter((position) => longGap[position] === 1).length / shifted.length).toBeGreaterThan(
      0.8,
    );
    const [oracleShifted, oracleStayed] = segmentMeans(oracle.perCase.ndcg, [shifted, unshifted]);
    const [sameShifted] = segmentMeans(sameCluster.perCase.ndcg, [shifted, unshifted]);
    expect(oracleStayed).toBeGreaterThan(oracleShifted);
    expect(oracleShifted).toBeGreaterThan(0.1);
    expect(sameShifted).toBe(0); // the interest is elsewhere
  });

  it("with item gaps: gaps and items are correlated", async () => {
    const { data, simulation } = await loadDataset("simulator-item-gaps", { simulator: { users: 400 } });
    const cases = splitTargets(data, "test");
    const { cluster, gapDays } = plantedFlags(simulation!, data, cases);
    const slow = cluster.map((z) => (z < 5 ? 1 : 0));
    expect(spearman(slow, gapDays)).toBeGreaterThan(0.2);
    const batch = prefixBatch(data, cases, 32);
    const served = Array.from(batch.lengths, (length, row) => batch.gaps[row * 33 + length]);
    served.forEach((gap, row) => {
      expect(gap).toBeCloseTo(gapDays[row], 4);
    });
  });
});
