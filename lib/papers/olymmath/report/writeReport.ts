import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reportCsv } from "./csv";
import type { EvaluationReport } from "./evaluationReport";
import { reportMarkdown } from "./markdown";

/** Indented; keys in the order of `EvaluationReport`, null for what is not a number. */
export function reportJson(report: EvaluationReport): string {
  const plain = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? null : value;
  return `${JSON.stringify(report, plain, 2)}\n`;
}

/**
 * Writes report.json, report.csv and report.md into a folder, which is made where there is none; each file is replaced as a whole.
 * @returns the paths
 */
export function writeReport(folder: string, report: EvaluationReport): string[] {
  const texts = {
    "report.json": reportJson(report),
    "report.csv": reportCsv(report),
    "report.md": reportMarkdown(report),
  };
  mkdirSync(folder, { recursive: true });
  return Object.entries(texts).map(([name, text]) => {
    const file = join(folder, name);
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    return file;
  });
}

/** A report that `writeReport` has written; what was not a number is NaN again. @throws where the folder has none */
export function readReport(folder: string): EvaluationReport {
  const text = readFileSync(join(folder, "report.json"), "utf8");
  return JSON.parse(text, (_, value: unknown) => (value === null ? Number.NaN : value)) as EvaluationReport;
}
