import type { ResultTable } from "../../experiment/record";
import { checkAnswer } from "../../math";
import { type AnswerChecker, BASELINE_CHECKERS } from "../../math/answers/baselines";
import { readVerdictTable, type TabledVerdict } from "../../math/answers/verdictTable";

type Rows = ResultTable["rows"];

/** The checkers of others, and ours in both modes. */
export const CHECKERS: Readonly<Record<string, AnswerChecker>> = {
  ...BASELINE_CHECKERS,
  ref: (gold, prediction) => checkAnswer(gold, prediction, { mode: "ref" }).equal,
  want: (gold, prediction) => checkAnswer(gold, prediction, { mode: "want" }).equal,
};

/** What the table calls its kinds of answers. */
const KINDS: Readonly<Record<string, string>> = {
  num: "numbers",
  frac: "fractions",
  pct: "percentages",
  radical: "roots",
  "power/big": "powers, large numbers",
  comb: "factorials, binomials",
  transc: "π, logarithms, angles",
  deg: "degrees",
  "interval/tuple": "intervals, tuples",
  set: "sets",
  eq: "equations",
  "fmt/unit": "units, styles",
  zh: "Chinese",
};

interface JudgedRow extends TabledVerdict {
  readonly accepted: boolean;
}

const judged = (check: AnswerChecker, table: readonly TabledVerdict[]): JudgedRow[] =>
  table.map((row) => ({ ...row, accepted: check(row.gold, row.prediction) }));

const isRight = ({ accepted, want }: JudgedRow): boolean => accepted === want;

/**
 * Each checker on the table of verdicts: how many are those of a person, and which way the others go wrong. The table holds what checkers get wrong, and `want`
 * is made to meet all of it: these are no shares of a model's answers.
 * @see OlymMATH, checkers to compare with, table of verdicts
 */
export function baselineTable(): Rows {
  const table = readVerdictTable();
  return Object.entries(CHECKERS).map(([checker, check]) => {
    const rows = judged(check, table);
    return {
      checker,
      answers: rows.length,
      "as a person": rows.filter(isRight).length,
      "wrongly accepted": rows.filter(({ accepted, want }) => accepted && !want).length,
      "wrongly refused": rows.filter(({ accepted, want }) => !accepted && want).length,
    };
  });
}

/** The same by kinds of answers: of how many of them each checker's verdict is that of a person. */
export function baselineKinds(): Rows {
  const table = readVerdictTable();
  const columns = Object.entries(CHECKERS).map(([name, check]) => [name, judged(check, table)] as const);
  return Object.entries(KINDS).map(([kind, words]) => ({
    kind: words,
    answers: table.filter(({ group }) => group === kind).length,
    ...Object.fromEntries(
      columns.map(([name, rows]) => [name, rows.filter((row) => row.group === kind && isRight(row)).length]),
    ),
  }));
}
