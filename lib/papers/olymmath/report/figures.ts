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
import { BENCHMARK_SETS, type BenchmarkScores, tierLine } from "../analyses/benchmarkLine";
import type { GradedProblem } from "../grading/grade";
import type { Tier } from "../problems/problem";
import { PUBLISHED, PUBLISHED_SOURCE } from "../published";
import { OFFICIAL_SHAPES, SHAPES, type Shape } from "../synthetic/shapes";
import type { EvaluationReport } from "./evaluationReport";
import { fixed } from "./format";
import { tickedAt } from "./sampleAxis";

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
  const { data, layout } = lineFigure(rows, {
    title: "What many samples solve, and what they agree on",
    subtitle: subtitleOf(
      report,
      `checked by ${mode}; bands: ${100 * report.intervals.level}% intervals, over problems and samples`,
    ),
    x: { column: "k", title: "samples k", scale: "log" },
    y: { column: "value", title: "problems solved", format: ".0%", range: [0, 1.02] },
    series: "curve",
    band: { lower: "low", upper: "high" },
  });
  return {
    data,
    layout: {
      ...layout,
      xaxis: tickedAt(
        layout.xaxis,
        rows.map(({ k }) => k),
      ),
    },
  };
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

/**
 * Scores on both tiers in English against those on AIME24, a point a model, with the least-squares lines, in percent.
 * @param source  whose scores they are
 * @see OlymMATH, comparison with AIME24
 */
export function benchmarkFigure(
  models: readonly BenchmarkScores[] = PUBLISHED,
  source = `Published scores (${PUBLISHED_SOURCE})`,
): Figure {
  const rows = BENCHMARK_SETS.flatMap((set) =>
    models.flatMap(({ model, AIME24, [set]: score }) =>
      score === undefined ? [] : [{ set, model, aime: AIME24, score }],
    ),
  );
  const ends = [Math.min, Math.max].map((end) => end(...models.map(({ AIME24 }) => AIME24)));
  const lines = BENCHMARK_SETS.map((set) => tierLine(models, set));
  const told = BENCHMARK_SETS.map((set, at) => {
    const { slope, pearson, spearman } = lines[at];
    return `${set}: slope ${fixed(slope, 2)}, Pearson ${fixed(pearson, 2)}, Spearman ${fixed(spearman, 2)}`;
  });
  const options: ScatterOptions = {
    title: "OlymMATH against AIME24",
    subtitle: `${source}. ${told.join("; ")}`,
    x: { column: "aime", title: "Pass@1 on AIME24", unit: "%", range: [ends[0] - 5, ends[1] + 5] },
    y: { column: "score", title: "Pass@1 on OlymMATH", unit: "%", range: [0, 100] },
    ...{ series: "set", order: BENCHMARK_SETS, label: "model", labels: true, height: 480 },
  };
  const points = scatterFigure(rows, options);
  const fits = lines.map(({ slope, intercept }, at) => ({
    ...{ type: "scatter" as const, mode: "lines" as const, showlegend: false, hoverinfo: "skip" as const },
    x: ends,
    y: ends.map((end) => intercept + slope * end),
    line: { color: seriesColor(at), width: 1.6, dash: "dash" as const },
  }));
  const named = points.data.map((trace, at) => {
    const { x, y } = trace as { readonly x: readonly number[]; readonly y: readonly number[] };
    const above = x.map((score, i) => y[i] - lines[at].intercept - lines[at].slope * score);
    return { ...trace, textposition: nameSides(x, above) } as (typeof points.data)[number];
  });
  return { ...points, data: [...named, ...fits] };
}

/** Where names stand so that those of two neighbours do not meet: above the one that is higher over the line, below the other. */
function nameSides(x: readonly number[], above: readonly number[]): string[] {
  return x.map((score, i) => {
    const [nearest] = x
      .map((_, other) => other)
      .filter((other) => other !== i)
      .sort((a, b) => Math.abs(x[a] - score) - Math.abs(x[b] - score));
    return above[i] > above[nearest] ? "top center" : "bottom center";
  });
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
