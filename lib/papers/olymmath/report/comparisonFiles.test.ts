import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromCSV } from "arquero";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import type { Figure } from "../../../figures";
import { comparisonFigures, modelsFigure } from "./comparisonFigures";
import { comparisonCsv, comparisonMarkdown, writeComparison } from "./comparisonFiles";
import { comparisonTables } from "./comparisonTables";
import { three } from "./comparisonTesting";
import { tableUnder } from "./testing";

const parsed = (csv: string) =>
  fromCSV(csv, { autoType: false }).objects() as Readonly<Record<string, string | null>>[];
const titleOf = ({ layout }: Figure) =>
  (layout.title as { text: string }).text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");

describe("CSV", () => {
  it("has every number in a line of its own, with model, set, file and checker", () => {
    const of = three({ aime24: new Map([["weak", 90]]) });
    const rows = parsed(comparisonCsv(of));
    const names = rows.map((row) =>
      ["model", "set", "field", "mode", "measure", "k"].map((one) => row[one]).join(),
    );
    expect(new Set(names).size).toBe(names.length);
    const found = (model: string, set: string, measure: string, mode: string | null = "ref") =>
      rows.find(
        (row) =>
          row["model"] === model &&
          row["set"] === set &&
          row["measure"] === measure &&
          row["mode"] === mode &&
          (row["field"] === "all" || mode === null),
      )!;
    expect(found("middle", "EN-EASY", "pass@1")).toMatchObject({
      ...{ value: "0.5", problems: "5", "file SHA-256": "a".repeat(64), checker: of.checker },
      settings: of.models[1].settingsId,
    });
    expect(found("mean of 3", "EN-EASY - ZH-EASY", "Holm p")).toMatchObject({ value: "0.25", models: "3" });
    expect(found("weak", "EN-EASY - ZH-EASY", "Wilcoxon p")["value"]).toBe("0.5");
    expect(found("line over 5", "EN-EASY", "AIME24, Spearman", null)["source"]).toContain(
      "; and 1 compared here",
    );
    expect(found("QwQ-32B", "ZH-HARD", "pass@1, percent", null)).toMatchObject({
      value: "12.1",
      checker: null,
    });
  });
  it("has the banners beside what was measured", () => {
    const of = three({}, { synthetic: true });
    const rows = parsed(comparisonCsv(of));
    expect(rows.every((row) => row["banner"] === of.banners.join(" "))).toBe(true);
    expect(of.banners[0]).toMatch(/^SYNTHETIC: /);
  });
});

describe("Markdown", () => {
  it("begins with the banners, and has all tables, every row with the header's cells", () => {
    const of = three({}, { synthetic: true });
    const markdown = comparisonMarkdown(of);
    expect(markdown).toMatch(
      /^> \*\*SYNTHETIC: .*\n\n# OlymMATH: 3 models\n\n- Models: `weak`, `middle`, `strong`\./,
    );
    for (const { title, rows } of comparisonTables(of)) {
      const [header, ...body] = tableUnder(markdown, title);
      expect(body).toHaveLength(rows.length);
      expect(body.every((cells) => cells.length === header.length)).toBe(true);
    }
    expect(tableUnder(comparisonMarkdown(three()), "Against AIME24")[0].slice(-2)).toEqual([
      "Pearson",
      "Spearman",
    ]);
  });
});

describe("figures", () => {
  it("the models in two languages, by tier, with the line on which both are equal", () => {
    const { data, layout } = modelsFigure(three());
    const [easy] = data as unknown as { name: string; x: number[]; y: number[]; text: string[] }[];
    expect([easy.name, easy.text, easy.x, easy.y]).toEqual([
      "EASY",
      ["weak", "middle", "strong"],
      [2 / 20, 5 / 20, 13 / 20],
      [4 / 20, 10 / 20, 16 / 20],
    ]);
    expect(layout.shapes).toMatchObject([{ x0: 0, y0: 0, x1: 1, y1: 1 }]);
  });
  it("the benchmark has a point for each model whose score there is told, of the tiers that it has", () => {
    const [, { name, figure }] = comparisonFigures(three({ aime24: new Map([["weak", 90]]) }));
    const [easy, hard] = figure.data as unknown as { x: number[]; y: number[]; text: string[] }[];
    expect([name, easy.text[4], easy.x[4], easy.y[4]]).toEqual(["benchmark", "weak, here", 90, 20]);
    expect(hard.text).toHaveLength(4);
    expect(titleOf(figure)).toMatch(
      /here, by ref: weak\. EN-EASY: slope -?[\d.]+, Pearson -?[\d.]+, Spearman 0\.00; EN-HARD/,
    );
  });
  it("of made-up problems there is none beside AIME24, and the title says what they are", () => {
    const figures = comparisonFigures(three({}, { synthetic: true }));
    expect(figures.map(({ name }) => name)).toEqual(["languages"]);
    expect(titleOf(figures[0].figure)).toContain("SYNTHETIC; checked by ref");
  });
});

it("writes all three files, over older ones, and leaves nothing else; numbers that are none are null", async () => {
  await withTemporaryFolder(async (folder) => {
    const of = three();
    await writeComparison(folder, three({}, { synthetic: true }));
    const files = await writeComparison(folder, of);
    expect(files.map((file) => file.slice(folder.length + 1)).sort()).toEqual(readdirSync(folder).sort());
    expect(readdirSync(folder)).toHaveLength(3);
    const text = readFileSync(join(folder, "comparison.json"), "utf8");
    const back = JSON.parse(text, (_, value: unknown) => (value === null ? Number.NaN : value));
    expect(back).toEqual(of);
    expect(readFileSync(join(folder, "comparison.md"), "utf8")).toBe(comparisonMarkdown(of));
  });
});
