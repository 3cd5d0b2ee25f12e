import type { Figure } from "../../../figures";
import type { CheckMode } from "../../../math";
import { SET_NAMES, TIERS } from "../problems/problem";
import type { EvaluationReport } from "./evaluationReport";
import { curveFigure, languageFigure, lengthFigure } from "./figures";
import type { EvaluationResults } from "./results";

/** A figure, and what its file is called. */
export interface NamedFigure {
  readonly name: string;
  /** In place of the picture, for those who do not see it. */
  readonly caption: string;
  readonly figure: Figure;
}

/** The figures that a report has something to show in: curves, each tier in both languages, lengths of each set. */
export function reportFigures(
  report: EvaluationReport,
  { sets }: Pick<EvaluationResults, "sets">,
  mode: CheckMode = "ref",
): NamedFigure[] {
  const sampled = SET_NAMES.flatMap((name) =>
    sets.filter((one) => one.set.name === name && one[mode].some(({ samples }) => samples.length > 0)),
  );
  const bilingual = TIERS.filter((tier) => report.languageGap?.[mode].some((row) => row.tier === tier));
  return [
    { name: "curves", caption: "Pass@k and Cons@k", figure: curveFigure(report, mode) },
    ...bilingual.map((tier) => ({
      name: `languages-${tier}`,
      caption: `English against Chinese, ${tier}`,
      figure: languageFigure(report, tier, mode),
    })),
    ...sampled.map((one) => ({
      name: `lengths-${one.set.name}`,
      caption: `Lengths of right and wrong samples, ${one.set.name}`,
      figure: lengthFigure(report, one[mode]),
    })),
  ];
}
