/** One figure of each kind from made-up numbers: what the tests draw, and what to look at after a change of the theme. */
import { barFigure } from "./bar";
import { boxFigure } from "./box";
import type { Figure } from "./figure";
import { heatmapFigure } from "./heatmap";
import { histogramFigure } from "./histogram";
import { intervalFigure } from "./interval";
import { lineFigure } from "./line";
import { scatterFigure } from "./scatter";

/** Numbers between 0 and 1 that look random and are the same every time (golden-ratio sequence). */
function noise(count: number): number[] {
  return Array.from({ length: count }, (_, index) => ((index + 1) * 0.6180339887) % 1);
}

/** Rows for every combination of the given values. */
function grid<A, B, C, Row>(
  as: readonly A[],
  bs: readonly B[],
  cs: readonly C[],
  row: (a: A, b: B, c: C) => Row,
): Row[] {
  return as.flatMap((a) => bs.flatMap((b) => cs.map((c) => row(a, b, c))));
}

const models = ["T2ARec", "SASRec", "GRU4Rec"];
const seeds = [1, 2, 3];
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

const curve = (model: string, seed: number, step: number) =>
  0.07 -
  0.006 * models.indexOf(model) -
  0.05 * Math.exp(-step / 3) +
  0.003 * Math.sin(seed * 7 + step + models.indexOf(model));

/** The figures by name. */
export function gallery(): Record<string, Figure> {
  const training = grid(models, seeds, range(12), (model, seed, step) => ({
    model,
    seed,
    step: (step + 1) * 100,
    ndcg: curve(model, seed, step),
  }));
  const losses = grid(models, [1], range(200), (model, _, step) => ({
    model,
    step: step + 1,
    loss: 7 * Math.exp(-step / (20 + 15 * models.indexOf(model))) + 0.01,
  }));
  const ablation = grid(
    ["full", "w/o L_time", "w/o L_state", "w/o both"],
    models.slice(0, 2),
    seeds,
    (variant, model, seed) => ({
      variant,
      model,
      ndcg: curve(model, seed, 9) - 0.002 * variant.length * 0.2,
      paper: curve(model, 2, 9) + 0.002,
    }),
  );
  const users = noise(400).map((value, index) => ({
    group: index % 2 === 0 ? "early" : "late",
    length: 5 * 10 ** (2 * value ** (index % 2 === 0 ? 1 : 2)),
    gap: Math.sqrt(-2 * Math.log(value)) * (1 + (index % 2)),
    ndcg: 0.05 + 0.1 * value * (index % 7),
  }));
  const sweep = grid(range(9), range(50), [0], (variant, step) => ({
    variant: `variant ${variant + 1}, learning rate 0.00${variant + 1}`,
    seen: step * 1e5,
    norm: 1e-8 * (variant + 1) * 10 ** (step / 6),
  }));
  const claims = [
    {
      claim: "C1 gain grows with the test segment",
      difference: 0.0042,
      low: 0.0006,
      high: 0.0078,
      outcome: "supported",
    },
    {
      claim: "C3 losses help without test time",
      difference: 0.0011,
      low: -0.0013,
      high: 0.0035,
      outcome: "undecided",
    },
    {
      claim: "C4 the test-time step helps",
      difference: -0.0021,
      low: -0.0036,
      high: -0.0006,
      outcome: "refuted",
    },
  ];
  const heads = range(8);
  return {
    line: lineFigure(training, {
      title: "Validation NDCG@10 while training on MovieLens-100K",
      subtitle: "mean of 3 seeds; the band is one standard deviation",
      x: { column: "step", title: "training step" },
      y: { column: "ndcg", title: "NDCG@10" },
      series: "model",
      references: [{ value: 0.0248, label: "popularity" }],
    }),
    lineLog: lineFigure(losses, {
      title: "Training loss",
      x: { column: "step", title: "training step", scale: "log" },
      y: { column: "loss", title: "cross-entropy", unit: "nats", scale: "log" },
      series: "model",
    }),
    lineMany: lineFigure(sweep, {
      title:
        "Norm of the gradient for nine learning rates, with a title that takes more than one line of the figure",
      subtitle: "one run each",
      x: { column: "seen", title: "interactions seen" },
      y: { column: "norm", title: "norm of the gradient", scale: "log" },
      series: "variant",
    }),
    bar: barFigure(ablation, {
      title: "Ablation of the two losses",
      subtitle: "mean and standard deviation of 3 seeds",
      category: { column: "variant", title: "variant" },
      value: { column: "ndcg", title: "test NDCG@10" },
      series: "model",
      reference: { column: "paper", label: "paper" },
    }),
    barHorizontal: barFigure(ablation, {
      title: "Ablation of the two losses",
      category: { column: "variant", title: "variant" },
      value: { column: "ndcg", title: "test NDCG@10" },
      series: "model",
      horizontal: true,
    }),
    scatter: scatterFigure(users, {
      title: "Accuracy by length of history",
      x: { column: "length", title: "history", unit: "items", scale: "log" },
      y: { column: "ndcg", title: "NDCG@10" },
      series: "group",
    }),
    scatterLabels: scatterFigure(
      models.map((model, index) => ({ model, ours: 0.07 - index * 0.005, paper: 0.072 - index * 0.006 })),
      {
        title: "Ours against the paper's",
        x: { column: "paper", title: "paper, NDCG@10", format: ".3f" },
        y: { column: "ours", title: "ours, NDCG@10", format: ".3f" },
        label: "model",
        labels: true,
        diagonal: true,
      },
    ),
    histogram: histogramFigure(users, {
      title: "Gap between two interactions",
      value: { column: "gap", title: "gap", unit: "days" },
      count: { title: "users" },
    }),
    histogramLog: histogramFigure(users, {
      title: "Length of history, early and late users",
      value: { column: "length", title: "history", unit: "items", scale: "log" },
      count: { title: "share of users", format: ".0%" },
      measure: "share",
      series: "group",
      bins: 16,
    }),
    heatmap: heatmapFigure(
      grid(heads, heads, [0], (row, column) => ({
        row: `item ${row + 1}`,
        column: `item ${column + 1}`,
        weight: column > row ? null : Math.exp(-(row - column) / 2) / (1 + row),
      })),
      {
        title: "Attention of the first head",
        x: { column: "column", title: "attended position" },
        y: { column: "row", title: "position" },
        color: { column: "weight", title: "attention weight" },
        height: 460,
      },
    ),
    heatmapDiverging: heatmapFigure(
      grid(["0.001", "0.01", "0.1"], ["8", "16", "32", "64"], [0], (rate, width) => ({
        rate,
        width,
        gain: Math.sin(Number(width) / 9) * 0.01 - Number(rate) * 0.05,
      })),
      {
        title: "Gain over the default",
        x: { column: "width", title: "hidden width" },
        y: { column: "rate", title: "learning rate" },
        color: { column: "gain", title: "change of NDCG@10", format: ".3f" },
        midpoint: 0,
        cells: ".3f",
      },
    ),
    box: boxFigure(users, {
      title: "Accuracy of early and late users",
      category: { column: "group", title: "half of the test period" },
      value: { column: "ndcg", title: "NDCG@10" },
      series: "group",
    }),
    interval: intervalFigure(claims, {
      title: "The paper's claims against our runs",
      subtitle: "difference and 95% bootstrap interval over seeds and users",
      category: { column: "claim", title: "claim" },
      estimate: { column: "difference", title: "difference of NDCG@10" },
      interval: { lower: "low", upper: "high" },
      series: "outcome",
      baseline: 0,
    }),
  };
}
