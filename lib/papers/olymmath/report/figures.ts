import {
  barFigure,
  type Figure,
  histogramFigure,
  lineFigure,
  type ScatterOptions,
  scatterFigure,
} from "../../../figures";
import { seriesColor } from "../../../figures/theme";
import type { CheckMode } from "../../../math";
import { benchmarkLine } from "../analyses/benchmarkLine";
import type { GradedProblem } from "../grading/grade";
import type { Tier } from "../problems/problem";
import { PUBLISHED, PUBLISHED_SOURCE, type PublishedScores } from "../published";
import { OFFICIAL_SHAPES, SHAPES, type Shape } from "../synthetic/shapes";
import type { EvaluationReport } from "./evaluationReport";

/** Stands under a figure's title: whose numbers they are, and what they are not. */
function subtitleOf({ model, banners, lastSample }: EvaluationReport, rest: string): string {
  const marks = banners.map((banner) => banner.split(":")[0]);
  return [...marks, `${model}, ${lastSample.slice(0, 10)}`, rest].join("; ");
}

/** Pass@k and Cons@k over k, with their intervals. */
export function curveFigure(report: EvaluationReport, mode: CheckMode = "ref"): Figure {
  const rows = report.sets.flatMap(({ set, [mode]: { metrics } }) =>
    (["pass", "consensus"] as const).flatMap((measure) =>
      metrics[measure].map(({ k, estimate: { value, low, high } }) => ({
        ...{ k, value, low, high },
        curve: `${set}, ${measure === "pass" ? "Pass@k" : "Cons@k"}`,
      })),
    ),
  );
  return lineFigure(rows, {
    title: "What many samples solve, and what they agree on",
    subtitle: subtitleOf(
      report,
      `checked by ${mode}; bands: ${100 * report.intervals.level}% intervals, over problems and samples`,
    ),
    x: { column: "k", title: "samples k", scale: "log" },
    y: { column: "value", title: "problems solved", format: ".0%", range: [0, 1] },
    series: "curve",
    band: { lower: "low", upper: "high" },
  });
}

/**
 * Every problem's share of right samples in English against that in Chinese; where several lie at one place, how many.
 * @throws RangeError where the tier does not have both languages
 */
export function languageFigure(report: EvaluationReport, tier: Tier, mode: CheckMode = "ref"): Figure {
  const [en, zh] = (["EN", "ZH"] as const).map((language) =>
    report.sets.find(({ set }) => set === `${language}-${tier}`),
  );
  if (en === undefined || zh === undefined)
    throw new RangeError(`The report has no samples of ${tier} in both languages.`);
  const inChinese = new Map(zh.problems.map((problem) => [problem.index, problem]));
  const places = new Map<string, { english: number; chinese: number; problems: number }>();
  for (const problem of en.problems) {
    const other = inChinese.get(problem.index);
    if (other === undefined || problem.samples === 0 || other.samples === 0) continue;
    const [english, chinese] = [problem, other].map(({ correct, samples }) => correct[mode] / samples);
    const place = places.get(`${english} ${chinese}`) ?? { english, chinese, problems: 0 };
    place.problems++;
    places.set(`${english} ${chinese}`, place);
  }
  const rows = [...places.values()].map(({ problems, ...place }) => ({
    ...place,
    count: problems === 1 ? "" : `${problems}`,
  }));
  const share = (column: string, language: string) =>
    ({ column, title: `right samples in ${language}`, format: ".0%", range: [-0.05, 1.08] }) as const;
  const { data, layout } = scatterFigure(rows, {
    title: `One problem in two languages: ${tier}`,
    subtitle: subtitleOf(
      report,
      `checked by ${mode}; a point a problem, or as many as the number says; on the line both languages do as well`,
    ),
    x: share("chinese", "Chinese"),
    y: share("english", "English"),
    ...{ label: "count", labels: true, diagonal: true, width: 560, height: 600 },
  });
  const shapes = layout.shapes?.map((line) => ({ ...line, x0: 0, y0: 0, x1: 1, y1: 1 }));
  return { data, layout: { ...layout, shapes } };
}

/** How many tokens right and wrong samples of a set have. @param graded  the set as it was checked, with samples */
export function lengthFigure(report: EvaluationReport, graded: readonly GradedProblem[]): Figure {
  const [{ problem, mode }] = graded;
  const rows = graded.flatMap(({ samples }) =>
    samples.map(({ tokens, correct }) => ({ tokens, verdict: correct ? "right" : "wrong" })),
  );
  return histogramFigure(rows, {
    title: "Lengths of right and wrong samples",
    subtitle: subtitleOf(report, `${problem.language}-${problem.tier}, checked by ${mode}`),
    value: { column: "tokens", title: "tokens of the completion" },
    count: { title: "share of the samples" },
    measure: "share",
    series: "verdict",
  });
}

/** Scores on both tiers in English against those on AIME24, a point a model, with the least-squares lines. @see OlymMATH, comparison with AIME24 */
export function benchmarkFigure(models: readonly PublishedScores[] = PUBLISHED): Figure {
  const sets = ["EN-EASY", "EN-HARD"] as const;
  const rows = sets.flatMap((set) =>
    models.map((scores) => ({ set, model: scores.model, aime: scores.AIME24, score: scores[set] })),
  );
  const x = models.map(({ AIME24 }) => AIME24);
  const ends = [Math.min(...x), Math.max(...x)];
  const lines = sets.map((set) =>
    benchmarkLine(
      x,
      models.map((scores) => scores[set]),
    ),
  );
  const options: ScatterOptions = {
    title: "OlymMATH against AIME24",
    subtitle: `Published scores (${PUBLISHED_SOURCE}). ${sets.map((set, at) => `${set}: slope ${lines[at].slope.toFixed(2)}, r ${lines[at].pearson.toFixed(2)}`).join("; ")}`,
    x: { column: "aime", title: "Pass@1 on AIME24", unit: "%", range: [ends[0] - 5, ends[1] + 5] },
    y: { column: "score", title: "Pass@1 on OlymMATH", unit: "%", range: [0, 100] },
    ...{ series: "set", order: sets, label: "model", labels: true },
  };
  const points = scatterFigure(rows, options);
  const fits = lines.map(({ slope, intercept }, at) => ({
    ...{ type: "scatter" as const, mode: "lines" as const, showlegend: false, hoverinfo: "skip" as const },
    x: ends,
    y: ends.map((end) => intercept + slope * end),
    line: { color: seriesColor(at), width: 1.6, dash: "dash" as const },
  }));
  // Names of neighbours stand above and below their points in turn.
  const order = [...x].sort((a, b) => a - b);
  const textposition = x.map((score) => (order.indexOf(score) % 2 === 0 ? "top center" : "bottom center"));
  const named = points.data.map((trace) => ({ ...trace, textposition }) as (typeof points.data)[number]);
  return { ...points, data: [...named, ...fits] };
}

/** What the answers of each tier look like. @param counts  of each tier; the official ones unless told */
export function shapesFigure(
  counts: Readonly<Record<string, Readonly<Record<Shape, number>>>> = OFFICIAL_SHAPES,
): Figure {
  const rows = Object.entries(counts).flatMap(([tier, shapes]) =>
    SHAPES.map((shape) => ({ tier, shape, answers: shapes[shape] })),
  );
  return barFigure(rows, {
    title: "Shapes of the answers",
    subtitle: "Each answer counts once, by the first shape from the top that fits",
    category: { column: "shape", title: "shape" },
    value: { column: "answers", title: "answers" },
    ...{ series: "tier", horizontal: true },
  });
}
