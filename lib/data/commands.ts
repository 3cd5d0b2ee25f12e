import { DataError } from "./error";
import { type FetchOptions, fetchDataset } from "./fetch";
import {
  findManifest,
  type Manifest,
  manifestFolder,
  manifestNames,
  sourceBytes,
  unknownDataset,
} from "./manifest";
import { countProblemRows } from "./problemRows";
import { readDataset } from "./read";
import { readRelevanceRows } from "./relevanceRows";
import { SIMULATORS } from "./simulators";
import { type DataFolders, dataFolders, type LocatedDataset, locateDataset } from "./store";

/** One line of `reprise data`. */
export interface DatasetReport {
  name: string;
  title: string;
  licence: string;
  /** "ready": files there and verified, as far as the manifest has hashes (`detail` says where not); "generated": made from a seed, no files; "absent"; "damaged": see `detail`. */
  state: "ready" | "generated" | "absent" | "damaged";
  /** Where it lies, or what is wrong and what to do. */
  detail: string;
  /** Bytes to download where absent, if the origin says. */
  bytes?: number;
}

export interface CommandResult {
  reports: DatasetReport[];
  /** What to print. */
  text: string;
  /** False where something asked for is not in order: the command should exit with 1. */
  ok: boolean;
}

export interface CommandOptions extends FetchOptions {
  /** Folder of manifests; default the project's `data`. */
  manifests?: string;
}

/** `reprise data list`: every data set with its licence, state and place. */
export async function dataList(options: CommandOptions = {}): Promise<CommandResult> {
  const folders = options.folders ?? dataFolders();
  const reports: DatasetReport[] = [];
  for (const name of manifestNames(options.manifests)) {
    reports.push(await reportOn(findManifest(name, options.manifests ?? manifestFolder()), folders));
  }
  for (const { name, title } of SIMULATORS) reports.push(generated(name, title));
  return finish(reports, (report) => report.state !== "damaged");
}

/**
 * `reprise data fetch [names]`: fetches what is not there. Without names that is all but the data sets of which nobody knows how much there is to
 * download: those are fetched when they are named.
 */
export async function dataFetch(
  names: readonly string[] = [],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const reports: DatasetReport[] = [];
  for (const dataset of chosen(names, options)) {
    if ("state" in dataset) {
      reports.push(dataset);
      continue;
    }
    if (names.length === 0 && sourceBytes(dataset, dataset.sources[0]) === undefined) {
      reports.push(await reportOn(dataset, options.folders ?? dataFolders()));
      continue;
    }
    const located = await fetchDataset(dataset, options);
    reports.push({ ...describe(dataset), state: "ready", detail: placeOf(located) });
  }
  return finish(reports, () => true);
}

/** `reprise data verify [names]`: checks files by hash and parses every row, of which a model has none; what is absent fails only if it was named. */
export async function dataVerify(
  names: readonly string[] = [],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const folders = options.folders ?? dataFolders();
  const reports: DatasetReport[] = [];
  for (const dataset of chosen(names, options)) {
    reports.push("state" in dataset ? dataset : await verifyRows(dataset, folders));
  }
  return finish(reports, ({ state }) => state !== "damaged" && (state !== "absent" || names.length === 0));
}

