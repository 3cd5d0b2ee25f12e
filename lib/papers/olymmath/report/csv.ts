import { csvCell } from "../../../experiment/runExport";
import type { EvaluationReport } from "./evaluationReport";
import { type MeasureRow, measureRows } from "./measures";

/** RFC 4180. */
const LINE_BREAK = "\r\n";

/**
 * A line for each set, field, way of checking and measure, with all that a number needs that is read alone. Published scores, in [0, 1] as ours, have columns
 * of their own beside Pass@1 by `ref` of the benchmark's sets. Fields without a value are empty.
 */
export function reportCsv(report: EvaluationReport): string {
  const { model, settingsId, checker, banners, firstSample, lastSample, published } = report;
  const hashes = new Map(report.sets.map(({ set, sha256 }) => [set as string, sha256]));
  const synthetic = new Map(report.sets.map((one) => [one.set as string, one.synthetic]));
  const publishedOf = (row: MeasureRow) => {
    const comparable =
      row.measure === "pass@1" &&
      row.field === "all" &&
      row.mode === "ref" &&
      synthetic.get(row.set) === false;
    return Object.fromEntries([
      ...(published?.models ?? []).map((scores) => [
        `published ${scores.model}`,
        comparable ? Number((scores[row.set as "EN-EASY"] / 100).toFixed(4)) : undefined,
      ]),
      ...(published === undefined ? [] : [["published in", comparable ? published.source : undefined]]),
    ]);
  };
  const lines = measureRows(report).map((row) => ({
    ...{ model, set: row.set, field: row.field, mode: row.mode, measure: row.measure, k: row.k },
    ...{ value: finite(row.value), low: finite(row.low), high: finite(row.high) },
    ...{ problems: row.problems, "least samples": row.least, "most samples": row.most },
    ...publishedOf(row),
    ...{ "file SHA-256": hashes.get(row.set), settings: settingsId, checker },
    ...{ "first sample": firstSample, "last sample": lastSample, banner: banners.join(" ") },
  }));
  const columns = Object.keys(lines[0]);
  const text = [columns, ...lines.map((line) => columns.map((column) => line[column as keyof typeof line]))];
  return text.map((cells) => cells.map(csvCell).join(",") + LINE_BREAK).join("");
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
