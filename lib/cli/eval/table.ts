import type { CheckMode } from "../../math";
import { tableText } from "../../notebook/table";
import type { EvaluationReport } from "../../papers/olymmath/report";
import { percent, percentWithInterval } from "../../papers/olymmath/report/format";

/** The scores of a report in a few lines, by one way of checking: percent, with the intervals of the report. */
export function scoreTable({ sets }: Pick<EvaluationReport, "sets">, mode: CheckMode): string {
  const rows = sets.map((one) => {
    const { problems, unsampled, samples, accuracy, pass, consensus, truncated, unboxed, tokens } =
      one[mode].metrics;
    const last = <T>(values: readonly T[]) => values[values.length - 1];
    return {
      set: `${one.synthetic ? "SYNTH-" : ""}${one.set}`,
      problems: problems - unsampled,
      n: samples.least === samples.most ? String(samples.most) : `${samples.least}-${samples.most}`,
      "pass@1": percentWithInterval(accuracy),
      ...(samples.least > 1
        ? {
            [`pass@${samples.least}`]: percent(last(pass).estimate.value),
            [`cons@${samples.least}`]: percent(last(consensus).estimate.value),
          }
        : {}),
      truncated: percent(truncated.value),
      "no box": percent(unboxed.value),
      tokens: tokens.all.toFixed(0),
    };
  });
  return tableText(rows);
}