async function verifyRows(manifest: Manifest, folders: DataFolders): Promise<DatasetReport> {
  const report = await reportOn(manifest, folders);
  if (report.state !== "ready") return report;
  try {
    const located = await locateDataset(manifest, folders);
    if (located!.format === "gguf")
      return { ...report, detail: `weights of a model; files verified in ${placeOf(located!)}` };
    if (located!.format === "relevance-jsonl") {
      const rows = await readRelevanceRows(located!.paths.relevance!);
      return {
        ...report,
        detail: `${rows.length} queries with documents; files verified in ${placeOf(located!)}`,
      };
    }
    if (located!.format === "problems-jsonl") {
      const rows = await countProblemRows(located!.paths.problems!);
      return { ...report, detail: `${rows} problems with answers; files verified in ${placeOf(located!)}` };
    }
    const { interactions, warnings } = await readDataset(located!, () => new Set()); // rows are checked, none kept
    const { users, userNames, itemNames } = interactions;
    const counts = `${users.length} interactions of ${userNames.length} users with ${itemNames.length} items`;
    const { unhashed, unrecorded } = located!;
    const verified = unhashed.length + unrecorded.length === 0 ? "files verified in" : "rows checked in";
    const detail = [`${counts}; ${verified} ${placeOf(located!)}`, ...warnings].join("; ");
    return { ...report, detail };
  } catch (error) {
    if (error instanceof DataError) return { ...report, state: "damaged", detail: error.message };
    throw error;
  }
}

async function reportOn(manifest: Manifest, folders: DataFolders): Promise<DatasetReport> {
  try {
    const located = await locateDataset(manifest, folders);
    if (located !== undefined) return { ...describe(manifest), state: "ready", detail: placeOf(located) };
  } catch (error) {
    if (error instanceof DataError) return { ...describe(manifest), state: "damaged", detail: error.message };
    throw error;
  }
  const remedy = `run "npx reprise data fetch ${manifest.name}"`;
  return {
    ...describe(manifest),
    state: "absent",
    detail: remedy,
    bytes: sourceBytes(manifest, manifest.sources[0]),
  };
}

/** The folder, and which of its files could not be checked by hash. */
function placeOf({ folder, unhashed, recorded, unrecorded }: LocatedDataset): string {
  const notes = [
    { files: unhashed, what: "the manifest has no hash of", so: "their sizes are right" },
    { files: recorded, what: "the origin publishes no hash of", so: "they are as first downloaded" },
    { files: unrecorded, what: "the origin publishes no hash of", so: "only their rows can be checked" },
  ].filter(({ files }) => files.length > 0);
  if (notes.length === 0) return folder;
  return `${folder} (${notes.map(({ files, what, so }) => `${what} ${files.join(", ")}: ${so}`).join("; ")})`;
}

function chosen(names: readonly string[], options: CommandOptions): (Manifest | DatasetReport)[] {
  const folder = options.manifests ?? manifestFolder();
  const known = manifestNames(folder);
  const simulators = SIMULATORS.map(({ name }) => name);
  if (names.length === 0) return known.map((name) => findManifest(name, folder));
  return names.map((name) => {
    const simulator = SIMULATORS.find((candidate) => candidate.name === name);
    if (simulator !== undefined) return generated(simulator.name, simulator.title);
    if (!known.includes(name)) throw unknownDataset(name, [...known, ...simulators]);
    return findManifest(name, folder);
  });
}

function describe({ name, title, licence }: Manifest): Pick<DatasetReport, "name" | "title" | "licence"> {
  return { name, title, licence: licence.name };
}

function generated(name: string, title: string): DatasetReport {
  return {
    name,
    title,
    licence: "none needed",
    state: "generated",
    detail: "made from its seed when it is used",
  };
}

function finish(reports: DatasetReport[], fine: (report: DatasetReport) => boolean): CommandResult {
  const width = (pick: (report: DatasetReport) => string) =>
    Math.max(0, ...reports.map((report) => pick(report).length));
  const nameWidth = width(({ name }) => name);
  const stateWidth = width(({ state }) => state);
  const lines = reports.map((report) => {
    const { name, title, licence, state, detail, bytes } = report;
    const unknown = state === "absent" ? " (the origin does not say how much there is to download)" : "";
    const size = bytes === undefined ? unknown : ` (${(bytes / 1e6).toFixed(1)} MB to download)`;
    const indent = " ".repeat(nameWidth + stateWidth + 4);
    return `${name.padEnd(nameWidth)}  ${state.padEnd(stateWidth)}  ${title}; licence: ${licence}\n${indent}${detail}${size}`;
  });
  return { reports, text: lines.join("\n"), ok: reports.every(fine) };
}
