import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../../data/error";
import { verifyFile } from "../../../data/hash";
import { type DataFolders, dataFolders } from "../../../data/store";
import { FIELDS, type Field, type ProblemSet, type SetName, type Tier } from "./problem";
import { readProblemFile } from "./problemFile";

interface OfficialFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** The files after the correction of three golds on 2025-06-01. MIT licence. */
export const OFFICIAL_FILES: Readonly<Record<SetName, OfficialFile>> = {
  "EN-EASY": { bytes: 35_122, sha256: "1d96903b3017abd80388005ca9ad68c8074540ad6f41ee7cd92ac79cbcf5bc0a" },
  "EN-HARD": { bytes: 39_284, sha256: "f43b48f5569a5e6d3068e110f8ce6c5ec641ba4d6ba06d9a91a1c944526b7be4" },
  "ZH-EASY": { bytes: 29_917, sha256: "133bf074b16702bfe938dfd1736373b0e093f460f232fb25f4c064ed948c52bc" },
  "ZH-HARD": { bytes: 33_859, sha256: "f56746b739a20b3abf0c3daa3209cd2f48fc0663352bf7bdff34ae18b01fef58" },
};

/** Where the authors publish them. */
const ORIGIN = "https://github.com/RUCAIBox/OlymMATH";

/** The subfolder of a data root. */
const FOLDER = "olymmath";

/** Problems of each field. @see OlymMATH, data statistics */
export const FIELD_COUNTS: Readonly<Record<Tier, Readonly<Record<Field, number>>>> = {
  EASY: { Algebra: 25, Geometry: 33, "Number Theory": 13, Combinatorics: 29 },
  HARD: { Algebra: 25, Geometry: 25, "Number Theory": 25, Combinatorics: 25 },
};

/**
 * The path of an official file: in the given data folder, then in the cache; checked by size and SHA-256.
 * @throws DataError where it is not on this machine, or is not the official one
 */
export async function locateOfficial(name: SetName, folders: DataFolders = dataFolders()): Promise<string> {
  const file = `OlymMATH-${name}.jsonl`;
  const roots = [folders.given, folders.cache].filter((root): root is string => root !== undefined);
  const paths = roots.map((root) => join(root, FOLDER, file));
  const found = paths.find((path) => existsSync(path));
  const remedy = `Put data/${file} of ${ORIGIN} there.`;
  if (found === undefined)
    throw new DataError(
      `OlymMATH ${name} is not on this machine (looked for ${paths.join(" and ")}).`,
      {},
      remedy,
    );
  await verifyFile(found, OFFICIAL_FILES[name], remedy);
  return found;
}

/** An official set, with its counts checked. @throws DataError as `locateOfficial` and `readProblemFile` */
export async function loadOfficial(name: SetName, folders?: DataFolders): Promise<ProblemSet> {
  const path = await locateOfficial(name, folders);
  const set = await readProblemFile(path);
  checkOfficial(set, name, path);
  return set;
}

/** What is known of an official set beside its hash. @throws DataError */
export function checkOfficial(
  { name, problems, synthetic }: ProblemSet,
  expected: SetName,
  file: string,
): void {
  const complain = (problem: string, field: string): never => {
    throw new DataError(problem, { file, field }, `Fetch the file of ${expected} anew.`);
  };
  if (synthetic || name !== expected)
    complain(`The rows are of ${synthetic ? "made-up problems" : name}.`, "unique_id");
  const counts = FIELD_COUNTS[expected.slice(3) as Tier];
  for (const field of FIELDS) {
    const count = problems.filter((problem) => problem.field === field).length;
    if (count !== counts[field])
      complain(`There are ${count} rows of ${field}, expected ${counts[field]}.`, "subject");
  }
}
