import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import { evaluationReport } from "./evaluationReport";
import { reportFigures } from "./figuresOfReport";
import { reportMarkdown } from "./markdown";
import { madeResults, replayResults } from "./testing";
import { writeReport } from "./writeReport";
import { writeFigures } from "./writeReportFigures";

const QUICK = { resamples: 20, ks: [1, 2, 4] };

describe("the figures of a report", () => {
  it("of both languages: curves, the languages of the tier, lengths of each set", async () => {
    const results = await replayResults();
    const figures = reportFigures(evaluationReport(results, QUICK), results, "want");
    expect(figures.map(({ name }) => name)).toEqual([
      "curves",
      "languages-EASY",
      "lengths-EN-EASY",
      "lengths-ZH-EASY",
    ]);
    const titles = figures.map(({ figure }) => JSON.stringify(figure.layout.title));
    expect(titles.every((title) => title.includes("checked by want") && title.includes("REPLAY"))).toBe(true);
  });
  it("of one language, or of sets without samples, only what there is", () => {
    const [hard, easy] = [madeResults([["1", "2"]]), madeResults([[]], { name: "EN-EASY" })];
    const results = { ...hard, sets: [...easy.sets, ...hard.sets] };
    const figures = reportFigures(evaluationReport(results, QUICK), results);
    expect(figures.map(({ name }) => name)).toEqual(["curves", "lengths-EN-HARD"]);
  });
});

it("are shown by the report where they were drawn", async () => {
  const results = madeResults([["1", "2"]]);
  const report = evaluationReport(results, QUICK);
  const [, lengths] = reportFigures(report, results);
  await withTemporaryFolder(async (folder) => {
    const text = () => readFileSync(join(folder, "report.md"), "utf8");
    writeReport(folder, report, [lengths]);
    expect(text()).toBe(
      `${reportMarkdown(report)}\n## Figures\n\n![Lengths of right and wrong samples, EN-HARD](figures/lengths-EN-HARD.svg)\n`,
    );
    writeReport(folder, report);
    expect(text()).toBe(reportMarkdown(report));
    expect(await writeFigures(join(folder, "none"), [])).toEqual([]);
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});
