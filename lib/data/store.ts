import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "./error";
import { verifyFile } from "./hash";
import { type Format, layoutFolder, type Manifest, type ManifestFile } from "./manifest";
import { recordedHash } from "./record";
import { projectRoot } from "./root";

/** Folders that hold data sets, each in the subfolder that its manifest names. */
export interface DataFolders {
  /** Looked at first, never written: `REPRISE_DATA`. */
  given: string | undefined;
  /** Where downloads land: `data/cache` in the project. */
  cache: string;
}

export function dataFolders(environment: NodeJS.ProcessEnv = process.env): DataFolders {
  const given = environment["REPRISE_DATA"];
  return { given: given === "" ? undefined : given, cache: join(projectRoot(), "data", "cache") };
}

/** A complete copy of a data set; its files are verified by the manifest's hashes, but for those that are listed. */
export interface LocatedDataset {
  folder: string;
  layout: string;
  format: Format;
  /** The path of each file by its role; a layout has one file a role. */
  paths: Partial<Record<ManifestFile["role"], string>>;
  /** Names of files whose manifest has no hash: of them only the size is known to be right. */
  unhashed: string[];
  /** Names of files of which the origin publishes neither: they are what the first download got. */
  recorded: string[];
  /** The same, but this copy has no record of a first download: only their rows can be checked. */
  unrecorded: string[];
}

/**
 * Finds a data set on this machine: in the given folder, then in the cache; in each, the layouts in the manifest's order. Every file
 * of a layout must be there, and is checked by size and SHA-256 before use: by size alone where the manifest has no hash of it, and by the
 * hash of the first download, if one is recorded, where the origin publishes nothing.
 * @returns undefined where no layout is complete
 * @throws DataError when a file is not the manifest's
 */
export async function locateDataset(
  manifest: Manifest,
  folders = dataFolders(),
): Promise<LocatedDataset | undefined> {
  for (const root of [folders.given, folders.cache]) {
    if (root === undefined) continue;
    for (const [layout, { format, files }] of Object.entries(manifest.layouts)) {
      const folder = join(root, layoutFolder(manifest, layout));
      if (!files.every(({ name }) => existsSync(join(folder, name)))) continue;
      const paths: LocatedDataset["paths"] = {};
      const [unhashed, recorded, unrecorded]: string[][] = [[], [], []];
      for (const file of files) {
        const path = join(folder, file.name);
        const sha256 = file.unpublished ? await recordedHash(path) : file.sha256;
        await verifyFile(path, { ...file, sha256 }, remedyFor(root, folders, manifest.name));
        paths[file.role] = path;
        if (file.unpublished) (sha256 === undefined ? unrecorded : recorded).push(file.name);
        else if (sha256 === undefined) unhashed.push(file.name);
      }
      return { folder, layout, format, paths, unhashed, recorded, unrecorded };
    }
  }
  return undefined;
}

function remedyFor(root: string, folders: DataFolders, name: string): string {
  return root === folders.given
    ? "Replace the file in REPRISE_DATA with the right one, or unset REPRISE_DATA."
    : `Run "npx reprise data fetch ${name}" to fetch it anew.`;
}

/** The located data set, or an error that says how to get it. */
export async function requireDataset(manifest: Manifest, folders = dataFolders()): Promise<LocatedDataset> {
  const located = await locateDataset(manifest, folders);
  if (located !== undefined) return located;
  const roots = folders.given === undefined ? [folders.cache] : [folders.given, folders.cache];
  const layouts = [...new Set(Object.keys(manifest.layouts).map((layout) => layoutFolder(manifest, layout)))];
  const looked = roots.flatMap((root) => layouts.map((folder) => join(root, folder)));
  throw new DataError(
    `The data set "${manifest.name}" is not on this machine (looked in ${looked.join(" and ")}).`,
    {},
    `Run "npx reprise data fetch ${manifest.name}", or set REPRISE_DATA to a folder that has it.`,
  );
}
