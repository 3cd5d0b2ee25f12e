import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../data/testing";
import { derivationTable } from "./derivationTable";
import type { Language } from "./problems/problem";
import { distinctLessonItems } from "./synthetic/inHouse/lessons/lessonItems";
import { synthLines } from "./synthetic/problemSets";
import { plantedLedger, plantedRun } from "./testingRuns";

const close = (value: number) => expect.closeTo(value, 12);
const MAIN = "3% in Chinese, T = 0.6";

const items = distinctLessonItems({ split: "test", count: 3, numbers: "small" });

/** Two samples of each of three problems, and what each is: R right, T the trap's value, W wrong. */
const MIXED = [
  ["R", "$10-4=6, 12-4=8, 16-4=12$\n\\boxed{12}"], // 3 of 3
  ["R", "$10-4=6, 12-4=7, 16-4=12$\n\\boxed{12}"], // 2 of 3, and a false one
  ["T", "$6-3=3, 10-3=7, 7\\cdot 36=252$\n\\boxed{252^{\\circ}}"], // 2 of 3
  ["W", "$5-3=2, 10-2=8, 8\\cdot 18=144$\n\\boxed{143^{\\circ}}"], // 0 of 3, another number in the box
  ["R", "$86=6\\cdot 14+2, 86=4\\cdot 21+2, 14+21=35, 35-14=21$\n\\boxed{21}"], // 4 of 5
  ["W", "$86=6\\cdot 14+2, 86=4\\cdot 21+2, 86=12\\cdot 7+4, 14+21=35, 35-14=20$\n\\boxed{20}"], // 3 of 5
] as const;

const SOLVED = [
  "$10-4=6, 12-4=8, 16-4=12$\n\\boxed{12}",
  "$6-3=3, 10-3=7, 7\\cdot 18=126$\n\\boxed{126^{\\circ}}",
  "$86=6\\cdot 14+2, 86=4\\cdot 21+2, 86=12\\cdot 7+2, 14+21=35, 35-14=21$\n\\boxed{21}",
].flatMap((text) => [["R", text] as const, ["R", text] as const]);

type Samples = readonly (readonly [letter: string, text: string])[];

const record = (language: Language, place: number) => ({
  ...{
    kind: "sample",
    key: `${language} ${place}`,
    problem: `SYNTH-EASY-${place >> 1}-${language}`,
    language,
  },
  ...{ sample: place & 1, model: "m", settingsId: "s", seed: 1, startedAt: 1, endedAt: 2, cost: 0 },
  usage: { promptTokens: 1, completionTokens: 1 },
});

/** A stored run that has drawn these samples. */
function runOf(folder: string, samples: Readonly<Record<Language, Samples>>) {
  const lines: object[] = [{ ...record("EN", 0), status: "failed", error: "The server is busy." }];
  for (const language of ["EN", "ZH"] as const) {
    writeFileSync(join(folder, `problems-${language}.jsonl`), synthLines(items, language));
    for (const [place, [, text]] of samples[language].entries())
      lines.push({ ...record(language, place), status: "answered", finishReason: "stop", text });
  }
  writeFileSync(join(folder, "samples.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const letters = (language: Language) =>
    [0, 2, 4].map((first) => samples[language][first][0] + samples[language][first + 1][0]);
  return plantedRun({ folder, EN: letters("EN"), ZH: letters("ZH") });
}

it("the lessons' derivations are those that the samples here were written for", () => {
  expect(items.map(({ work }) => work)).toEqual([
    "10-4=6, 12-4=8, 16-4=12",
    "6-3=3, 10-3=7, 7\\cdot 18=126",
    "86=6\\cdot 14+2, 86=4\\cdot 21+2, 86=12\\cdot 7+2, 14+21=35, 35-14=21",
  ]);
});

describe("derivations", () => {
  it("are a row a verdict, shares of its samples", () =>
    withTemporaryFolder(async (folder) => {
      const run = runOf(folder, { EN: MIXED, ZH: SOLVED });
      const rows = await derivationTable(plantedLedger({ main: [run] }));
      expect(rows).toEqual([
        {
          ...{ variant: MAIN, verdict: "right", samples: 3, completeness: close((1 + 2 / 3 + 4 / 5) / 3) },
          ...{ "all steps true": close(2 / 3), sound: close(2 / 3), guessed: close(2 / 3) },
        },
        {
          ...{ variant: MAIN, verdict: "the trap", samples: 1, completeness: close(2 / 3) },
          ...{ "all steps true": 1, sound: 1, guessed: null },
        },
        {
          ...{ variant: MAIN, verdict: "otherwise wrong", samples: 2, completeness: close(3 / 10) },
          ...{ "all steps true": 0.5, sound: 0, guessed: null },
        },
      ]);
    }));

  it("of the other language are others, and there may be none of a verdict", () =>
    withTemporaryFolder(async (folder) => {
      const run = runOf(folder, { EN: MIXED, ZH: SOLVED });
      const rows = await derivationTable(plantedLedger({ main: [run] }), "ZH");
      expect(rows[0]).toEqual({
        ...{ variant: MAIN, verdict: "right", samples: 6, completeness: 1 },
        ...{ "all steps true": 1, sound: 1, guessed: 0 },
      });
      expect(rows[1]).toMatchObject({ samples: 0, completeness: null, sound: null });
    }));

  it("are measured over seeds, with the model that has seen no shortcuts below", () =>
    withTemporaryFolder((one) =>
      withTemporaryFolder(async (two) => {
        const [mixed, solved] = [
          runOf(one, { EN: MIXED, ZH: MIXED }),
          runOf(two, { EN: SOLVED, ZH: SOLVED }),
        ];
        const rows = await derivationTable(plantedLedger({ main: [mixed, solved], careful: [solved] }));
        expect(rows.map(({ variant, samples }) => [variant, samples])).toEqual([
          ...[MAIN, MAIN, MAIN].map((variant, verdict) => [variant, [9, 1, 2][verdict]]),
          ...[6, 0, 0].map((samples) => ["no shortcuts", samples]),
        ]);
        // of the seeds 2/3 and 0: 1/3 ± √2/3
        expect(rows[0].guessed).toEqual({ mean: close(1 / 3), std: close(Math.SQRT2 / 3) });
        expect(rows[1].completeness).toBeNull(); // the second seed has no trap
        expect(rows[3]).toMatchObject({ completeness: 1, guessed: 0 });
      }),
    ));

  it("are not scored against those of other problems", () =>
    withTemporaryFolder(async (folder) => {
      const run = runOf(folder, { EN: MIXED, ZH: SOLVED });
      const file = join(folder, "problems-EN.jsonl");
      const [first, second, third] = items;
      writeFileSync(file, synthLines([first, third, second], "EN"));
      await expect(derivationTable(plantedLedger({ main: [run] }))).rejects.toThrow(
        `${file}, line 2, field "problem": The problem is not the one that the lessons make now.`,
      );
    }));

  it("are none without runs", async () => expect(await derivationTable(plantedLedger({}))).toEqual([]));
});
