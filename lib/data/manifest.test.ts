import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findManifest, type Manifest, manifestFolder, manifestNames, readManifest } from "./manifest";
import { withTemporaryFolder } from "./testing";

const ORIGINAL = readFileSync(join(manifestFolder(), "ml-100k.json"), "utf8");

/** Reads the MovieLens manifest after a change. */
async function changed(change: (manifest: Manifest) => void, fileName = "ml-100k"): Promise<Manifest> {
  const manifest = JSON.parse(ORIGINAL);
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
      [(m) => Object.assign(m, { licence: undefined }), /field "licence": Required/],
    ];
    for (const [change, message] of cases) await expect(changed(change)).rejects.toThrow(message);
    await expect(changed(() => {}, "other")).rejects.toThrow(/The name is "ml-100k", the file's is "other"/);
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
