import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fetchDataset } from "./fetch";
import type { Manifest } from "./manifest";
import { sha256 } from "./testing";
import { ARCHIVE, ATOMIC_ITEMS, ITEMS, notFound, RATINGS, scene } from "./testingDataset";

describe("fetchDataset", () => {
  it("takes the origin, and does not fetch twice", async () => {
    await scene(async ({ manifest: tiny, options, requested }) => {
      const progress: string[] = [];
      const onProgress = (source: string, received: number, total: number) =>
        progress.push(`${source} ${received / total}`);
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
