import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { findManifest, type Manifest, type ManifestSource } from "./manifest";
import { sha256, withServer, withTemporaryFolder, zip } from "./testing";

/** For tests: a small data set with an origin (zip) and a mirror (wheel in a package index), served on this machine. */
export const RATINGS = "1\t2\t5\t881250949\n2\t2\t3\t881250950\n";
export const ITEMS = `2|GoldenEye (1995)|01-Jan-1995||http://x|${Array.from({ length: 19 }, (_, k) => (k === 1 ? 1 : 0)).join("|")}\n`;
export const INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t5\t881250949\n";
export const ATOMIC_ITEMS =
  "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n2\tGoldenEye\t1995\tAction\n";
export const ARCHIVE = zip({ "tiny/u.data": RATINGS, "tiny/u.item": ITEMS });
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
    timestamps: true,
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

/** A data set of plain files in a folder that another one shares, and the server that has them; each file lies at `/<name>`. */
export const SEQUENCES = "1 10 11 10\n2 11 10 11\n";
export const ATTRIBUTES = '{"10": [1, 2], "11": [2]}';

export function sequencesManifest(origin: string): Manifest {
  const file = (name: string, role: string, content: string) => ({
    ...{ name, role, bytes: content.length },
    sha256: sha256(content),
  });
  return {
    ...manifest(origin),
    name: "sequences",
    timestamps: false,
    layouts: {
      s3rec: {
        format: "s3rec",
        folder: "shared",
        files: [file("s.txt", "interactions", SEQUENCES), file("s.json", "items", ATTRIBUTES)],
      },
    },
    sources: [
      {
        kind: "files",
        title: "repository",
        layout: "s3rec",
        urls: { "s.txt": `${origin}/s.txt`, "s.json": `${origin}/s.json` },
      },
    ],
  } as Manifest;
}

/** MovieLens-1M in small: an archive that has a hash, of files that have none. */
export const DAT_RATINGS = "1::73::5::978300760\n2::73::4::978298413\n1::1039::3::978302109\n";
export const DAT_MOVIES = Buffer.from(
  "73::Misérables, Les (1995)::Drama|Musical\n1039::Synthetic Pleasures::Documentary\n",
  "latin1",
);
export const DAT_ARCHIVE = zip({ "ml-1m/ratings.dat": DAT_RATINGS, "ml-1m/movies.dat": DAT_MOVIES });

/** The project's own manifest of MovieLens-1M, with the small archive in place of the real one. */
export function datManifest(origin: string): Manifest {
  const real = findManifest("ml-1m");
  const [ratings, movies] = real.layouts["original"].files;
  const files = [
    { ...ratings, bytes: DAT_RATINGS.length },
    { ...movies, bytes: DAT_MOVIES.length },
  ];
  const source = { url: `${origin}/ml-1m.zip`, bytes: DAT_ARCHIVE.length, sha256: sha256(DAT_ARCHIVE) };
  return {
    ...real,
    layouts: { original: { ...real.layouts["original"], files } },
    sources: [{ ...real.sources[0], ...source } as ManifestSource],
  };
}

/** A category of Amazon Reviews 2023 in small: two ratings of one product. */
export function gamesCsv(rating: string): Buffer {
  const rows = [`U1,B1,${rating},1588687728923`, `U2,B1,${rating},1588687728924`];
  return gzipSync(["user_id,parent_asin,rating,timestamp", ...rows, ""].join("\n"));
}

export const GAMES_ITEMS = gzipSync(
  `${JSON.stringify({ parent_asin: "B1", title: "Pad", categories: ["Games"], features: [], description: [] })}\n`,
);

/** The project's own manifest of video games, every address at this origin. */
export function gamesManifest(origin: string): Manifest {
  const real = findManifest("amazon-2023-games");
  const sources = real.sources.map((source) => {
    if (source.kind !== "files") throw new Error("The manifest has another kind of source.");
    const urls = Object.entries(source.urls).map(([name, url]) => [
      name,
      `${origin}${new URL(url).pathname}`,
    ]);
    return { ...source, urls: Object.fromEntries(urls) };
  });
  return { ...real, sources };
}

export interface Scene {
  folder: string;
  manifests: string;
  manifest: Manifest;
  /** Address of the server. */
  origin: string;
  requested: string[];
  options: {
    manifests: string;
    folders: { given: string | undefined; cache: string };
    environment: NodeJS.ProcessEnv;
  };
}

/** A server with the archive and a package index, a cache and a manifest folder. */
export async function scene(
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
        else if (url === "/ml-1m.zip") response.end(DAT_ARCHIVE);
        else if (url === "/s.txt") response.end(SEQUENCES);
        else if (url === "/s.json") response.end(ATTRIBUTES);
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
        await act({ folder, manifests, manifest: content, origin, requested, options });
      },
    ),
  );
}

export const notFound = (path: string, response: ServerResponse) => {
  if (path !== "/tiny.zip") return false;
  response.writeHead(404).end();
  return true;
};
