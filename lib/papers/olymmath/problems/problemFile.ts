import { DataError } from "../../../data/error";
import { sha256OfFile } from "../../../data/hash";
import { forEachProblemRow, PROBLEM_ROW_REMEDY } from "../../../data/problemRows";
import { FIELDS, type Field, type Language, type Problem, type ProblemSet, type Tier } from "./problem";

/** Subjects as the files name them. */
const SUBJECTS: Readonly<Record<Language, readonly string[]>> = {
  EN: FIELDS,
  ZH: ["代数", "几何", "数论", "组合"],
};

const ID = /^(OlymMATH|SYNTH)-(EASY|HARD)-(0|[1-9]\d*)-(EN|ZH)$/;

/**
 * A file of problems, all of one tier and one language, numbered from 0. Made-up problems, whose names begin with SYNTH, may have a `trap`.
 * @throws DataError that names file, line and field: what `forEachProblemRow` refuses, another kind of name, a subject of the other language, a number out
 * of order, another tier, language or origin than the first row's
 * @see RUCAIBox/OlymMATH, `data/*.jsonl`
 */
export async function readProblemFile(path: string): Promise<ProblemSet> {
  const problems: Problem[] = [];
  let first: RegExpExecArray | undefined;
  await forEachProblemRow(path, (fields, line) => {
    const complain = (field: string, problem: string): never => {
      throw new DataError(problem, { file: path, line, field }, PROBLEM_ROW_REMEDY);
    };
    const id = ID.exec(fields.unique_id) ?? complain("unique_id", "It must be like OlymMATH-HARD-0-EN.");
    first ??= id;
    const [, origin, tier, index, language] = id;
    if (Number(index) !== problems.length)
      complain("unique_id", `The number is ${index}, the row is number ${problems.length}.`);
    for (const [part, what] of [
      [1, "origin"],
      [2, "tier"],
      [4, "language"],
    ] as const) {
      if (id[part] !== first[part])
        complain("unique_id", `The ${what} is ${id[part]}, that of the first row is ${first[part]}.`);
    }
    const subject = SUBJECTS[language as Language].indexOf(fields.subject);
    if (subject < 0)
      complain(
        "subject",
        `${JSON.stringify(fields.subject)} is none of ${SUBJECTS[language as Language].join(", ")}.`,
      );
    if (fields.trap !== undefined && origin !== "SYNTH")
      complain("trap", "Only made-up problems have a trap.");
    if (fields.trap === fields.answer) complain("trap", "The trap is the answer.");
    problems.push({
      id: fields.unique_id,
      tier: tier as Tier,
      language: language as Language,
      index: problems.length,
      field: FIELDS[subject] as Field,
      text: fields.problem,
      answer: fields.answer,
      ...(fields.trap === undefined ? {} : { trap: fields.trap }),
    });
  });
  const [, origin, tier, , language] = first!;
  return {
    name: `${language as Language}-${tier as Tier}`,
    problems,
    sha256: await sha256OfFile(path),
    synthetic: origin === "SYNTH",
  };
}
