import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { findManifest } from "../../data/manifest";
import { locateDataset } from "../../data/store";
import { withTemporaryFolder } from "../../data/testing";
import { datasetNames, loadDataset } from "../datasets";
import { type CatalogueOptions, catalogueNames, loadCatalogue } from "./catalogues";
import { attributeContent, textContent } from "./itemContent";
import { gram } from "./matrix";
import { syntheticCatalogue } from "./syntheticCatalogue";

describe("catalogues", () => {
  it("are the data sets that describe their items, and the planted one", () => {
    const names = catalogueNames();
    expect(names).toEqual(expect.arrayContaining(["amazon-beauty", "lastfm", "ml-100k", "catalogue"]));
    expect(names.filter((name) => name.startsWith("simulator"))).toEqual([]);
    expect(names.filter((name) => !datasetNames().includes(name))).toEqual(["catalogue"]);
  });

  it("name the nearest one for an unknown name", async () => {
    const load = (name: string) => loadCatalogue(name, { dimensions: 4, seed: 1 });
    await expect(load("catalog")).rejects.toThrow(/no data set "catalog"\. Did you mean "catalogue"\?/);
    await expect(load("simulator")).rejects.toThrow(/no data set "simulator"/);
  });

  it("as planted: content, groups and sequences, and what is planted can be changed", async () => {
    const planted = { users: 50, groups: 3, noise: 0.1 };
    const loaded = await loadCatalogue("catalogue", { dimensions: 8, seed: 5, planted });
    const { data, content, group } = syntheticCatalogue({ ...planted, dimensions: 8, seed: 5 });
    expect(loaded.data).toEqual(data);
    expect([loaded.content.rows, loaded.content.columns]).toEqual([data.items, 8]);
    expect(loaded.content.values).toEqual(content);
    expect(loaded.groups).toEqual(group);
    expect(loaded.attributes).toBeUndefined();
    expect(loaded.meta.source).toBe("simulated, seed 5");
  });
});

describe("catalogues of data sets", () => {
  it("MovieLens-100K: genres, all ratings, the core that is asked for", async () => {
    const loaded = await loadCatalogue("ml-100k", { dimensions: 16, seed: 1 });
    const { data, content, attributes, groups } = loaded;
    expect(attributes?.names).toEqual(expect.arrayContaining(["Action", "Western"]));
    expect(attributes?.matrix).toHaveLength((data.items + 1) * attributes!.names.length);
    expect([data.users, data.items, data.itemIds.length]).toEqual([943, 1349, 99_287]); // the 5-core
    expect([content.rows, content.columns]).toEqual([1349, 16]);
    expect(groups).toBeUndefined();
    const { items } = await loadDataset("ml-100k", { minRating: 0, core: 5 });
    const genres = data.itemNames.map((name) => items.get(name)?.attributes.join());
    const vector = (id: number) => [...content.values.subarray((id - 1) * 16, id * 16)];
    let pairs = 0;
    for (let id = 2; id <= 300; id++) {
      for (const other of [id - 1, 1]) {
        if (genres[id] === genres[other]) pairs++;
        expect(vector(id).join() === vector(other).join()).toBe(genres[id] === genres[other]);
      }
    }
    expect(pairs).toBeGreaterThan(10);
    const smaller = await loadCatalogue("ml-100k", { dimensions: 2, seed: 1, minRating: 3, core: 10 });
    expect([smaller.data.users, smaller.data.items]).toEqual([939, 1016]);
    await expect(loadCatalogue("ml-100k", { dimensions: 64, seed: 1 })).rejects.toThrow(/choose 1 to \d+\./);
    await expect(loadCatalogue("ml-100k", { dimensions: 4, seed: 1, content: "text" })).rejects.toThrow(
      'MovieLens 100K has no words about its items: choose content "attributes"',
    );
  });

  it("makes content from words where the data set has some, from categories on demand", async () => {
    await withTemporaryFolder(async (root) => {
      const folder = join(root, "amazon-2023");
      mkdirSync(folder);
      const events = Array.from({ length: 36 }, (_, k) => [`U${k % 6}`, `B${Math.floor(k / 6)}`]);
      const rows = events.map(([user, item], k) => `${user},${item},1.0,${1.6e12 + k}`);
      const titles = ["red racing", "blue racing", "red chess", "blue chess", "green go", "go and chess"];
      const items = titles.map((title, k) =>
        JSON.stringify({ parent_asin: `B${k}`, title, categories: ["Games", title.split(" ")[1]] }),
      );
      const header = "user_id,parent_asin,rating,timestamp";
      writeFileSync(join(folder, "Video_Games.csv.gz"), gzipSync([header, ...rows].join("\n")));
      writeFileSync(join(folder, "meta_Video_Games.jsonl.gz"), gzipSync(items.join("\n")));
      const folders = { given: root, cache: join(root, "cache") };
      const load = (options: Partial<CatalogueOptions> = {}) =>
        loadCatalogue("amazon-2023-games", {
          dimensions: 3,
          seed: 1,
          folders,
          download: false,
          minItems: 2,
          ...options,
        });
      const { data, content, attributes } = await load();
      expect(data.itemNames).toEqual(["", "B0", "B1", "B2", "B3", "B4", "B5"]);
      const texts = titles.map((title) => `${title}. Games, ${title.split(" ")[1]}.`);
      expect(content).toEqual(textContent(texts, 3, { seed: 1, minItems: 2 }));
      await expect(load({ minItems: undefined })).rejects.toThrow(/6 items of 1 different terms/); // "games"
      const categories = await load({ content: "attributes", minItems: undefined });
      expect(categories.content).toEqual(attributeContent(attributes!, 3, { seed: 1 }));
      expect(categories.content).not.toEqual(content);
    });
  });

  // Read where they lie already: no licence lets a test fetch them everywhere.
  it.for([
    { name: "lastfm", users: 1_090, items: 3_646, events: 52_551, dimensions: 32 },
    { name: "amazon-beauty", users: 22_363, items: 12_101, events: 198_502, dimensions: 64 },
  ])("$name: whole, whitened", async ({ name, users, items, events, dimensions }, { skip }) => {
    skip((await locateDataset(findManifest(name))) === undefined, `${name} is not on this machine`);
    const { data, content } = await loadCatalogue(name, { dimensions, seed: 1, download: false });
    expect([data.users, data.items, data.itemIds.length]).toEqual([users, items, events]);
    expect([content.rows, content.columns]).toEqual([items, dimensions]);
    gram(content).values.forEach((value, k) => {
      expect(Math.abs(value / (items - 1) - (k % (dimensions + 1) === 0 ? 1 : 0))).toBeLessThan(1e-4);
    });
  });
});
