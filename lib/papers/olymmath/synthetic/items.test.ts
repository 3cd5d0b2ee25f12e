import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkAnswer } from "../../../math";
import { FIELD_COUNTS } from "../problems/officialFiles";
import { FIELDS } from "../problems/problem";
import { readProblemFile } from "../problems/problemFile";
import { FAMILIES } from "./families";
import { SPLIT_SEEDS, type Split, splitOfText, synthItem } from "./items";
import { synthLines, synthRows, synthSet } from "./problemSets";
import { OFFICIAL_SHAPES, SHAPES, shapeCounts, shapeOf } from "./shapes";

const SPLITS = Object.keys(SPLIT_SEEDS) as Split[];
const TIERS = ["EASY", "HARD"] as const;

describe("synthItem", () => {
  it("is the same for the same options, and another for another index, tier or family", () => {
    const options = { split: "test", tier: "EASY", index: 7 } as const;
    expect(synthItem(options)).toEqual(synthItem(options));
    const texts = [
      synthItem({ ...options, family: "box-sphere" }),
      synthItem({ ...options, family: "box-sphere", index: 8 }),
      synthItem({ ...options, family: "box-sphere", tier: "HARD" }),
      synthItem({ ...options, family: "polygon-angle" }),
    ].map(({ text }) => text.EN);
    expect(new Set(texts).size).toBe(4);
  });

  it("keeps a problem that is published", () => {
    const { text, answer, seed } = synthItem({
      split: "training",
      tier: "EASY",
      index: 5,
      family: "power-remainder",
    });
    expect([text.EN, answer, seed]).toEqual([
      "Find the remainder when $8^{297}$ is divided by $11$.",
      "2",
      5,
    ]);
  });

  it("has traps that are wrong, each value once", () => {
    for (const { name } of FAMILIES)
      for (const tier of TIERS)
        for (let index = 0; index < 8; index++) {
          const { answer, traps } = synthItem({ split: "training", tier, index, family: name });
          expect(traps.length).toBeGreaterThan(0);
          expect(new Set(traps.map(({ value }) => value)).size).toBe(traps.length);
          for (const { value } of traps)
            for (const mode of ["want", "ref"] as const)
              expect([answer, value, checkAnswer(answer, value, { mode }).equal]).toEqual([
                answer,
                value,
                false,
              ]);
        }
  });

  it("refuses what is not there", () => {
    const options = { split: "test", tier: "EASY", index: 0 } as const;
    for (const index of [-1, 0.5, 100_000_000])
      expect(() => synthItem({ ...options, index })).toThrow(
        `The index must be a whole number from 0 to 99999999 in test, not ${index}.`,
      );
    expect(() => synthItem({ ...options, family: "riddle" })).toThrow(
      'There is no family "riddle". Families: power-remainder, divisor-count,',
    );
  });
});

describe("splits", () => {
  it("have no seed in common", () => {
    const ranges = SPLITS.map((split) => SPLIT_SEEDS[split]).sort((a, b) => a.first - b.first);
    for (let i = 1; i < ranges.length; i++)
      expect(ranges[i].first).toBeGreaterThanOrEqual(ranges[i - 1].first + ranges[i - 1].count);
  });

  it("have no text in common, whatever the tier", () => {
    const seen = new Map<string, Split>();
    for (const split of SPLITS)
      for (const tier of TIERS)
        for (const { text } of synthSet({ split, tier, count: 300 })) {
          expect(splitOfText(text.EN)).toBe(split);
          expect(seen.get(text.EN) ?? split).toBe(split);
          seen.set(text.EN, split);
        }
    expect(seen.size).toBeGreaterThan(1750);
  });

  it("share all problems as 8 to 1 to 1", () => {
    const counts = { training: 0, validation: 0, test: 0 };
    for (let i = 0; i < 10_000; i++) counts[splitOfText(`Find $${i}+1$.`)]++;
    // four standard deviations of a binomial share
    expect(Math.abs(counts.test - 1000)).toBeLessThan(120);
    expect(Math.abs(counts.validation - 1000)).toBeLessThan(120);
  });
});

