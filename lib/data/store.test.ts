import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataFolders, locateDataset, requireDataset } from "./store";
import { ATOMIC_ITEMS, GAMES_ITEMS, gamesManifest, INTER, ITEMS, RATINGS, scene } from "./testingDataset";

/** Puts files into a data set's folder. */
function put(root: string, files: Record<string, string>): string {
  const folder = join(root, "tiny");
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

describe("dataFolders", () => {
  it("reads REPRISE_DATA, where an empty value counts as none", () => {
    expect(dataFolders({ REPRISE_DATA: "/given" }).given).toBe("/given");
    expect(dataFolders({ REPRISE_DATA: "" }).given).toBeUndefined();
    expect(dataFolders({}).cache).toMatch(/data.cache$/);
  });
});

describe("locateDataset", () => {
  it("takes the first complete layout, the given folder before the cache", async () => {
    await scene(async ({ folder, manifest, options }) => {
      const folders = { given: join(folder, "given"), cache: options.folders.cache };
      expect(await locateDataset(manifest, folders)).toBeUndefined();
      put(folders.cache, { "u.data": RATINGS, "u.item": ITEMS });
      expect((await locateDataset(manifest, folders))?.layout).toBe("original");
      const given = put(folders.given, { "t.inter": INTER }); // incomplete: passed over
      expect((await locateDataset(manifest, folders))?.layout).toBe("original");
      put(folders.given, { "t.item": ATOMIC_ITEMS });
      const located = await locateDataset(manifest, folders);
      expect(located).toMatchObject({ layout: "recbole", folder: given });
      expect(located?.paths).toEqual({ interactions: join(given, "t.inter"), items: join(given, "t.item") });
    });
  });

  it("names a file that is not the manifest's", async () => {
    await scene(async ({ manifest, options }) => {
      put(options.folders.cache, { "u.data": RATINGS.replace("5", "4"), "u.item": ITEMS });
      await expect(locateDataset(manifest, options.folders)).rejects.toThrow(
        /tiny.u\.data: The SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}\. Run "npx reprise data fetch tiny"/,
      );
    });
  });
});

describe("files without a hash", () => {
  it("are checked by size, and named", async () => {
    await scene(async ({ manifest, options }) => {
      const { original } = manifest.layouts;
      const [ratings, items] = original.files;
      const unhashed = { ...ratings, sha256: undefined, bytes: RATINGS.length };
      const partly = { ...manifest, layouts: { original: { ...original, files: [unhashed, items] } } };
      put(options.folders.cache, { "u.data": RATINGS.replace("5", "4"), "u.item": ITEMS });
      expect((await locateDataset(partly, options.folders))?.unhashed).toEqual(["u.data"]);
      put(options.folders.cache, { "u.data": RATINGS.slice(1) });
      await expect(locateDataset(partly, options.folders)).rejects.toThrow(/u\.data: The file is cut short/);
    });
  });
});

describe("files of which the origin publishes nothing", () => {
  it("may be put there by hand: then only their rows can be checked", async () => {
    await scene(async ({ folder, origin, options }) => {
      const manifest = gamesManifest(origin);
      const folders = { given: join(folder, "given"), cache: options.folders.cache };
      mkdirSync(join(folders.given, "amazon-2023"), { recursive: true });
      const path = (name: string) => join(folders.given, "amazon-2023", name);
      writeFileSync(path("Video_Games.jsonl.gz"), "");
      expect(await locateDataset(manifest, folders)).toBeUndefined();
      writeFileSync(path("meta_Video_Games.jsonl.gz"), GAMES_ITEMS);
      const located = await locateDataset(manifest, folders);
      expect(located).toMatchObject({ layout: "reviews", recorded: [], unhashed: [] });
      expect(located?.unrecorded).toEqual(["Video_Games.jsonl.gz", "meta_Video_Games.jsonl.gz"]);
      writeFileSync(path("Video_Games.jsonl.gz.sha256"), "none");
      await expect(locateDataset(manifest, folders)).rejects.toThrow(
        /jsonl\.gz\.sha256: The file does not begin with a SHA-256\. Remove it/,
      );
    });
  });
});

describe("requireDataset", () => {
  it("says where it looked and how to get the data set", async () => {
    await scene(async ({ manifest, options }) => {
      const folders = { ...options.folders, given: "/given" };
      await expect(requireDataset(manifest, folders)).rejects.toThrow(
        /looked in \/given\/tiny and .*cache\/tiny.*data fetch tiny/,
      );
    });
  });
});
