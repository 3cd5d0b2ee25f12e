import type { ReportTable } from "../../../experiment/report";
import type { Estimate } from "../metrics/bootstrap";
import type { SetMetrics } from "../metrics/setMetrics";

/** A table of a report, its cells as they are shown. */
export interface EvaluationTable extends ReportTable {
  /** Columns whose cells are LaTeX or names, to be shown to the letter. */
  readonly literal?: readonly string[];
  /** What a table without rows says; without it there is no such table. */
  readonly empty?: string;
}

export const MISSING = "–";

/** "37.5 [20.1, 55.0]", in percent; without an interval where drawing anew never changes it, which says nothing of how sure it is. */
export function percentWithInterval({ value, low, high }: Estimate): string {
  if (Number.isNaN(value)) return MISSING;
  return low === high ? percent(value) : `${percent(value)} [${percent(low)}, ${percent(high)}]`;
}

/** Of a share, with one digit. */
export function percent(share: number): string {
  return Number.isFinite(share) ? (100 * share).toFixed(1) : MISSING;
}

export function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : MISSING;
}

/** "0.031", or "< 0.001". */
export function pValueText(value: number): string {
  return value < 0.001 ? "< 0.001" : value.toFixed(3);
}

/** Problems that count, and of how many where some have no sample. */
export function problemsText({ problems, unsampled }: SetMetrics): string {
  return unsampled === 0 ? `${problems}` : `${problems - unsampled} of ${problems}`;
}

/** n, or its range. */
export function samplesText({ samples: { least, most } }: SetMetrics): string {
  return least === most ? `${most}` : `${least}-${most}`;
}

const LONGEST_SHOWN = 80;

/** The beginning of a long answer, on one line. */
export function shortened(answer: string): string {
  const line = answer.replace(/\s+/g, " ");
  const characters = Array.from(line.slice(0, 2 * LONGEST_SHOWN + 2));
  return characters.length <= LONGEST_SHOWN ? line : `${characters.slice(0, LONGEST_SHOWN).join("")}…`;
}
