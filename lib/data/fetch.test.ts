import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fetchDataset } from "./fetch";
import type { Manifest } from "./manifest";
import { readDataset } from "./read";
import { locateDataset } from "./store";
import { sha256 } from "./testing";
import {
  ARCHIVE,
  ATOMIC_ITEMS,
  DAT_ARCHIVE,
  datManifest,
  GAMES_ITEMS,
  gamesCsv,
  gamesManifest,
  ITEMS,
  notFound,
  RATINGS,
  SEQUENCES,
  scene,
  sequencesManifest,
} from "./testingDataset";

describe("fetchDataset", () => {
  it("takes the origin, and does not fetch twice", async () => {
    await scene(async ({ manifest: tiny, options, requested }) => {
      const progress: string[] = [];
      const onProgress = (source: string, received: number, total: number | undefined) =>
        progress.push(`${source} ${received / total!}`);
      const located = await fetchDataset(tiny, { ...options, onProgress });
      expect(located.format).toBe("movielens-100k");
      expect(readFileSync(located.paths.interactions!, "utf8")).toBe(RATINGS);
      expect(progress.pop()).toBe("origin 1");
      await fetchDataset(tiny, options);
      expect(requested).toEqual(["/tiny.zip"]);
      expect(readdirSync(options.folders.cache).sort()).toEqual(["downloads", "tiny"]);
      expect(readdirSync(join(options.folders.cache, "downloads"))).toEqual([]);
    });
  });

  it("falls to the package mirror where the origin fails, and says so", async () => {
    await scene(async ({ manifest: tiny, options }) => {
      const notices: string[] = [];
      const located = await fetchDataset(tiny, { ...options, onNotice: (text) => notices.push(text) });
      expect(located.format).toBe("recbole");
      expect(readFileSync(located.paths.items!, "utf8")).toBe(ATOMIC_ITEMS);
      expect(notices).toEqual([expect.stringMatching(/^origin: .*404 Not Found/)]);
    }, notFound);
  });

  it("lists what went wrong with every source, and leaves nothing behind", async () => {
    await scene(async ({ manifest: tiny, options }) => {
      const broken = {
        ...tiny,
        sources: tiny.sources.map((source) => ({ ...source, sha256: "0".repeat(64) })),
      } as Manifest;
      const failure = await fetchDataset(broken, options).catch((error: Error) => error.message);
      expect(failure).toMatch(/none of its sources/);
      expect(failure).toContain(`origin: `);
      expect(failure).toContain(`The SHA-256 is ${sha256(ARCHIVE)}, expected ${"0".repeat(64)}`);
      expect(failure).toMatch(/mirror: tinydata==1\.0: pip could not fetch it/);
      expect(existsSync(join(options.folders.cache, "tiny"))).toBe(false);
      expect(readdirSync(join(options.folders.cache, "downloads"))).toEqual([]);
    });
  });

  it("lets several callers fetch at once", async () => {
    await scene(async ({ manifest: tiny, options, requested }) => {
      await Promise.all([1, 2, 3].map(() => fetchDataset(tiny, options)));
      expect(requested).toEqual(["/tiny.zip"]);
    });
  });

  it("prefers the given folder, and reports a damaged file there instead of passing it over", async () => {
    await scene(async ({ folder, manifest: tiny, options, requested }) => {
      const given = join(folder, "given");
      mkdirSync(join(given, "tiny"), { recursive: true });
      writeFileSync(join(given, "tiny", "u.data"), RATINGS);
      writeFileSync(join(given, "tiny", "u.item"), ITEMS);
      const folders = { ...options.folders, given };
      expect((await fetchDataset(tiny, { ...options, folders })).folder).toBe(join(given, "tiny"));
      writeFileSync(join(given, "tiny", "u.data"), "1\t1\t1\t1\n");
      await expect(fetchDataset(tiny, { ...options, folders })).rejects.toThrow(
        /u\.data: The SHA-256 is .* Replace the file in REPRISE_DATA/,
      );
      expect(requested).toEqual([]);
    });
  });

  it("replaces a damaged file in the cache", async () => {
    await scene(async ({ manifest: tiny, options }) => {
      const { folder } = await fetchDataset(tiny, options);
      writeFileSync(join(folder, "u.data"), "damaged");
      const { paths } = await fetchDataset(tiny, options);
      expect(readFileSync(paths.interactions!, "utf8")).toBe(RATINGS);
    });
  });
});

