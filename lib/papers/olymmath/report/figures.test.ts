import { describe, expect, it } from "vitest";
import type { Figure } from "../../../figures";
import { renderSvg } from "../../../figures/export";
import { PUBLISHED } from "../published";
import { SHAPES, shapeCounts } from "../synthetic/shapes";
import { type EvaluationReport, evaluationReport } from "./evaluationReport";
import { benchmarkFigure, curveFigure, languageFigure, lengthFigure, shapesFigure } from "./figures";
import { madeResults, replayResults } from "./testing";

interface Trace {
  readonly name?: string;
  readonly mode?: string;
  readonly fill?: string;
  readonly x: readonly (number | string)[];
  readonly y: readonly (number | string)[];
  readonly text?: readonly string[];
  readonly textposition?: readonly string[];
}
const traces = ({ data }: Figure) => data as unknown as Trace[];
const titleOf = ({ layout }: Figure) => (layout.title as { text: string }).text.replace(/<[^>]*>/g, " ");
let report: Promise<EvaluationReport> | undefined;
const reported = () => {
  report ??= replayResults().then((results) => evaluationReport(results, { resamples: 200, ks: [1, 2, 4] }));
  return report;
};

describe("curves", () => {
  it("have a line and a band for each set and measure, of the way of checking that is asked for", async () => {
    const report = await reported();
    const lines = (figure: Figure) => traces(figure).filter(({ fill }) => fill === undefined);
    const figure = curveFigure(report);
    expect(
      lines(figure).map(({ name, x, y }) => [name, x, y.map((value) => Number(value).toFixed(3))]),
    ).toEqual([
      ["EN-EASY, Pass@k", [1, 2, 4], ["0.500", "0.800", "1.000"]],
      ["EN-EASY, Cons@k", [1, 2, 4], ["0.500", "0.500", "0.800"]],
      ["ZH-EASY, Pass@k", [1, 2, 4], ["0.250", "0.467", "0.800"]],
      ["ZH-EASY, Cons@k", [1, 2, 4], ["0.250", "0.250", "0.400"]],
    ]);
    const bands = traces(figure).filter(({ fill }) => fill !== undefined);
    const { pass } = report.sets[0].ref.metrics;
    expect(bands).toHaveLength(4);
    expect(bands[0].y.slice(0, 3)).toEqual(pass.map(({ estimate }) => estimate.high));
    expect(bands[0].y.slice(3)).toEqual(pass.map(({ estimate }) => estimate.low).reverse());
    expect(lines(curveFigure(report, "want"))[0].y[0]).toBe(0.55);
    expect(figure.layout.xaxis).toMatchObject({ tickvals: [1, 2, 4], ticktext: ["1", "2", "4"] });
  });
  it("say whose numbers they are, and what they are not", async () => {
    expect(titleOf(curveFigure(await reported())).replace(/\s+/g, " ")).toContain(
      "SYNTHETIC; REPLAY; written-by-hand, 2026-01-05; checked by ref",
    );
    const real = evaluationReport(madeResults([["1"]]), { resamples: 20 });
    expect(titleOf(curveFigure(real))).not.toMatch(/SYNTHETIC|REPLAY|MOCK/);
  });
});

describe("languages", () => {
  it("each problem by both shares, problems at one place together", async () => {
    const report = await reported();
    const points = ({ x, y, text }: Trace) => x.map((chinese, i) => [y[i], chinese, text![i]]);
    // EN 3 2 1 2 2 against ZH 1 2 0 1 1
    expect(points(traces(languageFigure(report, "EASY"))[0])).toEqual([
      [3 / 4, 1 / 4, ""],
      [2 / 4, 2 / 4, ""],
      [1 / 4, 0, ""],
      [2 / 4, 1 / 4, "2"],
    ]);
    expect(points(traces(languageFigure(report, "EASY", "want"))[0])[1]).toEqual([2 / 4, 1, ""]);
    expect(languageFigure(report, "EASY").layout.shapes).toMatchObject([{ x0: 0, y0: 0, x1: 1, y1: 1 }]);
    expect(() => languageFigure(report, "HARD")).toThrow("no samples of HARD in both languages");
  });
});

