import { describe, expect, it } from "vitest";
import { FIELDS } from "./problems/problem";
import { PUBLISHED, PUBLISHED_FIELDS, PUBLISHED_SAMPLING } from "./published";
import {
  checkingTable,
  familyTable,
  languageTable,
  lengthTable,
  publishedFieldTable,
  publishedSamplingTable,
  publishedTable,
  scoreTable,
  shown,
  trainingTable,
} from "./tables";
import { type Planted, plantedLedger, plantedRun } from "./testingRuns";

const close = (value: number) => expect.closeTo(value, 12);
const MAIN = "3% in Chinese, T = 0.6";

const FIRST: Planted = {
  EN: ["RTTW", "CRW-", "!!!!"],
  ZH: ["TTWW", "RRRR", "WWWW"],
  metrics: { parameters: 1000, "training tokens": 50, loss: 0.5, "validation loss": 0.6 },
  timings: { "training seconds": 12.4, "sampling seconds": 3.6 },
};
const first = plantedRun(FIRST);
const solved = plantedRun({ ...FIRST, EN: ["RRRR", "RRRR", "RRRR"], ZH: ["RRRR", "RRRR", "RRRR"] });
const greedy = plantedRun({ EN: ["R", "R", "W"], ZH: ["W", "W", "W"] });
const one = plantedLedger({ main: [first], greedy: [greedy] });
const two = plantedLedger({ main: [first, solved] }, [1, 2]);

it("variants are there once each, in the order of the ablations", () => {
  const ledger = plantedLedger({ short: [first], none: [first], greedy: [greedy], main: [first] });
  expect(shown(ledger)).toEqual(["main", "none", "greedy", "short"]);
});

describe("scores", () => {
  it("are a row a variant, shares of 1", () => {
    const [main, likeliest] = scoreTable(one);
    expect(main).toEqual({
      ...{ variant: MAIN, n: 4, "pass@1 EN": close(3 / 12), "pass@1 ZH": close(4 / 12), gap: close(-1 / 12) },
      // the trap wins the first vote; what is cut off has a box all the same
      ...{ "pass@n EN": close(2 / 3), "cons@n EN": close(1 / 3), "guess rate EN": close(2 / 9) },
      ...{ "boxed EN": close(11 / 12), "truncated EN": close(4 / 12) },
    });
    expect(likeliest).toMatchObject({ variant: "T = 0", n: 1, "pass@1 EN": close(2 / 3) });
  });
  it("are means and deviations over seeds, and none where a seed has no number", () => {
    const [main] = scoreTable(two);
    expect(main["pass@1 EN"]).toEqual({ mean: close(0.625), std: close(0.75 / Math.SQRT2) });
    expect(main["guess rate EN"]).toBeNull(); // the second seed has nothing wrong
  });
});

it("families: a row each that has problems, with the field", () => {
  expect(familyTable(one)).toEqual([
    {
      ...{ family: "linear-recurrence", field: "Algebra", problems: 1, "pass@1 EN": 0.25, "pass@1 ZH": 0 },
      ...{ gap: 0.25, "guess rate EN": close(2 / 3) },
    },
    {
      ...{ family: "polygon-angle", field: "Geometry", problems: 1, "pass@1 EN": 0.5, "pass@1 ZH": 1 },
      ...{ gap: -0.5, "guess rate EN": 0 },
    },
    {
      ...{ family: "multiples-of-one", field: "Number Theory", problems: 1, "pass@1 EN": 0, "pass@1 ZH": 0 },
      ...{ gap: 0, "guess rate EN": 0 },
    },
  ]);
  expect(familyTable(two)[1]).toMatchObject({ "pass@1 EN": { mean: 0.75 }, "guess rate EN": null });
  expect(familyTable(plantedLedger({ greedy: [greedy] }))).toEqual([]);
});