describe("plain files at addresses", () => {
  it("come into the manifest's folder, and leave what else lies there", async () => {
    await scene(async ({ origin, options, requested }) => {
      const { cache } = options.folders;
      mkdirSync(join(cache, "shared"), { recursive: true });
      writeFileSync(join(cache, "shared", "other.txt"), "another data set's");
      const manifest = sequencesManifest(origin);
      const progress: string[] = [];
      const onProgress = (source: string, received: number, total: number | undefined) =>
        progress.push(`${source} ${received}/${total}`);
      const located = await fetchDataset(manifest, { ...options, onProgress });
      expect(located).toMatchObject({ folder: join(cache, "shared"), format: "s3rec", unhashed: [] });
      expect(progress).toEqual(["repository 22/47", "repository 47/47"]);
      const { interactions, items } = await readDataset(located);
      expect([interactions.users.length, items.get("10")?.attributes]).toEqual([6, ["1", "2"]]);

      writeFileSync(join(cache, "shared", "s.txt"), "damaged");
      await fetchDataset(manifest, options);
      expect(requested).toEqual(["/s.txt", "/s.json", "/s.txt", "/s.json"]);
      expect(readdirSync(join(cache, "shared")).sort()).toEqual(["other.txt", "s.json", "s.txt"]);
      expect(readdirSync(join(cache, "downloads"))).toEqual([]);
    });
  });

  it("are not fetched twice where a later one failed, and half a file goes on", async () => {
    let isBroken = true;
    await scene(
      async ({ origin, options, requested }) => {
        const manifest = sequencesManifest(origin);
        await expect(fetchDataset(manifest, options)).rejects.toThrow(
          /repository: .*s\.json: .*404 Not Found/,
        );
        expect(await locateDataset(manifest, options.folders)).toBeUndefined();
        isBroken = false;
        writeFileSync(join(options.folders.cache, "downloads", "sequences-s.json.part"), '{"10"');
        const { paths } = await fetchDataset(manifest, options);
        expect(readFileSync(paths.interactions!, "utf8")).toBe(SEQUENCES);
        expect(requested).toEqual(["/s.txt", "/s.json", "/s.json"]);
      },
      (path, response) => {
        if (path !== "/s.json" || !isBroken) return false;
        response.writeHead(404).end();
        return true;
      },
    );
  });

  it("are refused where the hash is another", async () => {
    await scene(
      async ({ origin, options }) => {
        const manifest = sequencesManifest(origin);
        await expect(fetchDataset(manifest, options)).rejects.toThrow(/s\.txt: The SHA-256 is/);
        expect(existsSync(join(options.folders.cache, "shared"))).toBe(false);
      },
      (path, response) => {
        if (path !== "/s.txt") return false;
        response.end(SEQUENCES.replace("2", "3"));
        return true;
      },
    );
  });
});