describe("synthSet", () => {
  it("says nothing twice, though small families repeat themselves", () => {
    const families = ["spaced-seats"];
    const texts = (count: number) =>
      synthSet({ split: "test", tier: "EASY", count, families }).map(({ text }) => text.EN);
    expect(new Set(texts(40)).size).toBe(40);
    const indices = Array.from({ length: 40 }, (_, index) => index);
    const drawn = indices.map((index) =>
      synthItem({ split: "test", tier: "EASY", index, family: families[0] }),
    );
    expect(new Set(drawn.map(({ text }) => text.EN)).size).toBeLessThan(40);
    expect(texts(20)).toEqual(texts(40).slice(0, 20));
  });

  it("gives up where there is no more, and refuses what is no set", () => {
    const options = { split: "test", tier: "EASY", count: 100_000, families: ["even-words"] } as const;
    expect(() => synthSet(options)).toThrow(
      /^\d+ problems were found and then 1000 repetitions: ask for fewer than 100000, or for more families\.$/,
    );
    expect(() => synthSet({ ...options, count: 0 })).toThrow(
      "The count must be a positive whole number, not 0.",
    );
    expect(() => synthSet({ ...options, families: [] })).toThrow("The list of families is empty.");
  });

  it("takes families in turn where they are named, and fields by their official shares elsewhere", () => {
    const families = ["box-sphere", "even-words", "triangle-angle"];
    const items = synthSet({ split: "validation", tier: "HARD", count: 6, families });
    expect(items.map(({ family }) => family)).toEqual([...families, ...families]);
    for (const tier of TIERS) {
      const drawn = synthSet({ split: "training", tier, count: 1000 });
      for (const field of FIELDS) {
        const share = drawn.filter((item) => item.field === field).length / 1000;
        expect(Math.abs(share - FIELD_COUNTS[tier][field] / 100)).toBeLessThan(0.055);
      }
    }
  });

  it("makes files that are read as the official ones are", async () => {
    const items = synthSet({ split: "test", tier: "HARD", count: 20 });
    const folder = await mkdtemp(join(tmpdir(), "synthetic-"));
    try {
      for (const language of ["EN", "ZH"] as const) {
        const file = join(folder, `SYNTH-${language}-HARD.jsonl`);
        await writeFile(file, synthLines(items, language));
        const { problems, synthetic, name } = await readProblemFile(file);
        expect([synthetic, name]).toEqual([true, `${language}-HARD`]);
        expect(problems.map(({ text, answer, field, trap }) => ({ text, answer, field, trap }))).toEqual(
          items.map(({ text, answer, field, traps }) => ({
            ...{ text: text[language], answer, field },
            trap: traps[0].value,
          })),
        );
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(synthRows(items, "ZH")[3].unique_id).toBe("SYNTH-HARD-3-ZH");
  });
});

describe("shapes", () => {
  it.each([
    ["-7", "integer"],
    ["\\frac{3}{4}", "fraction"],
    ["\\frac{3\\sqrt{2}}{4}", "radical"],
    ["\\frac{3^{2023}+3}{4}", "power"],
    ["\\frac{4\\sqrt{2}\\pi}{3}", "pi"],
    ["\\pi-\\arccos\\frac{1}{8}", "inverse trigonometric"],
    ["126^{\\circ}", "degrees"],
    ["\\left[2\\sqrt{3},+\\infty\\right)", "interval"],
    ["0.84", "decimal"],
  ])("%s is of the shape %s", (answer, shape) => {
    expect(shapeOf(answer)).toBe(shape);
  });

  it("refuses words", () => {
    expect(() => shapeOf("\\text{no solution}")).toThrow(/^The answer \\text\{no solution\} has no shape: /);
  });

  it("of generated answers lie near the official ones", () => {
    for (const tier of TIERS) {
      const counts = shapeCounts(
        synthSet({ split: "training", tier, count: 500 }).map(({ answer }) => answer),
      );
      const shares = SHAPES.map((shape) => counts[shape] / 5 - OFFICIAL_SHAPES[tier][shape]);
      // percentage points by which all shapes together are elsewhere
      expect(shares.reduce((sum, d) => sum + Math.abs(d), 0) / 2).toBeLessThan(15);
    }
  });

  const folder = join(process.env["REPRISE_DATA"] ?? "", "olymmath");
  it.runIf(process.env["REPRISE_DATA"] !== undefined && existsSync(folder))(
    "of the official files are those that are stated, and no generated problem is in them",
    () => {
      const generated = new Set<string>();
      for (const tier of TIERS)
        for (const { text } of synthSet({ split: "test", tier, count: 300 }))
          generated.add(text.EN).add(text.ZH);
      for (const tier of TIERS)
        for (const language of ["EN", "ZH"] as const) {
          const lines = readFileSync(join(folder, `OlymMATH-${language}-${tier}.jsonl`), "utf8")
            .trimEnd()
            .split("\n");
          const rows = lines.map((line): { problem: string; answer: string } => JSON.parse(line));
          expect(shapeCounts(rows.map(({ answer }) => answer))).toEqual(OFFICIAL_SHAPES[tier]);
          expect(rows.filter(({ problem }) => generated.has(problem))).toEqual([]);
        }
    },
  );
});
