import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataFetch, dataList, dataVerify } from "./commands";
import { fetchDataset } from "./fetch";
import { findManifest, type Manifest } from "./manifest";
import { sha256, withServer, withTemporaryFolder, zip } from "./testing";

const RATINGS = "1\t2\t5\t881250949\n2\t2\t3\t881250950\n";
const ITEMS = `2|GoldenEye (1995)|01-Jan-1995||http://x|${Array.from({ length: 19 }, (_, k) => (k === 1 ? 1 : 0)).join("|")}\n`;
const INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t5\t881250949\n";
const ATOMIC_ITEMS =
  "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n2\tGoldenEye\t1995\tAction\n";
const ARCHIVE = zip({ "tiny/u.data": RATINGS, "tiny/u.item": ITEMS });
const WHEEL = zip({
  "tinydata/t.inter": INTER,
  "tinydata/t.item": ATOMIC_ITEMS,
  "tinydata-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tinydata\nVersion: 1.0\n",
  "tinydata-1.0.dist-info/WHEEL":
    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  "tinydata-1.0.dist-info/RECORD": "",
});

function manifest(origin: string): Manifest {
  const file = (name: string, role: string, content: string) => ({ name, role, sha256: sha256(content) });
  return {
    name: "tiny",
    title: "Tiny",
    description: "A test.",
    homepage: "https://example.org",
    licence: { name: "free", url: "https://example.org", terms: "Any use." },
    citation: "None.",
    layouts: {
      recbole: {
        format: "recbole",
        files: [file("t.inter", "interactions", INTER), file("t.item", "items", ATOMIC_ITEMS)],
      },
      original: {
        format: "movielens-100k",
        files: [file("u.data", "interactions", RATINGS), file("u.item", "items", ITEMS)],
      },
    },
    sources: [
      {
        kind: "zip",
        title: "origin",
        url: `${origin}/tiny.zip`,
        bytes: ARCHIVE.length,
        sha256: sha256(ARCHIVE),
        layout: "original",
        members: { "u.data": "tiny/u.data", "u.item": "tiny/u.item" },
      },
      {
        kind: "pypi",
        title: "mirror",
        package: "tinydata",
        version: "1.0",
        wheel: "tinydata-1.0-py3-none-any.whl",
        bytes: WHEEL.length,
        sha256: sha256(WHEEL),
        layout: "recbole",
        members: { "t.inter": "tinydata/t.inter", "t.item": "tinydata/t.item" },
      },
    ],
  } as Manifest;
}

interface Scene {
  folder: string;
  manifests: string;
  manifest: Manifest;
  requested: string[];
  options: {
    manifests: string;
    folders: { given: string | undefined; cache: string };
    environment: NodeJS.ProcessEnv;
  };
}

/** A server with the archive and a package index, a cache and a manifest folder. */
async function scene(
  act: (scene: Scene) => Promise<void>,
  answer: (path: string, response: ServerResponse) => boolean = () => false,
): Promise<void> {
  const requested: string[] = [];
  const wheel = "tinydata-1.0-py3-none-any.whl";
  await withTemporaryFolder((folder) =>
    withServer(
      ({ url = "" }, response) => {
        requested.push(url);
        if (answer(url, response)) return;
        if (url === "/tiny.zip") response.end(ARCHIVE);
        else if (url === `/${wheel}`) response.end(WHEEL);
        else if (url === "/simple/tinydata/") {
          response.writeHead(200, { "Content-Type": "text/html" });
          response.end(`<a href="/${wheel}">${wheel}</a>`);
        } else response.writeHead(404).end();
      },
      async (origin) => {
        const manifests = join(folder, "manifests");
        mkdirSync(manifests);
        const content = manifest(origin);
        writeFileSync(join(manifests, "tiny.json"), JSON.stringify(content));
        const cache = join(folder, "cache");
        const environment = {
          ...process.env,
          PIP_INDEX_URL: `${origin}/simple`,
          PIP_NO_CACHE_DIR: "1",
          PIP_RETRIES: "0",
        };
        const options = { manifests, folders: { given: undefined, cache }, environment };
        await act({ folder, manifests, manifest: content, requested, options });
      },
    ),
  );
}

const notFound = (path: string, response: ServerResponse) => {
  if (path !== "/tiny.zip") return false;
  response.writeHead(404).end();
  return true;
};

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

describe("reprise data", () => {
  it("lists, fetches and verifies", async () => {
    await scene(async ({ options }) => {
      const before = await dataList(options);
      expect(before.reports.map(({ name, state }) => `${name} ${state}`)).toEqual([
        "tiny absent",
        "simulator generated",
        "simulator-item-gaps generated",
      ]);
      expect(before.text).toContain('run "npx reprise data fetch tiny"');
      expect((await dataVerify(["tiny"], options)).ok).toBe(false);
      expect((await dataVerify([], options)).ok).toBe(true); // what nobody asked for may be absent

      expect((await dataFetch(["tiny", "simulator"], options)).reports.map(({ state }) => state)).toEqual([
        "ready",
        "generated",
      ]);
      const verified = await dataVerify([], options);
      expect(verified.ok).toBe(true);
      expect(verified.text).toContain("2 interactions of 2 users with 1 items");

      writeFileSync(join(options.folders.cache, "tiny", "u.data"), RATINGS.slice(0, -10));
      const damaged = await dataVerify(["tiny"], options);
      expect(damaged.ok).toBe(false);
      expect(damaged.text).toMatch(/damaged .*\n.*u\.data: The SHA-256 is/);
      expect((await dataList(options)).ok).toBe(false);
    });
  });

  it("names the nearest data set for an unknown one", async () => {
    await scene(async ({ options }) => {
      await expect(dataFetch(["tinny"], options)).rejects.toThrow(
        /no data set "tinny"\. Did you mean "tiny"\? Known: tiny, simulator/,
      );
      await expect(dataVerify(["qqqqqq"], options)).rejects.toThrow(/no data set "qqqqqq"\. Known/);
    });
  });
});

describe("the project's own manifests", () => {
  it("are valid, and MovieLens-100K names origin and mirror", () => {
    const { sources, layouts } = findManifest("ml-100k");
    expect(sources.map(({ kind }) => kind)).toEqual(["zip", "pypi"]);
    expect(Object.keys(layouts)).toEqual(["recbole", "original"]);
  });
});
