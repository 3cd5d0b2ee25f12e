import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromCSV } from "arquero";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import { reportCsv } from "./csv";
import { type EvaluationReport, evaluationReport } from "./evaluationReport";
import { reportMarkdown, reportTables } from "./markdown";
import { measureRows } from "./measures";
import { madeResults, replayResults, tableUnder } from "./testing";
import { readReport, reportJson, writeReport } from "./writeReport";

const PRICES = { input: 1, cachedInput: 0.1, output: 4 };
let made: Promise<EvaluationReport> | undefined;
/** The checker's version changes with every change of the checker, and says nothing here. */
function replayReport(): Promise<EvaluationReport> {
  const options = { resamples: 500, ks: [1, 2, 4], prices: PRICES };
  made ??= replayResults().then((results) => ({
    ...evaluationReport(results, options),
    checker: "0".repeat(12),
  }));
  return made;
}

/** Rows by another reader; an empty field is null. */
const parsed = (csv: string) =>
  fromCSV(csv, { autoType: false }).objects() as Readonly<Record<string, string | null>>[];

describe("CSV", () => {
  it("parses back: a row for each set, field, way and measure, with its value and interval", async () => {
    const report = await replayReport();
    const rows = parsed(reportCsv(report));
    const measures = measureRows(report);
    expect(rows).toHaveLength(measures.length);
    measures.forEach((measure, at) => {
      for (const column of ["set", "field", "mode", "measure"] as const)
        expect(rows[at][column]).toBe(measure[column]);
      for (const column of ["k", "value", "low", "high", "problems"] as const)
        expect(rows[at][column] === null ? Number.NaN : Number(rows[at][column])).toBe(
          measure[column] ?? Number.NaN,
        );
    });
    const names = rows.map(({ set, field, mode, measure, k }) => [set, field, mode, measure, k].join());
    expect(new Set(names).size).toBe(names.length);
    const found = rows.find(
      ({ set, field, mode, measure }) =>
        set === "ZH-EASY" && field === "all" && mode === "want" && measure === "pass@1",
    )!;
    expect(found).toMatchObject({ value: "0.55", problems: "5", "least samples": "4", "most samples": "4" });
    expect(found).toMatchObject({ model: "written-by-hand", "file SHA-256": report.sets[1].sha256 });
    expect(found["banner"]).toBe(report.banners.join(" "));
  });

  it("has the comparison of languages as rows of both sets", async () => {
    const rows = parsed(reportCsv(await replayReport()));
    const of = (measure: string) =>
      rows.find(
        (row) =>
          row["set"] === "EN-EASY - ZH-EASY" &&
          row["field"] === "all" &&
          row["mode"] === "ref" &&
          row["measure"] === measure,
      )!["value"];
    expect([of("pass@1"), of("Wilcoxon p"), of("Holm p")].map(Number)).toEqual([0.25, 0.125, 0.625]);
  });

  it("is by RFC 4180: lines end with CR LF, what holds a comma or a quote is quoted, all have the same fields", async () => {
    const results = { ...madeResults([["1"]]), model: 'a "quoted", one' };
    const csv = reportCsv(evaluationReport(results, { resamples: 20 }));
    expect(csv.endsWith("\r\n")).toBe(true);
    expect(csv.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(csv).toContain('"a ""quoted"", one",EN-HARD,all,ref,pass@1,');
    const rows = parsed(csv);
    expect(rows.every((row) => row["model"] === results.model)).toBe(true);
  });

  it("has published scores in their own columns beside Pass@1 by ref, and empty fields for what is no number", () => {
    const rows = parsed(reportCsv(evaluationReport(madeResults([["1"]]), { resamples: 20 })));
    const filled = rows.filter((row) => row["published QwQ-32B"] !== null);
    expect(filled.map(({ field, mode, measure }) => [field, mode, measure])).toEqual([
      ["all", "ref", "pass@1"],
    ]);
    expect(filled[0]).toMatchObject({ "published QwQ-32B": "0.185", "published DeepSeek-R1": "0.212" });
    expect(filled[0]["published in"]).toContain("arXiv 2503.21380v1");
    const wrong = rows.find(({ measure }) => measure === "tokens of wrong")!;
    expect(wrong["value"]).toBeNull(); // none is wrong
  });
});

describe("JSON", () => {
  it("reads back as the report, and is the same text for the same results", async () => {
    const report = await replayReport();
    const withNaN = (_: string, value: unknown) => (value === null ? Number.NaN : value);
    expect(JSON.parse(reportJson(report), withNaN)).toEqual(report);
    const results = await replayResults();
    const turned = { ...results, sets: [...results.sets].reverse() };
    const text = (of: typeof results) => reportJson(evaluationReport(of, { resamples: 20 }));
    expect(text(turned)).toBe(text(results));
    expect(Object.keys(report).slice(0, 2)).toEqual(["banners", "model"]);
  });
  it("has null for what is not a number", () => {
    const text = reportJson(evaluationReport(madeResults([["1"]]), { resamples: 20 }));
    expect(JSON.parse(text).sets[0].ref.metrics.tokens).toEqual({ all: 10, correct: 10, incorrect: null });
  });
});

describe("Markdown", () => {
  it("is this, of the replies written by hand", async () => {
    await expect(reportMarkdown(await replayReport())).toMatchFileSnapshot("replay/report.snap");
  });

  it("begins with the banners, then says what it is of", async () => {
    const lines = reportMarkdown(await replayReport()).split("\n");
    expect(lines[0]).toMatch(/^> \*\*SYNTHETIC: /);
    expect(lines[2]).toMatch(/^> \*\*REPLAY: /);
    expect(lines[4]).toBe("# OlymMATH: `written-by-hand`");
    const plain = reportMarkdown(evaluationReport(madeResults([["1"]]), { resamples: 20 }));
    expect(plain.startsWith("# OlymMATH: `able`\n\n- Model: `able`, through: endpoint.")).toBe(true);
    for (const part of ["1970-01-01T00:00:00.000Z", "EN-HARD `aaaaaaaa`", "top-p 0.95", "20 times"])
      expect(plain).toContain(part);
  });

  it("has no empty table, and every row has the header's cells", async () => {
    const one = evaluationReport(madeResults([["1"]]), { resamples: 20 });
    for (const report of [await replayReport(), one]) {
      const markdown = reportMarkdown(report);
      for (const { title, rows, empty } of reportTables(report)) {
        if (rows.length === 0) {
          expect(markdown).toContain(`## ${title}\n\n${empty}\n`);
          continue;
        }
        const [header, ...body] = tableUnder(markdown, title);
        expect(body).toHaveLength(rows.length);
        expect(body.every((cells) => cells.length === header.length)).toBe(true);
      }
    }
    expect(reportMarkdown(one)).toContain("Both ways of checking give every sample the same verdict.");
  });

  it("answers cannot break a table or set markup: pipes, backticks, line breaks, length", () => {
    const answers = ["\\left|x\\right|", "\\text{no`b``c}", `\\text{no\n2 <b> ${"9".repeat(100)}}`];
    const markdown = reportMarkdown(
      evaluationReport(madeResults(answers.map((answer) => [answer, answer])), { resamples: 20 }),
    );
    const [, ...rows] = tableUnder(markdown, "Golds worth a look");
    expect(rows.map((cells) => cells[2])).toEqual([
      "\\left\\|x\\right\\|",
      "\\text{no`b``c}",
      `\\text{no 2 <b> ${"9".repeat(65)}…`,
    ]);
  });
});

describe("writeReport", () => {
  it("writes all three, over older ones, and leaves nothing else", async () => {
    const report = await replayReport();
    await withTemporaryFolder(async (root) => {
      const folder = join(root, "deep", "folder");
      const files = writeReport(folder, report);
      expect(files.map((file) => existsSync(file))).toEqual([true, true, true]);
      writeFileSync(join(folder, "report.csv"), "old");
      writeReport(folder, report);
      expect(readdirSync(folder).sort()).toEqual(["report.csv", "report.json", "report.md"]);
      const read = (name: string) => readFileSync(join(folder, name), "utf8");
      expect([read("report.json"), read("report.csv"), read("report.md")]).toEqual([
        reportJson(report),
        reportCsv(report),
        reportMarkdown(report),
      ]);
    });
  });
});

it("a written report is read as it was", async () => {
  const report = await replayReport();
  await withTemporaryFolder(async (folder) => {
    writeReport(folder, report);
    expect(readReport(folder)).toEqual(report);
    expect(reportMarkdown(readReport(folder))).toBe(reportMarkdown(report));
  });
});
