import { z } from "zod";
import { DataError } from "../../../data/error";
import { sha256OfFile } from "../../../data/hash";
import { forEachLine } from "../../../data/lines";
import { FIELDS, type Field, type Language, type Problem, type ProblemSet, type Tier } from "./problem";

/** Subjects as the files name them. */
const SUBJECTS: Readonly<Record<Language, readonly string[]>> = {
  EN: FIELDS,
  ZH: ["代数", "几何", "数论", "组合"],
};

const ID = /^(OlymMATH|SYNTH)-(EASY|HARD)-(0|[1-9]\d*)-(EN|ZH)$/;
const REMEDY = "Mend the row, or fetch the file anew.";

/** With the flag u a whole pair is one character, which no surrogate matches. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const text = z
  .string()
  .refine((value) => value.trim() !== "", "The text is empty.")
  .refine((value) => !LONE_SURROGATE.test(value), "The text has half a surrogate pair.");
const answer = text.refine((value) => !value.includes("$"), "The answer has a dollar sign.");

const row = z
  .object({
    problem: text,
    answer,
    subject: z.string(),
    unique_id: z.string().regex(ID, "It must be like OlymMATH-HARD-0-EN."),
    trap: answer.optional(),
  })
  .strict();

/**
 * A file of problems: a JSON object a line, `{problem, answer, subject, unique_id}`, all of one tier and one language, numbered from 0. Made-up problems, whose
 * names begin with SYNTH, may have a `trap`.
 * @throws DataError that names file, line and field: no JSON, a field that is missing, unknown, empty or of another type, a subject of the other language, a
 * number out of order, another tier, language or origin than the first row's
 * @see RUCAIBox/OlymMATH, `data/*.jsonl`
 */
export async function readProblemFile(path: string): Promise<ProblemSet> {
  const problems: Problem[] = [];
  let first: RegExpExecArray | undefined;
  await forEachLine(path, "utf-8", (content, line) => {
    const fields = parseRow(content, path, line);
    const id = ID.exec(fields.unique_id)!;
    const complain = (field: string, problem: string): never => {
      throw new DataError(problem, { file: path, line, field }, REMEDY);
    };
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
  if (first === undefined) throw new DataError("The file is empty.", { file: path }, "Fetch the file anew.");
  const [, origin, tier, , language] = first;
  return {
    name: `${language as Language}-${tier as Tier}`,
    problems,
    sha256: await sha256OfFile(path),
    synthetic: origin === "SYNTH",
  };
}

function parseRow(content: string, file: string, line: number): z.infer<typeof row> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new DataError(`The line is not JSON: ${(error as Error).message}.`, { file, line }, REMEDY);
  }
  const parsed = row.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const problem = message.endsWith(".") ? message : `${message}.`;
  throw new DataError(problem, { file, line, field: path.join(".") }, REMEDY);
}
