import { answerTables } from "./answerTables";
import type { EvaluationReport } from "./evaluationReport";
import { type EvaluationTable, MISSING } from "./format";
import { scoreTables } from "./scoreTables";
import { spendingTables } from "./spendingTables";

/** All tables of a report that have something to show. */
export function reportTables(report: EvaluationReport): EvaluationTable[] {
  return [...scoreTables(report), ...answerTables(report), ...spendingTables(report)].filter(
    ({ rows, empty }) => rows.length > 0 || empty !== undefined,
  );
}

/** The report for readers: what it is of, then its tables. Banners stand first. */
export function reportMarkdown(report: EvaluationReport): string {
  const { banners, model } = report;
  const opening = [`# OlymMATH: ${literal(model)}`, provenance(report)];
  return markdownOf(banners, opening, reportTables(report));
}

/** Banners, then the opening parts, then the tables. */
export function markdownOf(
  banners: readonly string[],
  opening: readonly string[],
  tables: readonly EvaluationTable[],
): string {
  return [
    ...(banners.length === 0 ? [] : [banners.map((banner) => `> **${inLine(banner)}**`).join("\n>\n")]),
    ...opening,
    ...tables.map(section),
  ]
    .join("\n\n")
    .concat("\n");
}

function provenance(report: EvaluationReport): string {
  const { model, settings, settingsId, backends, firstSample, lastSample, checker, unsampled } = report;
  const { temperature, topP, minP, maxTokens, seed, extra } = settings;
  const { level, resamples } = report.intervals;
  const hashes = report.sets.map(({ set, sha256 }) => `${set} ${literal(sha256.slice(0, 8))}`).join(", ");
  const lines = [
    `Model: ${literal(model)}, through: ${backends.join(", ")}`,
    `Samples: from ${firstSample} to ${lastSample}; temperature ${temperature}, top-p ${topP}, min-p ${minP}, at most ${maxTokens} tokens, seed ${seed}${extra === undefined ? "" : `, with ${literal(JSON.stringify(extra))}`} (settings ${literal(settingsId)})`,
    `Files, by their SHA-256: ${hashes}`,
    ...(unsampled.length === 0 ? [] : [`Without any sample, and so left out: ${unsampled.join(", ")}`]),
    `Checker: version ${literal(checker)}; ref gives the verdicts of the benchmark's own checker, want is stricter where that errs and kinder where it cannot read`,
    `Intervals: ${100 * level}%, problems and their samples drawn anew ${resamples} times`,
  ];
  return lines.map((line) => `- ${line}.`).join("\n");
}

/** Also with an interval, a range, or "< ". */
const NUMBER = /^(?:< )?-?\d[\d.]*(?: \[.*\]| of \d+|-\d+)?$/;

function section({ title, columns, rows, note, literal: toTheLetter = [], empty }: EvaluationTable): string {
  if (rows.length === 0) return `## ${title}\n\n${empty}`;
  const names = columns ?? Object.keys(rows[0]);
  const isNumber = (text: string) => NUMBER.test(text) || text === MISSING;
  const texts = rows.map((row) => names.map((name) => cellText(row[name])));
  const marks = names.map((_, column) => (texts.every((row) => isNumber(row[column])) ? "---:" : "---"));
  const cells = texts.map((row) =>
    row.map((text, column) => (toTheLetter.includes(names[column]) ? literal(text) : inLine(text))),
  );
  const line = (parts: readonly string[]) =>
    `| ${parts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  const table = [names.map(inLine), marks, ...cells].map(line).join("\n");
  return [`## ${title}`, table, ...(note === undefined ? [] : [inLine(note)])].join("\n\n");
}

function cellText(value: EvaluationTable["rows"][number][string] | undefined): string {
  if (value === null || value === undefined || value === "") return MISSING;
  return typeof value === "object" ? `${value.mean} ± ${value.std}` : String(value);
}

/** Text as code: nothing in it is markup. The fence is longer than any run of backticks inside. */
export function literal(text: string): string {
  if (text === MISSING) return text;
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 || line.startsWith(" ") ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Text on one line, without markup. */
function inLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_<>#]/g, "\\$&");
}
