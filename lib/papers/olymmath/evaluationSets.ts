import { createHash } from "node:crypto";
import type { DataFolders } from "../../data/store";
import { loadOfficial } from "./problems/officialFiles";
import { type Language, type ProblemSet, SET_NAMES, type SetName, type Tier } from "./problems/problem";
import { readProblemFile } from "./problems/problemFile";
import type { SynthItem } from "./synthetic/items";
import { synthLines, synthRows, synthSet } from "./synthetic/problemSets";

/** Made-up problems in a set; the official files have as many. */
const SYNTHETIC_PROBLEMS = 100;

/** Names of the sets of made-up problems: "SYNTH-EN-EASY" and so on. */
export const SYNTHETIC_SET_NAMES: readonly string[] = SET_NAMES.map(syntheticSetName);

/** The name of the made-up set that is like an official one; other names stay as they are. */
export function syntheticSetName(name: string): string {
  return SET_NAMES.includes(name as SetName) ? `SYNTH-${name}` : name;
}

/**
 * A set by what a person calls it: "EN-HARD" is an official one, "SYNTH-EN-HARD" are made-up problems of the test split, anything else is a file of problems.
 * @throws DataError where the set is not on this machine, or not as it should be
 */
export async function evaluationSet(name: string, folders?: DataFolders): Promise<ProblemSet> {
  if (SET_NAMES.includes(name as SetName)) return loadOfficial(name as SetName, folders);
  const synthetic = SYNTHETIC_SET_NAMES.indexOf(name);
  if (synthetic < 0) return readProblemFile(name);
  const [language, tier] = SET_NAMES[synthetic].split("-") as [Language, Tier];
  const items = synthSet({ split: "test", tier, count: SYNTHETIC_PROBLEMS });
  return syntheticSet(items, language);
}

/** Made-up problems in one language, as a set; its hash is that of the file that it would be. */
function syntheticSet(items: readonly SynthItem[], language: Language): ProblemSet {
  const { tier } = items[0];
  const problems = synthRows(items, language).map((row, index) => ({
    ...{ id: row.unique_id, tier, language, index, field: items[index].field },
    ...{ text: row.problem, answer: row.answer, trap: row.trap },
  }));
  const sha256 = createHash("sha256").update(synthLines(items, language)).digest("hex");
  return { name: `${language}-${tier}`, problems, sha256, synthetic: true };
}

/**
 * The sets of a run, in the order of the benchmark, cut to the first so many problems of each.
 * @throws RangeError for two sets of one name, or made-up problems beside official ones
 */
export function evaluationSets(sets: readonly ProblemSet[], problems?: number): ProblemSet[] {
  for (const name of SET_NAMES)
    if (sets.filter((set) => set.name === name).length > 1)
      throw new RangeError(`Two of the sets are ${name}: evaluate them apart.`);
  if (new Set(sets.map(({ synthetic }) => synthetic)).size > 1)
    throw new RangeError("Made-up problems and those of the benchmark do not belong into one evaluation.");
  return SET_NAMES.flatMap((name) => sets.filter((set) => set.name === name)).map((set) => ({
    ...set,
    problems: set.problems.slice(0, problems),
  }));
}
