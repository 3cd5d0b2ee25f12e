/** Mean and spread of repeated measurements: what an error band or error bar shows. */
import { numberIn, type Row } from "./rows";

/**
 * What to show about the mean:
 * - `std`: sample standard deviation (n - 1), `sem`: standard error of the mean,
 * - `ci95`: 95% confidence interval of the mean, Student's t, `range`: smallest to largest,
 * - `none`: nothing,
 * - `{ plusMinus }`: the half-width stands in this column, `{ lower, upper }`: both ends stand in columns (one row a point).
 */
export type Spread =
  | "std"
  | "sem"
  | "ci95"
  | "range"
  | "none"
  | { readonly plusMinus: string }
  | { readonly lower: string; readonly upper: string };

export interface Summary {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** 97.5% quantiles of Student's t for 1 to 30 degrees of freedom. */
const studentQuantiles = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
  2.0518, 2.0484, 2.0452, 2.0423,
];

function studentQuantile(degrees: number): number {
  if (degrees <= studentQuantiles.length) return studentQuantiles[degrees - 1];
  const z = 1.959964;
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2); // Cornish and Fisher
}

/** Columns that a spread reads beside the value's own. */
export function spreadColumns(spread: Spread): string[] {
  if (typeof spread === "string") return [];
  return "plusMinus" in spread ? [spread.plusMinus] : [spread.lower, spread.upper];
}

/**
 * Mean of a column over rows, with its spread. Of a single measurement the spread is the point itself.
 * @throws when a spread from columns meets several rows for one point: the columns can't be combined
 */
export function summarize(rows: readonly Row[], column: string, spread: Spread): Summary {
  const values = rows.map((row) => numberIn(row, column));
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (typeof spread !== "string") {
    if (count > 1)
      throw new Error(
        `Figure: ${count} rows share one point, but "${column}" takes its spread from columns.`,
      );
    if ("plusMinus" in spread) {
      const half = numberIn(rows[0], spread.plusMinus);
      return { mean, lower: mean - half, upper: mean + half, count };
    }
    return { mean, lower: numberIn(rows[0], spread.lower), upper: numberIn(rows[0], spread.upper), count };
  }
  if (spread === "none" || count < 2) return { mean, lower: mean, upper: mean, count };
  if (spread === "range") return { mean, lower: Math.min(...values), upper: Math.max(...values), count };
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
  const sem = std / Math.sqrt(count);
  const half = spread === "std" ? std : spread === "sem" ? sem : sem * studentQuantile(count - 1);
  return { mean, lower: mean - half, upper: mean + half, count };
}
