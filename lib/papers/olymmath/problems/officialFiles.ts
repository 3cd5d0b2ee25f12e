import { DataError } from "../../../data/error";
import { findManifest } from "../../../data/manifest";
import { type DataFolders, requireDataset } from "../../../data/store";
import { FIELDS, type Field, type ProblemSet, type SetName, type Tier } from "./problem";
import { readProblemFile } from "./problemFile";

/** Problems of each field. @see OlymMATH, data statistics */
export const FIELD_COUNTS: Readonly<Record<Tier, Readonly<Record<Field, number>>>> = {
  EASY: { Algebra: 25, Geometry: 33, "Number Theory": 13, Combinatorics: 29 },
  HARD: { Algebra: 25, Geometry: 25, "Number Theory": 25, Combinatorics: 25 },
};

/** The data set that holds an official file, by which `reprise data` knows it: "olymmath-en-hard". */
export function datasetOf(name: SetName): string {
  return `olymmath-${name.toLowerCase()}`;
}

/**
 * An official set, with its counts checked. The files are those after the correction of three golds on 2025-06-01.
 * @throws DataError where it is not on this machine, is not the official one, or as `readProblemFile`
 */
export async function loadOfficial(name: SetName, folders?: DataFolders): Promise<ProblemSet> {
  const { paths } = await requireDataset(findManifest(datasetOf(name)), folders);
  const path = paths.problems!;
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
