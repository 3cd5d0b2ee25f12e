import { csvCell } from "../../../experiment/runExport";
import type { CheckMode } from "../../../math";
import type { Estimate } from "../metrics/bootstrap";
import type { Comparison } from "./comparison";
import { comparisonFigures } from "./comparisonFigures";
import { comparisonTables } from "./comparisonTables";
import { literal, markdownOf } from "./markdown";
import { reportJson, writeTexts } from "./writeReport";
import { figureSection, writeFigures } from "./writeReportFigures";

/**
 * Writes comparison.md, comparison.json and comparison.csv into a folder, which is made where there is none; each file is replaced as a whole.
 * @param drawn  by which way of checking figures are drawn into `figures/`; none unless told
 * @returns the paths
 */
export async function writeComparison(folder: string, of: Comparison, drawn?: CheckMode): Promise<string[]> {
  const figures = drawn === undefined ? [] : comparisonFigures(of, drawn);
  const files = await writeFigures(folder, figures);
  const texts = writeTexts(folder, {
    "comparison.json": reportJson(of),
    "comparison.csv": comparisonCsv(of),
    "comparison.md": comparisonMarkdown(of) + figureSection(figures),
  });
  return [...texts, ...files];
}

/** The comparison for readers: what it is of, then its tables. Banners stand first. */
export function comparisonMarkdown(of: Comparison): string {
  const { banners, models, files, checker, intervals } = of;
  const hashes = Object.entries(files).map(([set, sha256]) => `${set} ${literal(sha256.slice(0, 8))}`);
  const lines = [
    `Models: ${models.map(({ name }) => literal(name)).join(", ")}`,
    `Files, by their SHA-256: ${hashes.join(", ")}`,
    `Checker: version ${literal(checker)}; ref gives the verdicts of the benchmark's own checker, want is stricter where that errs and kinder where it cannot read`,
    `Intervals: ${100 * intervals.level}%, problems and their samples drawn anew ${intervals.resamples} times`,
  ];
  const opening = [`# OlymMATH: ${models.length} models`, lines.map((line) => `- ${line}.`).join("\n")];
  return markdownOf(banners, opening, comparisonTables(of));
}

/** RFC 4180. */
const LINE_BREAK = "\r\n";

interface Line {
  readonly model: string;
  readonly set: string;
  readonly field?: string;
  readonly mode?: string;
  readonly measure: string;
  readonly k?: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly problems?: number;
  readonly models?: number;
  readonly source?: string;
}

/** A line for each number, with all that it needs where it is read alone. Scores lie in [0, 1], published ones and slopes over AIME24 excepted: those are in percent. */
export function comparisonCsv(of: Comparison): string {
  const lines = [...scoreLines(of), ...languageLines(of), ...publishedLines(of)];
  const settings = new Map(of.models.map(({ name, settingsId }) => [name, settingsId]));
  const columns = [
    ...["model", "set", "field", "mode", "measure", "k", "value", "low", "high", "problems", "models"],
    ...["source", "file SHA-256", "settings", "checker", "banner"],
  ];
  const cells = lines.map((line): Readonly<Record<string, unknown>> => {
    const [value, low, high] = [line.value, line.low, line.high].map((one) =>
      Number.isFinite(one) ? one : undefined,
    );
    const measured = line.source === undefined;
    return {
      ...{ ...line, value, low, high, settings: settings.get(line.model) },
      "file SHA-256": measured ? of.files[line.set as keyof typeof of.files] : undefined,
      checker: measured ? of.checker : undefined,
      banner: measured ? of.banners.join(" ") : undefined,
    };
  });
  const text = [columns, ...cells.map((row) => columns.map((column) => row[column]))];
  return text.map((row) => row.map(csvCell).join(",") + LINE_BREAK).join("");
}

function estimated({ value, low, high }: Estimate): Pick<Line, "value" | "low" | "high"> {
  return { value, low, high };
}

function scoreLines({ scores }: Comparison): Line[] {
  return scores.flatMap(
    ({ set, model, mode, problems, sampled, accuracy, k, pass, consensus, gap, own, lengths }) => {
      const common = { model, set, field: "all", mode, problems };
      const all = { ...common, problems: sampled };
      return [
        { ...common, measure: "pass@1", ...estimated(accuracy) },
        { ...common, measure: "pass@k", k, ...estimated(pass) },
        { ...common, measure: "cons@k", k, ...estimated(consensus) },
        { ...common, measure: "pass@k - cons@k", k, value: gap },
        { ...all, measure: "pass@n", k: own.pass.k, ...estimated(own.pass.estimate) },
        { ...all, measure: "cons@n", k: own.consensus.k, ...estimated(own.consensus.estimate) },
        { ...all, measure: "tokens of right", value: lengths.correct.tokens },
        { ...all, measure: "tokens of wrong", value: lengths.incorrect.tokens },
      ];
    },
  );
}

function languageLines({ languages }: Comparison): Line[] {
  return (["ref", "want"] as const).flatMap((mode) => {
    const { byModel, pooled } = languages[mode];
    return [...byModel, ...pooled.map((row) => ({ model: `mean of ${row.models}`, ...row }))].flatMap(
      ({ model, tier, field, problems, difference, test, adjustedPValue, models: count }) => {
        const common = { model, set: `EN-${tier} - ZH-${tier}`, field, mode, problems, models: count };
        return [
          { ...common, measure: "pass@1", ...estimated(difference) },
          { ...common, measure: "Wilcoxon p", value: test.pValue },
          { ...common, measure: "Holm p", value: adjustedPValue },
        ];
      },
    );
  });
}

function publishedLines({ benchmark, published }: Comparison): Line[] {
  const source = published?.source;
  const ours = (benchmark?.models.length ?? 0) - (published?.models.length ?? 0);
  const behind = ours === 0 ? source : `${source}; and ${ours} compared here`;
  const lines = (benchmark?.lines ?? []).flatMap(({ set, models, slope, intercept, pearson, spearman }) =>
    Object.entries({ slope, intercept, Pearson: pearson, Spearman: spearman }).map(([measure, value]) => ({
      ...{ model: `line over ${models}`, set, models, source: behind, value },
      measure: `AIME24, ${measure}`,
    })),
  );
  const scores = (published?.models ?? []).flatMap(({ model, ...of }) =>
    Object.entries(of).map(([set, value]) => ({ model, set, measure: "pass@1, percent", value, source })),
  );
  return [...lines, ...scores];
}
