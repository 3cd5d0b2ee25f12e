import type { Results } from "../../experiment/record";
import { mean, standardDeviation } from "../../experiment/statistics";
import { compareVariants, type Run, type TourConfig } from "./experiment";

/** The ablation as `figures/tour/results.json` keeps it. */
export function resultsOf(
  runs: readonly Run[],
  {
    preset,
    seeds,
    config,
    title,
  }: { preset: string; seeds: readonly number[]; config: TourConfig; title: string },
): Results {
  return {
    preset,
    seeds,
    config: { ...config },
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    tables: [
      {
        title: `${title}: test accuracy, and the difference from the full model with its 95% interval`,
        columns: ["variant", "accuracy", "difference", "low", "high", "verdict"],
        rows: compareVariants(runs).map(
          ({ accuracy, difference = null, low = null, high = null, ...row }) => ({
            ...row,
            accuracy: { mean: mean(accuracy), std: standardDeviation(accuracy) },
            difference,
            low,
            high,
          }),
        ),
      },
    ],
    runs: runs.map(({ curve, ...run }) => run),
  };
}
