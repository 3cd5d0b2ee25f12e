import type { Figure } from "../../../figures";

type Axis = Figure["layout"]["xaxis"];

/** The axis with a tick at each of these numbers of samples: there is nothing between whole numbers. */
export function tickedAt(axis: Axis, counts: readonly number[]): Axis {
  const tickvals = [...new Set(counts)].sort((a, b) => a - b);
  return { ...axis, tickmode: "array", tickvals, ticktext: tickvals.map(String) };
}
