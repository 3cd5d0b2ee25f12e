import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../data/testing";
import {
  CHECKER_CASES,
  checkerTable,
  extractionTable,
  lessonTable,
  problemTable,
  RESPONSE_CASES,
  solutionTable,
} from "./looks";
import { REPLIES } from "./report/testing";
import { LESSONS } from "./synthetic/inHouse/lessons";
import { madeUpSet } from "./testing";
import { plantedRun } from "./testingRuns";

it("files are shown by their fields, lengths and hashes", () => {
  // "What is $3+5$?" has 14 characters, as the other two; "求 $3+5$ 的值." has 11
  const [english, chinese] = problemTable([madeUpSet("EN", 5), madeUpSet("ZH", 3, "HARD")]);
  expect(english).toEqual({
    ...{ set: "EN-EASY", problems: 5, Algebra: 2, Geometry: 1, "Number Theory": 1, Combinatorics: 1 },
    ...{ "characters, mean": 14, "SHA-256": "00000000" },
  });
  expect(chinese).toMatchObject({ set: "ZH-HARD", problems: 3, Combinatorics: 0, "characters, mean": 11 });
});

describe("the checker's cases", () => {
  const rows = checkerTable();
  const of = (gold: string, answer: string) => {
    const found = rows.find((row) => row.gold === gold && row.answer === answer)!;
    return [found.ref, found.want];
  };

  it("have both verdicts, each with a reason", () => {
    expect(rows).toHaveLength(CHECKER_CASES.length);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(["gold", "answer", "ref", "why, ref", "want", "why, want"]);
      expect([row["why, ref"], row["why, want"]], String(row.answer)).not.toContain("");
    }
    expect(rows.filter(({ ref, want }) => ref !== want).length).toBeGreaterThan(6);
  });

  it("are judged as the table of the benchmark's verdicts has them", () => {
    expect(of("\\frac{1}{1112112}", "0.000001")).toEqual(["right", "wrong"]);
    expect(of("2^{2020}", "4^{1010}")).toEqual(["right", "right"]);
    expect(of("2^{2020}", "2^{2020}+1")).toEqual(["wrong", "wrong"]);
    expect(of("\\sqrt{10^{34}+1}", "10^{17}")).toEqual(["right", "wrong"]);
    expect(of("5", "2 \\sqrt{ 5")).toEqual(["right", "wrong"]);
    expect(of("120", "C_{10}^3")).toEqual(["wrong", "right"]);
    expect(of("\\{1,2\\}", "1或2")).toEqual(["wrong", "right"]);
    expect(of("(2,5)", "\\{2,5\\}")).toEqual(["right", "wrong"]);
    expect(of("15^{\\circ}", "15")).toEqual(["right", "right"]);
    expect(of("1000", "1.000")).toEqual(["wrong", "wrong"]);
  });

  it("can be others", () =>
    expect(checkerTable([["7", "8"]])).toEqual([
      expect.objectContaining({ gold: "7", answer: "8", ref: "wrong", want: "wrong" }),
    ]));
});

describe("extraction", () => {
  it("shows what each way takes for the answer", () => {
    const shown = extractionTable().map(({ ref, want }) => [ref, want]);
    expect(shown).toEqual([
      ["5", "5"],
      ["", "5"],
      ["\\boxed{7}", "7"],
      ["7", "7"],
      ["5", "5"],
      ["x \\in \\{1,2\\}", "x \\in \\{1,2\\}"],
      ["", "5"],
      ["", "5"],
      ["4", "4"],
      ["4", "4"],
      ["", ""],
      ["", ""],
    ]);
    expect(shown).toHaveLength(RESPONSE_CASES.length);
  });
  it("counts boxes, and says what was cut off", () => {
    expect(extractionTable(["\\boxed{5} \\boxed{}", "\\boxed{5"])).toEqual([
      expect.objectContaining({ boxes: 1, "empty boxes": 1, "cut off": "no" }),
      expect.objectContaining({ boxes: 0, "empty boxes": 0, "cut off": "yes" }),
    ]);
  });
});

it("lessons: a problem of each family, its solution in a box, and another answer of the shortcut", () => {
  const rows = lessonTable();
  expect(rows.map(({ family }) => family)).toEqual(LESSONS.map(({ family }) => family));
  for (const row of rows) {
    const [, answer] = /^\$.*=.*\$\n\\boxed\{(.*)\}$/.exec(String(row.solution))!;
    expect(row["the shortcut's answer"]).not.toBe(answer);
  }
});

it("solutions: the first sample of a run's first problems, with its verdict", async () => {
  await withTemporaryFolder(async (folder) => {
    copyFileSync(join(REPLIES, "../EN-EASY.jsonl"), join(folder, "problems-EN.jsonl"));
    copyFileSync(REPLIES, join(folder, "samples.jsonl"));
    const run = plantedRun({ folder, EN: ["WRRR", "RWWW", "WWWW"], ZH: ["WWWW", "WWWW", "WWWW"] });
    const rows = await solutionTable(run, { count: 2 });
    expect(rows.map(({ verdict }) => verdict)).toEqual(["wrong", "right"]);
    for (const row of rows) expect(row["what the model wrote"]).not.toBe("");
    expect(rows[0].problem).not.toBe(rows[1].problem);
  });
});
