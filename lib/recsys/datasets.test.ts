import { describe, expect, it } from "vitest";
import { spearman } from "../experiment/statistics";
import { prefixBatch } from "./batches";
import { datasetNames, loadDataset } from "./datasets";
import { evaluate } from "./evaluate";
import { oracleScores, plantedFlags, sameClusterScores } from "./planted";
import { itemCounts, popularityScores } from "./popularity";
import { segmentMeans, timeSegments } from "./segments";
import { splitTargets, trainingPrefixes } from "./split";

describe("MovieLens-100K", () => {
  const loading = loadDataset("ml-100k");

  it("has the counts of the protocol", async () => {
    const { data, meta, items } = await loading;
    expect([data.users, data.items, data.itemIds.length]).toEqual([939, 1016, 80_393]);
    expect(trainingPrefixes(data)).toHaveLength(77_576);
    expect(meta.licence).toMatch(/MovieLens/);
    expect(items.get("1")?.title).toBe("Toy Story");
    expect(Math.max(...data.itemIds)).toBe(1016);
    expect(Math.min(...data.itemIds)).toBe(1);
  });

  it("is in time order, ties by file line", async () => {
    const { data } = await loading;
    let ties = 0;
    let disorder = 0;
    for (let event = 1; event < data.times.length; event++) {
      if (data.eventUsers[event] !== data.eventUsers[event - 1]) continue;
      const gap = data.times[event] - data.times[event - 1];
      if (gap === 0) ties++;
      if (gap < 0 || (gap === 0 && data.rows[event] < data.rows[event - 1])) disorder++;
    }
    expect(disorder).toBe(0);
    expect(ties).toBeGreaterThan(10_000); // the rule for ties matters
  });

  it("gives popularity an NDCG@10 of 0.0248 on the test", async () => {
    const { data } = await loading;
    const { metrics, perCase, cases } = evaluate(popularityScores(data), data, "test", { windowLength: 50 });
    expect(metrics.ndcg).toBeCloseTo(0.0248, 4);
    const segments = timeSegments(data, cases);
    expect(segments.map((segment) => segment.length)).toEqual([235, 235, 235, 234]);
    expect(segmentMeans(perCase.ndcg, segments)).toHaveLength(4);
    expect(itemCounts(data).reduce((sum, count) => sum + count, 0)).toBe(80_393 - 2 * 939);
  });

  it("fills batches with valid ids and gaps that are not negative", async () => {
    const { data } = await loading;
    const batch = prefixBatch(data, trainingPrefixes(data).subarray(0, 2048), 50);
    expect(batch.items.every((item) => item >= 0 && item <= data.items)).toBe(true);
    expect(batch.gaps.every((gap) => gap >= 0)).toBe(true);
  });
});

describe("simulators", () => {
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

describe("loadDataset", () => {
  it("names the nearest data set for an unknown one", async () => {
    await expect(loadDataset("ml-100")).rejects.toThrow(/no data set "ml-100"\. Did you mean "ml-100k"\?/);
    expect(datasetNames()).toEqual(expect.arrayContaining(["ml-100k", "simulator", "simulator-item-gaps"]));
  });

  it("says how to get what is absent, where it may not download", async () => {
    const folders = { given: undefined, cache: "/nowhere" };
    await expect(loadDataset("ml-100k", { download: false, folders })).rejects.toThrow(
      /"ml-100k" is not on this machine \(looked in \/nowhere\/ml-100k\)\. Run "npx reprise data fetch ml-100k"/,
    );
  });

  it("passes the filter's options on", async () => {
    const { data } = await loadDataset("ml-100k", { minRating: 1, core: 5 });
    expect(data.itemIds.length).toBeGreaterThan(90_000);
    await expect(loadDataset("ml-100k", { core: 2 })).rejects.toThrow(/core must be an integer >= 3/);
  });
});
