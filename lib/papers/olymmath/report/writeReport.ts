import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reportCsv } from "./csv";
import type { EvaluationReport } from "./evaluationReport";
import type { NamedFigure } from "./figuresOfReport";
import { reportMarkdown } from "./markdown";
import { figureSection } from "./writeReportFigures";

/** Indented; keys in their order, null for what is not a number. */
export function reportJson(report: object): string {
  const plain = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? null : value;
  return `${JSON.stringify(report, plain, 2)}\n`;
}

/**
 * Writes report.json, report.csv and report.md into a folder, which is made where there is none; each file is replaced as a whole.
 * @param figures  what report.md shows: those that `writeFigures` has drawn into the folder
 * @returns the paths
 */
export function writeReport(
  folder: string,
  report: EvaluationReport,
  figures: readonly NamedFigure[] = [],
): string[] {
  return writeTexts(folder, {
    "report.json": reportJson(report),
    "report.csv": reportCsv(report),
    "report.md": reportMarkdown(report) + figureSection(figures),
  });
}

/** Writes files by their names into a folder, which is made where there is none; each is replaced as a whole. @returns the paths */
export function writeTexts(folder: string, texts: Readonly<Record<string, string>>): string[] {
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
