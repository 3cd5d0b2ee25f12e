import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  findManifest,
  interactionLogNames,
  layoutFolder,
  type Manifest,
  manifestFolder,
  manifestNames,
  readManifest,
  sourceBytes,
} from "./manifest";
import { withTemporaryFolder } from "./testing";

/** Reads a manifest of the project, MovieLens's if not told otherwise, after a change. */
async function changed(
  change: (manifest: Manifest) => void,
  fileName = "ml-100k",
  original = "ml-100k",
): Promise<Manifest> {
  const manifest = JSON.parse(readFileSync(join(manifestFolder(), `${original}.json`), "utf8"));
  change(manifest);
  return withTemporaryFolder(async (folder) => {
    const path = join(folder, `${fileName}.json`);
    writeFileSync(path, JSON.stringify(manifest));
    return readManifest(path);
  });
}

describe("manifest", () => {
  it("is valid for every data set of the project", () => {
    expect(manifestNames()).toContain("ml-100k");
    for (const name of manifestNames()) expect(findManifest(name).sources.length).toBeGreaterThan(0);
    const { sources, layouts } = findManifest("ml-100k");
    expect(sources.map(({ kind }) => kind)).toEqual(["zip", "pypi"]); // the origin first
    expect(Object.keys(layouts)).toEqual(["recbole", "original"]);
  });

  it("names file and field of what is wrong", async () => {
    await expect(changed(() => {})).resolves.toBeTruthy();
    const cases: [(manifest: Manifest) => void, RegExp][] = [
      [(m) => Object.assign(m, { sources: [] }), /ml-100k\.json, field "sources"/],
      [(m) => Object.assign(m.sources[0], { sha256: "abc" }), /field "sources\.0\.sha256": must be 64/],
      [(m) => Object.assign(m.sources[0], { surprise: 1 }), /field "sources\.0": .*surprise/],
      [
        (m) => Object.assign(m.sources[1], { layout: "none" }),
        /field "sources\.1\.members": must be the files of layout "none"/,
      ],
      [
        (m) => Object.assign(m.layouts["recbole"].files[0], { name: "../escape" }),
        /must be a plain file name/,
      ],
      [
        (m) => Object.assign(m.layouts["recbole"].files[0], { role: "model" }),
        /field "layouts\.recbole\.files\.0\.role": must not be "model" in format "recbole"/,
      ],
      [(m) => Object.assign(m, { licence: undefined }), /field "licence": Required/],
    ];
    for (const [change, message] of cases) await expect(changed(change)).rejects.toThrow(message);
    await expect(changed(() => {}, "other")).rejects.toThrow(/The name is "ml-100k", the file's is "other"/);
  });

  it("knows folders, sizes and whether there are times", () => {
    const shared = ["amazon-beauty", "lastfm"].map((name) => findManifest(name));
    for (const manifest of shared) {
      expect(manifest.timestamps).toBe(false);
      expect(layoutFolder(manifest, "s3rec")).toBe("s3rec");
      expect(manifest.licence.terms).toMatch(/no licence file/);
    }
    expect(sourceBytes(shared[0], shared[0].sources[0])).toBe(1_090_094 + 305_674);
    const movies = findManifest("ml-100k");
    expect(movies.timestamps).toBe(true);
    expect(layoutFolder(movies, "original")).toBe("ml-100k");
    expect(sourceBytes(movies, movies.sources[0])).toBe(4_924_029);
  });

  it("tells logs of interactions from models, documents and problems", () => {
    expect(manifestNames()).toContain("smollm2-135m-instruct");
    const problems = ["en-easy", "en-hard", "zh-easy", "zh-hard"].map((set) => `olymmath-${set}`);
    const others = ["smollm2-135m-instruct", "llm-relevance-msmarco", "llm-relevance-nq", ...problems];
    expect(interactionLogNames()).toEqual(manifestNames().filter((name) => !others.includes(name)));
  });

  it("asks for a hash and a size wherever they can be known", async () => {
    const cases: [string, (manifest: Manifest) => void, RegExp][] = [
      [
        "lastfm",
        (m) => Object.assign(m.layouts["s3rec"].files[1], { sha256: undefined }),
        /field "layouts\.s3rec\.files\.1\.sha256": may be missing only where every source of the file is an archive/,
      ],
      [
        "lastfm",
        (m) => Object.assign(m.layouts["s3rec"].files[0], { bytes: undefined }),
        /field "layouts\.s3rec\.files\.0\.bytes": is needed/,
      ],
      [
        "lastfm",
        (m) => Object.assign(m.sources[0], { urls: { "LastFM.txt": "https://example.org/LastFM.txt" } }),
        /field "sources\.0\.urls": must be the files of layout "s3rec"/,
      ],
      [
        "lastfm",
        (m) => Object.assign(m, { timestamps: true }),
        /field "timestamps": must be false: format "s3rec"/,
      ],
      [
        "ml-1m",
        (m) => Object.assign(m.layouts["original"].files[0], { bytes: undefined }),
        /field "layouts\.original\.files\.0\.bytes": is needed for a file without a hash/,
      ],
    ];
    for (const [name, change, message] of cases) {
      await expect(changed(change, name, name)).rejects.toThrow(message);
    }
  });

  it("knows files of which the origin publishes nothing", async () => {
    for (const name of ["amazon-2023-games", "amazon-2023-instruments", "amazon-2023-scientific"]) {
      const manifest = findManifest(name);
      expect(Object.keys(manifest.layouts)).toEqual(["5core", "5core-unpacked", "reviews"]);
      for (const source of manifest.sources) expect(sourceBytes(manifest, source)).toBeUndefined();
    }
    const games = "amazon-2023-games";
    const known = (m: Manifest) => Object.assign(m.layouts["reviews"].files[0], { bytes: 10 });
    await expect(changed(known, games, games)).rejects.toThrow(
      /field "layouts\.reviews\.files\.0\.unpublished": must be left out where size or hash is known/,
    );
    const plain = (m: Manifest) => Object.assign(m.layouts["5core"].files[1], { unpublished: undefined });
    await expect(changed(plain, games, games)).rejects.toThrow(
      /files\.1\.sha256": may be missing only where/,
    );
    const archived = (m: Manifest) =>
      Object.assign(m.layouts["original"].files[0], {
        unpublished: true,
        bytes: undefined,
        sha256: undefined,
      });
    await expect(changed(archived, "ml-1m", "ml-1m")).rejects.toThrow(/is not for the files of an archive/);
  });

  it("says when a file is no JSON, and which name was meant", async () => {
    await withTemporaryFolder(async (folder) => {
      writeFileSync(join(folder, "broken.json"), "{");
      expect(() => readManifest(join(folder, "broken.json"))).toThrow(
        /broken\.json: The manifest cannot be read/,
      );
      expect(() => findManifest("brokn", folder)).toThrow(/no data set "brokn"\. Did you mean "broken"\?/);
    });
  });
});
