import type { EvaluationReport } from "./evaluationReport";
import {
  type EvaluationTable,
  fixed,
  percent,
  percentWithInterval,
  problemsText,
  samplesText,
  shortened,
} from "./format";
import { MODES } from "./results";

/** Lists end here; report.json has all of them. */
const MOST_LISTED = 50;

type Rows = EvaluationTable["rows"];

/** What the answers are like: form, agreement, length, and what needs a look. */
export function answerTables(report: EvaluationReport): EvaluationTable[] {
  const covered = `${100 * report.intervals.level}% intervals in brackets`;
  return [
    { title: "Form and agreement of the answers", rows: forms(report), note: `Percent; ${covered}.` },
    {
      title: "Samples without a box, by language and verdict",
      rows: report.unboxed.map(({ tier, language, mode, verdict, samples, unboxed }) => ({
        ...{ tier, language, checked: mode, verdict, samples, "without a box": unboxed },
        percent: percent(unboxed / samples),
      })),
    },
    {
      title: "Lengths of right and wrong samples",
      rows: lengths(report),
      note: "Means. Tokens are of the completion, thoughts included. A sample that was cut off is as long as was allowed.",
    },
    {
      title: "Guesses",
      rows: guesses(report),
      note: `Wrong answers that are what a tempting shortcut gives, in percent of the wrong ones, on problems whose trap is known; ${covered}.`,
    },
    listed({
      title: "Answers on which the two ways of checking differ",
      rows: disagreements(report),
      literal: ["gold", "read by ref", "read by want"],
      empty: "Both ways of checking give every sample the same verdict.",
    }),
    listed({
      title: "Golds worth a look",
      rows: suspiciousGolds(report),
      literal: ["gold", "most frequent answer"],
      note: "Checked by want: half of the samples or more agree on an answer that is not the gold.",
      empty: "On no problem do half of the samples agree on an answer that is not the gold.",
    }),
  ];
}

function listed(table: EvaluationTable): EvaluationTable {
  const more = table.rows.length - MOST_LISTED;
  if (more <= 0) return table;
  const note = [table.note, `${more} more are in report.json.`]
    .filter((part) => part !== undefined)
    .join(" ");
  return { ...table, rows: table.rows.slice(0, MOST_LISTED), note };
}

function forms({ sets }: EvaluationReport): Rows {
  return sets.flatMap((one) =>
    MODES.map((mode) => {
      const { metrics } = one[mode];
      return {
        ...{ set: one.set, problems: problemsText(metrics), n: samplesText(metrics), checked: mode },
        truncated: percentWithInterval(metrics.truncated),
        "no box": percentWithInterval(metrics.unboxed),
        "with an empty box": metrics.emptyBoxes,
        "without a vote": metrics.voiceless,
        "largest cluster": percent(metrics.agreement),
        "distinct answers": fixed(metrics.distinct, 2),
        "repeated texts": metrics.repeated,
      };
    }),
  );
}

function lengths({ sets }: EvaluationReport): Rows {
  return sets.flatMap((one) =>
    MODES.flatMap((mode) => {
      const { lengths: table } = one[mode];
      return (["correct", "incorrect", "all"] as const).map((verdict) => ({
        ...{ set: one.set, checked: mode, verdict, samples: table[verdict].samples },
        tokens: fixed(table[verdict].tokens, 1),
        "characters of thoughts": fixed(table[verdict].reasoning, 1),
        "characters shown": fixed(table[verdict].visible, 1),
      }));
    }),
  );
}

function guesses({ sets }: EvaluationReport): Rows {
  return sets.flatMap((one) =>
    MODES.flatMap((mode) => {
      const { guesses: found } = one[mode];
      if (found === undefined) return [];
      const { problems, wrong, trapped, rate } = found;
      return {
        ...{ set: one.set, problems, checked: mode, wrong, "the trap's answer": trapped },
        percent: percentWithInterval(rate),
      };
    }),
  );
}

function disagreements({ sets }: EvaluationReport): Rows {
  return sets.flatMap((one) =>
    one.disagreements.map(({ problem, gold, answers, correct, samples }) => ({
      problem,
      gold: shortened(gold),
      "read by ref": shortened(answers.ref),
      "read by want": shortened(answers.want),
      "right by": correct.ref ? "ref" : "want",
      samples,
    })),
  );
}

function suspiciousGolds({ sets }: EvaluationReport): Rows {
  return sets.flatMap((one) =>
    one.suspiciousGolds.map(({ problem, gold, answer, votes, samples }) => ({
      problem,
      gold: shortened(gold),
      "most frequent answer": shortened(answer),
      ...{ votes, samples },
    })),
  );
}