describe("files of which the origin publishes nothing", () => {
  it("are held to the hash of their first download, which is recorded", async () => {
    let rating = "5.0";
    await scene(
      async ({ origin, options, requested }) => {
        const manifest = gamesManifest(origin);
        const folder = join(options.folders.cache, "amazon-2023");
        const progress: (number | undefined)[] = [];
        const onProgress = (_: string, __: number, total: number | undefined) => progress.push(total);
        const located = await fetchDataset(manifest, { ...options, onProgress });
        expect(located).toMatchObject({ layout: "5core", unhashed: [], unrecorded: [] });
        expect(located.recorded).toEqual(["Video_Games.csv.gz", "meta_Video_Games.jsonl.gz"]);
        expect(new Set(progress)).toEqual(new Set([undefined]));
        const csv = join(folder, "Video_Games.csv.gz");
        const record = `${sha256(readFileSync(csv))}  Video_Games.csv.gz\n`;
        expect(readFileSync(`${csv}.sha256`, "utf8")).toBe(record);
        const { interactions, items, warnings } = await readDataset(located);
        expect([interactions.users.length, items.get("B1")?.text, warnings]).toEqual([2, "Pad. Games.", []]);

        rmSync(join(folder, "meta_Video_Games.jsonl.gz")); // fetched anew, and still the same
        expect((await fetchDataset(manifest, options)).recorded).toHaveLength(2);
        expect(requested).toHaveLength(4);

        writeFileSync(csv, gamesCsv("4.0"));
        await expect(locateDataset(manifest, options.folders)).rejects.toThrow(/csv\.gz: The SHA-256 is/);
        rating = "3.0";
        await expect(fetchDataset(manifest, options)).rejects.toThrow(
          /that of the first download was [0-9a-f]{64}: the origin's file has changed\. Remove .*csv\.gz\.sha256 to accept/,
        );
        rmSync(`${csv}.sha256`);
        await fetchDataset(manifest, options);
        expect(readFileSync(csv).equals(gamesCsv("3.0"))).toBe(true);
      },
      (path, response) => {
        if (path.endsWith("/Video_Games.csv.gz")) response.end(gamesCsv(rating));
        else if (path.endsWith("/meta_Video_Games.jsonl.gz")) response.end(GAMES_ITEMS);
        else return false;
        return true;
      },
    );
  });

  it("are refused where their own checksum fails, and the next source is tried", async () => {
    await scene(
      async ({ origin, options }) => {
        const notices: string[] = [];
        const onNotice = (text: string) => notices.push(text);
        const { layout, recorded } = await fetchDataset(gamesManifest(origin), { ...options, onNotice });
        expect([layout, recorded]).toEqual(["5core-unpacked", ["Video_Games.csv", "meta_Video_Games.jsonl"]]);
        expect(notices).toHaveLength(2);
        expect(notices[0]).toMatch(/\(origin\): .*Video_Games\.csv\.gz: .*The gzip file is cut short/);
      },
      (path, response) => {
        if (path.endsWith("/Video_Games.csv.gz")) response.end(gamesCsv("5.0").subarray(0, -4));
        else if (path.endsWith("/Video_Games.csv")) response.end(gunzipSync(gamesCsv("5.0")));
        else if (path.endsWith("/meta_Video_Games.jsonl")) response.end(gunzipSync(GAMES_ITEMS));
        else return false;
        return true;
      },
    );
  });
});

describe("MovieLens-1M, its manifest with a small archive", () => {
  it("is fetched, unpacked and read; its files have no hash of their own", async () => {
    await scene(async ({ origin, options }) => {
      const located = await fetchDataset(datManifest(origin), options);
      expect(located.unhashed).toEqual(["ratings.dat", "movies.dat"]);
      const { interactions, items } = await readDataset(located);
      expect(interactions.itemNames).toEqual(["73", "1039"]);
      expect([...interactions.timestamps!]).toEqual([978300760, 978298413, 978302109]);
      expect(items.get("73")).toEqual({
        ...{ title: "Misérables, Les", year: 1995 },
        attributes: ["Drama", "Musical"],
      });
    });
  });

  it("is refused where the archive is another", async () => {
    await scene(
      async ({ origin, options }) => {
        await expect(fetchDataset(datManifest(origin), options)).rejects.toThrow(
          /ml-1m\.zip: The SHA-256 is/,
        );
      },
      (path, response) => {
        if (path !== "/ml-1m.zip") return false;
        response.end(Buffer.alloc(DAT_ARCHIVE.length));
        return true;
      },
    );
  });
});