it("languages: problems by who does better, and Wilcoxon's p of their means", () => {
  const [row, ...rest] = languageTable(one);
  expect(rest).toEqual([]);
  expect(row).toEqual({
    ...{ variant: MAIN, "pass@1 EN": close(3 / 12), "pass@1 ZH": close(4 / 12), gap: close(-1 / 12) },
    ...{ "boxed EN": close(11 / 12), "boxed ZH": 1 },
    // +1/4 and -1/2: the smaller rank is positive in half of all assignments
    ...{ "better in English": 1, "better in Chinese": 1, alike: 1, "p (Wilcoxon)": "1.0" },
  });
});

it("lengths: mean tokens by verdict, where there is such a sample", () => {
  expect(lengthTable(plantedLedger({ main: [first] }))).toEqual([
    {
      ...{ variant: MAIN, language: "EN", "tokens, right": close(40 / 3), "tokens, wrong": close(260 / 9) },
      truncated: close(1 / 3),
    },
    { variant: MAIN, language: "ZH", "tokens, right": 25, "tokens, wrong": 25, truncated: 0 },
  ]);
  expect(lengthTable(two)[0]["tokens, wrong"]).toBeNull();
});

it("ways of checking: how many verdicts differ, and what follows for the scores", () => {
  const [english, chinese] = checkingTable(one);
  expect(english).toEqual({
    ...{ variant: MAIN, language: "EN", samples: 12, "right by ref alone": 0, "right by want alone": 1 },
    ...{ "pass@1, ref": close(2 / 12), "pass@1, want": close(3 / 12) },
    // four answers of one vote each: by ref the first counts, which it takes for wrong
    ...{ "cons@n, ref": 0, "cons@n, want": close(1 / 3) },
  });
  expect(chinese).toMatchObject({ language: "ZH", "right by want alone": 0, "pass@1, ref": close(4 / 12) });
  expect(checkingTable(two)[0]).toMatchObject({ samples: 24, "right by want alone": 1 });
});

it("training: of the variants that were trained themselves", () => {
  expect(trainingTable(one)).toEqual([
    {
      ...{ variant: MAIN, parameters: 1000, "training tokens": 50, loss: 0.5, "validation loss": 0.6 },
      ...{ "training, s": 12, "sampling, s": 4 },
    },
  ]);
});

it("the published scores stand alone, as they were published", () => {
  expect(publishedTable()).toHaveLength(PUBLISHED.length);
  expect(publishedTable()[2]).toMatchObject({ model: "DeepSeek-R1", "EN-EASY": "80.0", "ZH-HARD": "16.1" });
});

it("published scores by field go with those over all problems: each field counts by its problems", () => {
  const sizes = { EASY: [25, 33, 13, 29], HARD: [25, 25, 25, 25] };
  expect(publishedFieldTable()).toHaveLength(4 * 7);
  for (const { set, model, measure, all, ...fields } of PUBLISHED_FIELDS) {
    const weights = sizes[set.endsWith("EASY") ? "EASY" : "HARD"];
    const mean = FIELDS.reduce((sum, field, at) => sum + (weights[at] * fields[field]) / 100, 0);
    // Each field was rounded to a tenth, votes to a percent, before.
    expect(Math.abs(mean - all), `${model} on ${set}, ${measure}`).toBeLessThan(
      measure === "Pass@1" ? 0.11 : 0.5,
    );
  }
});

it("more samples never find less, and a vote finds less than all of them", () => {
  expect(publishedSamplingTable()[3]).toMatchObject({ model: "R1-Distill-Qwen-7B", "Pass@64": "74.0" });
  for (const row of PUBLISHED_SAMPLING) {
    const scores = [row["Pass@1"], row["Pass@4"], row["Pass@16"], row["Pass@64"]];
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(row["Cons@64"]).toBeLessThan(row["Pass@64"]);
  }
});

it("without runs there is nothing of ours to show", () => {
  const none = plantedLedger({});
  for (const table of [scoreTable, familyTable, languageTable, lengthTable, checkingTable, trainingTable])
    expect(table(none), table.name).toEqual([]);
});
