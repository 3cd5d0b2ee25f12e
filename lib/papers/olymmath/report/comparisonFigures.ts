import { type Figure, scatterFigure } from "../../../figures";
import type { CheckMode } from "../../../math";
import { TIERS } from "../problems/problem";
import type { Comparison } from "./comparison";
import { benchmarkFigure } from "./figures";
import type { NamedFigure } from "./figuresOfReport";

/** The figures that a comparison has something to show in. */
export function comparisonFigures(of: Comparison, mode: CheckMode = "ref"): NamedFigure[] {
  const { benchmark, published, models } = of;
  const here = models.filter(({ name }) => benchmark?.models.some(({ model }) => model === `${name}, here`));
  const source = [
    `Published scores (${published?.source})`,
    ...(here.length === 0 ? [] : [`here, by ref: ${here.map(({ name }) => name).join(", ")}`]),
  ].join("; ");
  return [
    ...(of.languages[mode].byModel.length === 0
      ? []
      : [
          {
            name: "languages",
            caption: "English against Chinese, a point a model",
            figure: modelsFigure(of, mode),
          },
        ]),
    ...(benchmark === undefined
      ? []
      : [
          {
            name: "benchmark",
            caption: "OlymMATH against AIME24",
            figure: benchmarkFigure(benchmark.models, marked(of, source)),
          },
        ]),
  ];
}

/** Pass@1 of each model and tier in English against that in Chinese, with the line on which both are equal. */
export function modelsFigure(of: Comparison, mode: CheckMode = "ref"): Figure {
  const rows = of.languages[mode].byModel.map(({ model, tier, en, zh }) => ({ model, tier, en, zh }));
  const order = TIERS.filter((tier) => rows.some((row) => row.tier === tier));
  const share = (column: string, language: string) =>
    ({ column, title: `Pass@1 in ${language}`, format: ".0%", range: [-0.05, 1.08] }) as const;
  const { data, layout } = scatterFigure(rows, {
    title: "Models in two languages",
    subtitle: marked(of, `checked by ${mode}; on the line both languages do as well`),
    x: share("zh", "Chinese"),
    y: share("en", "English"),
    ...{ series: "tier", order, label: "model", labels: true, diagonal: true },
    ...{ width: 620, height: 660 },
  });
  const shapes = layout.shapes?.map((line) => ({ ...line, x0: 0, y0: 0, x1: 1, y1: 1 }));
  return { data, layout: { ...layout, shapes } };
}

/** With what the banners say in a word before it. */
function marked({ banners }: Comparison, text: string): string {
  return [...banners.map((banner) => banner.split(":")[0]), text].join("; ");
}