describe("lengths", () => {
  it("shares of right and wrong samples by tokens", async () => {
    const { sets } = await replayResults();
    const figure = lengthFigure(await reported(), sets[0].want);
    expect(titleOf(figure)).toContain("EN-EASY, checked by want");
    expect(traces(figure).map(({ name }) => name)).toEqual(["right", "wrong"]);
    const [right, wrong] = traces(figure).map(({ y }) => y.map(Number));
    const last = (heights: number[]) => heights[heights.length - 2]; // the bin that ends at 100 tokens
    expect([last(right), last(wrong)]).toEqual([0, expect.closeTo(1 / 9, 12)]);
    expect(right.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });
});

describe("the benchmark beside AIME24", () => {
  it("has a point a model, and the least-squares line through the mean", () => {
    const models = [
      { AIME24: 10, "EN-EASY": 20, "EN-HARD": 1 },
      { AIME24: 20, "EN-EASY": 20, "EN-HARD": 4 },
      { AIME24: 30, "EN-EASY": 50, "EN-HARD": 7 },
    ].map((scores, at) => ({ model: `m${at}`, "ZH-EASY": 0, "ZH-HARD": 0, ...scores }));
    const [easy, hard, easyLine, hardLine] = traces(benchmarkFigure(models));
    expect([easy.name, easy.x, easy.y]).toEqual(["EN-EASY", [10, 20, 30], [20, 20, 50]]);
    expect(hard.text).toEqual(["m0", "m1", "m2"]);
    // slope 1.5 through (20, 30), and 0.3 through (20, 4)
    expect([easyLine.x, easyLine.y.map(Number)]).toEqual([
      [10, 30],
      [expect.closeTo(15, 10), expect.closeTo(45, 10)],
    ]);
    expect(hardLine.y.map(Number)).toEqual([expect.closeTo(1, 10), expect.closeTo(7, 10)]);
  });
  it("has only the points that there are, and both correlations of each line", () => {
    const models = [
      { model: "a", AIME24: 10, "EN-EASY": 30, "EN-HARD": 1 },
      { model: "b", AIME24: 20, "EN-EASY": 20 },
      { model: "c", AIME24: 30, "EN-EASY": 25, "EN-HARD": 2 },
      { model: "d", AIME24: 40, "EN-HARD": 9 },
    ];
    const figure = benchmarkFigure(models, "Ours");
    const [easy, hard] = traces(figure);
    expect([easy.text, hard.x]).toEqual([
      ["a", "b", "c"],
      [10, 30, 40],
    ]);
    // Ranks 3 1 2 and 1 2 3 over 1 2 3; EN-EASY: Σ(x-x̄)(y-ȳ) -50, Σ(x-x̄)² 200, Σ(y-ȳ)² 50
    expect(titleOf(figure).replace(/\s+/g, " ")).toMatch(
      /Ours\. EN-EASY: slope -0\.25, Pearson -0\.50, Spearman -0\.50; EN-HARD: slope .*, Spearman 1\.00 $/,
    );
    expect(() => benchmarkFigure(models.slice(0, 3))).toThrow("three models or more; got 2 and 2");
  });
  it("shows the published models, and where they are from", () => {
    const figure = benchmarkFigure();
    expect(traces(figure)[0].text).toEqual(PUBLISHED.map(({ model }) => model));
    // QwQ-32B and DeepSeek-R1 are neighbours, and DeepSeek-R1 is higher over the line
    expect(traces(figure)[0].textposition!.slice(1, 3)).toEqual(["bottom center", "top center"]);
    const title = titleOf(figure).replace(/\s+/g, " ");
    expect(title).toContain("arXiv 2503.21380v1");
    expect(title).toMatch(
      /EN-EASY: slope 1\.56, Pearson 0\.99, Spearman 1\.00; EN-HARD: .* Spearman 1\.00 $/,
    );
  });
});

describe("shapes of the answers", () => {
  it("are those of the official files, or of the answers that are given", () => {
    const [easy, hard] = traces(shapesFigure());
    expect([easy.name, easy.y]).toEqual(["EASY", SHAPES]);
    expect([easy.x[0], hard.x[0]]).toEqual([2, 8]); // intervals
    expect([easy.x[8], hard.x[8]]).toEqual([50, 47]); // integers
    const [own] = traces(shapesFigure({ ours: shapeCounts(["[1,2]", "3", "4", "\\frac{1}{2}"]) }));
    expect([own.name, own.x]).toEqual(["ours", [1, 0, 0, 0, 0, 0, 0, 1, 2]]);
  });
});

it("those with lines and names of their own can be drawn", async () => {
  for (const figure of [languageFigure(await reported(), "EASY"), benchmarkFigure()])
    expect(renderSvg(figure)).toContain("<svg");
});
