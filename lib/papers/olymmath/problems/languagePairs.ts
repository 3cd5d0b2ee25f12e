import { DataError } from "../../../data/error";
import type { Problem, ProblemSet } from "./problem";

/** A problem in both languages. */
export interface LanguagePair {
  readonly en: Problem;
  readonly zh: Problem;
}

/**
 * Joins the English and the Chinese set of one tier by their rows' numbers, never by text.
 * @throws DataError where tier, number of rows, a field or an answer differs: the pairs are translations with the very same golds
 */
export function languagePairs(en: ProblemSet, zh: ProblemSet): LanguagePair[] {
  const complain = (problem: string, field: string): never => {
    throw new DataError(
      problem,
      { file: `${en.name} and ${zh.name}`, field },
      "Use the two files of one version.",
    );
  };
  if (en.name.slice(2) !== zh.name.slice(2) || en.name === zh.name || !en.name.startsWith("EN"))
    complain("The sets are no tier in English and Chinese.", "unique_id");
  if (en.problems.length !== zh.problems.length)
    complain(`There are ${en.problems.length} and ${zh.problems.length} rows.`, "unique_id");
  return en.problems.map((problem, index) => {
    const other = zh.problems[index];
    for (const [name, field] of [
      ["subject", "field"],
      ["answer", "answer"],
    ] as const) {
      if (problem[field] !== other[field])
        complain(
          `Number ${index} has ${JSON.stringify(problem[field])} in English and ${JSON.stringify(other[field])} in Chinese.`,
          name,
        );
    }
    return { en: problem, zh: other };
  });
}
