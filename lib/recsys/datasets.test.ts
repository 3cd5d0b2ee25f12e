import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { findManifest } from "../data/manifest";
import { locateDataset } from "../data/store";
import { withTemporaryFolder } from "../data/testing";
import { itemAttributes } from "./attributes";
import { prefixBatch } from "./batches";
import { datasetHasTimes, datasetNames, loadDataset } from "./datasets";
import { evaluate } from "./evaluate";
import { itemCounts, popularityScores } from "./popularity";
import { segmentMeans, timeSegments } from "./segments";
import { requireTimes } from "./sequences";
import { trainingPrefixes } from "./split";

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
    const times = requireTimes(data);
    let ties = 0;
    let disorder = 0;
    for (let event = 1; event < times.length; event++) {
      if (data.eventUsers[event] !== data.eventUsers[event - 1]) continue;
      const gap = times[event] - times[event - 1];
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

/** These files have no licence that lets a test fetch them everywhere: they are read where they lie already. */
describe("S3-Rec's data sets", () => {
  it.for([
    {
      name: "amazon-beauty",
      whole: { users: 22_363, items: 12_101, events: 198_502 },
      core: { users: 1_340, items: 733, events: 28_798 },
    },
    {
      name: "lastfm",
      whole: { users: 1_090, items: 3_646, events: 52_551 },
      core: { users: 701, items: 1_594, events: 36_626 },
    },
  ])("$name has its counts, an order, no times and attributes", async ({ name, whole, core }, { skip }) => {
    skip((await locateDataset(findManifest(name))) === undefined, `${name} is not on this machine`);
    const everything = await loadDataset(name, { core: 5 }); // the files are a 5-core: nothing is dropped
    const counts = ({ data }: typeof everything) => ({
      users: data.users,
      items: data.items,
      events: data.itemIds.length,
    });
    expect(counts(everything)).toEqual(whole);
    expect([...everything.data.rows]).toEqual(Array.from({ length: whole.events }, (_, row) => row));

    const loaded = await loadDataset(name, { download: false });
    expect(counts(loaded)).toEqual(core);
    expect(loaded.data.times).toBeUndefined();
    expect(loaded.items.get("1")?.title).toBeUndefined();
    const { names, matrix } = itemAttributes(loaded);
    expect(matrix).toHaveLength((core.items + 1) * names.length);
    const batch = prefixBatch(loaded.data, trainingPrefixes(loaded.data).subarray(0, 64), 50);
    expect(batch.gaps.every(Number.isNaN)).toBe(true);
    expect(batch.items.every((item) => item >= 0 && item <= core.items)).toBe(true);
  });
});

describe("Amazon Reviews 2023, made files", () => {
  /** Six people who rate the same six games, and a game that only one of them knows. */
  const events = [
    ...Array.from({ length: 36 }, (_, k) => ({ user: `U${k % 6}`, item: `B${Math.floor(k / 6)}` })),
    { user: "U0", item: "B9" },
  ].map((event, k) => ({ ...event, time: 1.6e12 - k * 1000 })); // the latest first
  const items = ["B0", "B1", "B2", "B3", "B4"].map((parent_asin) =>
    JSON.stringify({ parent_asin, title: `Game ${parent_asin}`, categories: ["Games", parent_asin] }),
  );
  const csv = ["user_id,parent_asin,rating,timestamp"].concat(
    events.map(({ user, item, time }) => `${user},${item},2.0,${time}`),
  );
  const reviews = events.map(({ user, item, time }) =>
    JSON.stringify({ user_id: user, parent_asin: item, rating: 2, timestamp: time }),
  );

  async function load(name: string, content: readonly string[]) {
    return withTemporaryFolder(async (root) => {
      const put = (file: string, text: readonly string[]) =>
        writeFileSync(join(root, "amazon-2023", file), gzipSync(`${text.join("\n")}\n`));
      mkdirSync(join(root, "amazon-2023"));
      put(name, content);
      put("meta_Video_Games.jsonl.gz", items);
      const notices: string[] = [];
      const loaded = await loadDataset("amazon-2023-games", {
        ...{ folders: { given: root, cache: join(root, "cache") }, download: false },
        ...{ minRating: 0, core: 5, onNotice: (text: string) => notices.push(text) },
      });
      expect(loaded.warnings).toEqual(notices);
      return loaded;
    });
  }

  it("is the same from the 5-core file and from all reviews, in the order of time", async () => {
    const rated = await load("Video_Games.csv.gz", csv);
    const written = await load("Video_Games.jsonl.gz", reviews);
    const { data } = rated;
    expect([data.users, data.items, data.itemIds.length]).toEqual([6, 6, 36]);
    expect(written.data).toEqual(data);
    const times = requireTimes(data);
    for (let event = 1; event < times.length; event++) {
      if (data.eventUsers[event] === data.eventUsers[event - 1])
        expect(times[event]).toBeGreaterThan(times[event - 1]);
    }
    expect(times[data.offsets[1] - 1]).toBe(1.6e9);
    expect(rated.items.get("B3")?.text).toBe("Game B3. Games, B3.");
    expect(rated.items.get("B5")?.text).toBe(""); // the file of items does not know it
    expect(rated.items.has("B9")).toBe(false); // outside the 5-core
    expect(rated.warnings).toEqual([expect.stringMatching(/nothing is said of 1 of 6 items/)]);
    const { names, matrix } = itemAttributes(rated);
    expect(names).toEqual(["B0", "B1", "B2", "B3", "B4", "Games"]);
    expect(matrix.reduce((sum, flag) => sum + flag, 0)).toBe(10);
  });
});

describe("datasetHasTimes", () => {
  it("answers without reading data", () => {
    expect(["ml-100k", "ml-1m", "simulator", "amazon-beauty", "lastfm"].map(datasetHasTimes)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(() => datasetHasTimes("last-fm")).toThrow(/no data set "last-fm"\. Did you mean "lastfm"\?/);
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
