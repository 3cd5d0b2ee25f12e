import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import type { CheckMode } from "../../../math";
import { replayBackend } from "../sampling/replay";
import { drawSamples } from "../sampling/run";
import { withSampleLog } from "../sampling/sampleLog";
import { type EvaluationReport, evaluationReport } from "./evaluationReport";
import { reportMarkdown } from "./markdown";
import { readResults } from "./results";
import { BY_HAND, REPLIES, replayResults, replaySets, tableUnder } from "./testing";

const OPTIONS = { resamples: 200, ks: [1, 2, 4] };
const close = (value: number) => expect.closeTo(value, 12);
let report: Promise<EvaluationReport> | undefined;
const reported = () => {
  report ??= replayResults().then((results) => evaluationReport(results, OPTIONS));
  return report;
};

/** Of the five problems in their order. */
const RIGHT = {
  "EN-EASY": { ref: [3, 2, 1, 2, 2], want: [3, 2, 1, 3, 2] },
  "ZH-EASY": { ref: [1, 2, 0, 1, 1], want: [2, 4, 1, 2, 2] },
};
/** Votes of each answer, in the order in which they came up. */
const VOTES = {
  "EN-EASY": {
    ref: [
      [3, 1],
      [2, 1, 1],
      [3, 1],
      [2, 2],
      [2, 1, 1],
    ],
    want: [[3, 1], [2, 1], [3, 1], [3], [2, 1, 1]],
  },
  "ZH-EASY": {
    ref: [
      [1, 1, 2],
      [1, 1, 2],
      [2, 1, 1],
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ],
    want: [[2, 1], [4], [3, 1], [2, 1, 1], [2, 1, 1]],
  },
};
const CASES = (["EN-EASY", "ZH-EASY"] as const).flatMap((set) =>
  (["ref", "want"] as const).map((mode): [typeof set, CheckMode] => [set, mode]),
);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
/** 1 - C(4-c, 2) / C(4, 2) of c right samples of four. */
const PASS_AT_2 = [0, 3 / 6, 5 / 6, 1, 1];

/**
 * Over the six pairs of a problem: two right ones count 1, a right one beside a wrong one 1/2, beside one without a vote 1. Where all vote that comes to c / 4.
 * `want` has ballots without a vote: EN 1 (2 right, 1 wrong, 1 none: (1 + 2/2 + 2) / 6), EN 3 (3 right, 1 none: 1), ZH 0 (as EN 1).
 */
const CONS_AT_2 = {
  "EN-EASY": { ref: [3 / 4, 2 / 4, 1 / 4, 2 / 4, 2 / 4], want: [3 / 4, 4 / 6, 1 / 4, 1, 2 / 4] },
  "ZH-EASY": { ref: [1 / 4, 2 / 4, 0, 1 / 4, 1 / 4], want: [4 / 6, 1, 1 / 4, 2 / 4, 2 / 4] },
};
/**
 * Of all four: number 2 goes to the answer that the wrong gold contradicts. By `ref` in English the tie of number 3 (24, 24 against no box twice) goes to the
 * first; in Chinese no box wins number 0, and ties of four single answers go to the first: right for 3 (24种), wrong for 4 (［2，5］).
 */
const CONS_AT_4 = {
  "EN-EASY": { ref: [1, 1, 0, 1, 1], want: [1, 1, 0, 1, 1] },
  "ZH-EASY": { ref: [0, 1, 0, 1, 0], want: [1, 1, 0, 1, 1] },
};

describe("the replies written by hand", () => {
  it.each(CASES)("%s by %s: right samples and votes of each problem", async (set, mode) => {
    const { sets } = await reported();
    const { problems } = sets.find((one) => one.set === set)!;
    expect(problems.map(({ correct }) => correct[mode])).toEqual(RIGHT[set][mode]);
    expect(problems.map(({ votes }) => votes[mode])).toEqual(VOTES[set][mode]);
    expect(problems.map(({ samples }) => samples)).toEqual([4, 4, 4, 4, 4]);
  });

  it.each(CASES)("%s by %s: scores from the counts", async (set, mode) => {
    const { sets } = await reported();
    const { metrics, fields } = sets.find((one) => one.set === set)![mode];
    const right = RIGHT[set][mode];
    expect(metrics.accuracy.value).toBe(sum(right) / 20);
    expect(metrics.pass.map(({ k, estimate }) => [k, estimate.value])).toEqual([
      [1, close(sum(right) / 20)],
      [2, close(sum(right.map((c) => PASS_AT_2[c])) / 5)],
      [4, close(right.filter((c) => c > 0).length / 5)],
    ]);
    expect(metrics.consensus.map(({ k, estimate }) => [k, estimate.value])).toEqual([
      [1, close(sum(right) / 20)],
      [2, close(sum(CONS_AT_2[set][mode]) / 5)],
      [4, close(sum(CONS_AT_4[set][mode]) / 5)],
    ]);
    expect(metrics.agreement).toBeCloseTo(sum(VOTES[set][mode].map((own) => Math.max(...own))) / 20, 12);
    expect(metrics.distinct).toBeCloseTo(sum(VOTES[set][mode].map((own) => own.length)) / 5, 12);
    // Numbers 0 and 4 are algebra; 1, 2, 3 one field each.
    expect(fields.map(({ field, metrics: { accuracy } }) => [field, accuracy.value])).toEqual([
      ["Algebra", (right[0] + right[4]) / 8],
      ["Geometry", right[1] / 4],
      ["Number Theory", right[2] / 4],
      ["Combinatorics", right[3] / 4],
    ]);
  });

  it("intervals hold the scores and lie in [0, 1]", async () => {
    for (const { ref, want } of (await reported()).sets)
      for (const { accuracy, pass, consensus } of [ref.metrics, want.metrics])
        for (const { value, low, high } of [
          accuracy,
          ...[...pass, ...consensus].map((one) => one.estimate),
        ]) {
          expect(low).toBeLessThanOrEqual(value + 1e-12);
          expect(high).toBeGreaterThanOrEqual(value - 1e-12);
          expect(low >= 0 && high <= 1).toBe(true);
        }
  });

  it("form and length: 10, 20, 30, 40 tokens in English, 30 in Chinese, 100 where cut off", async () => {
    const { sets } = await reported();
    const shown = sets.flatMap(({ set, ref, want }) =>
      [ref, want].map(({ metrics: { truncated, unboxed, voiceless, repeated, tokens } }) => [
        ...[set, truncated.value, unboxed.value, voiceless, repeated],
        ...[tokens.all, tokens.correct, tokens.incorrect],
      ]),
    );
    expect(shown).toEqual([
      ["EN-EASY", 1 / 20, 3 / 20, 0, 1, 560 / 20, close(210 / 10), close(350 / 10)],
      ["EN-EASY", 1 / 20, 2 / 20, 2, 1, 560 / 20, close(250 / 11), close(310 / 9)],
      ["ZH-EASY", 1 / 20, 3 / 20, 0, 0, 670 / 20, close(220 / 5), close(450 / 15)],
      ["ZH-EASY", 1 / 20, 1 / 20, 1, 0, 670 / 20, close(400 / 11), close(270 / 9)],
    ]);
  });

  it("guesses: of the wrong answers on problems with a trap, two in each language are the trap's", async () => {
    const { sets } = await reported();
    expect(
      sets.flatMap(({ ref, want }) => [ref.guesses, want.guesses].map((one) => [one!.trapped, one!.wrong])),
    ).toEqual([
      [2, 7], // EN: 2 and (2,5); wrong: 1, 2, 2, 2 of the numbers 0, 1, 3, 4
      [2, 6],
      [2, 11], // ZH: 16, and {2,5}, which is (2,5) by reference; \boxed 2 is no box there
      [2, 6], // 2 and 16
    ]);
  });

  it("English against Chinese: differences, Wilcoxon's test and Holm's correction", async () => {
    const { languageGap } = await reported();
    const [all, algebra] = languageGap!.ref;
    // d = .5, 0, .25, .25, .25: ranks 4, 2, 2, 2, all positive; p = 2 / 2⁴, the smallest of five
    expect(all).toMatchObject({ tier: "EASY", field: "all", problems: 5, en: 0.5, zh: 0.25 });
    expect(all.difference.value).toBeCloseTo(0.25, 12);
    expect(all.test).toMatchObject({ statistic: 10, pairs: 4, pValue: close(1 / 8), exact: true });
    expect(all.adjustedPValue).toBeCloseTo(5 / 8, 12);
    expect(algebra).toMatchObject({ field: "Algebra", problems: 2, test: { statistic: 3, pairs: 2 } });
    // by want: .25, -.5, 0, .25, 0: ranks 1.5, 3, 1.5
    expect(languageGap!.want[0]).toMatchObject({ en: close(0.55), zh: close(0.55) });
    expect(languageGap!.want[0].test).toMatchObject({ statistic: 3, pairs: 3, pValue: 1 });
    expect(languageGap!.want).toHaveLength(5);
  });

  it("tables of what can be read off the replies", async () => {
    const markdown = reportMarkdown(await reported());
    expect(tableUnder(markdown, "Answers on which the two ways of checking differ").slice(1)).toEqual([
      ["SYNTH-EASY-3-EN", "24", "–", "24", "want", "1"],
      ["SYNTH-EASY-0-ZH", "\\frac{1}{2}", "½", "½", "want", "1"],
      ["SYNTH-EASY-1-ZH", "2\\sqrt{3}", "2√3", "2√3", "want", "1"],
      ["SYNTH-EASY-1-ZH", "2\\sqrt{3}", "–", "2\\sqrt{3}", "want", "1"],
      ["SYNTH-EASY-2-ZH", "5", "–", "5", "want", "1"],
      ["SYNTH-EASY-3-ZH", "24", "\\text{共 }24\\text{ 种}", "\\text{共 }24\\text{ 种}", "want", "1"],
      ["SYNTH-EASY-4-ZH", "[2,5]", "［2，5］", "［2，5］", "want", "1"],
    ]);
    expect(tableUnder(markdown, "Golds worth a look")).toEqual([
      ["problem", "gold", "most frequent answer", "votes", "samples"],
      ["SYNTH-EASY-2-EN", "5", "6", "3", "4"],
      ["SYNTH-EASY-2-ZH", "5", "6", "3", "4"],
    ]);
    expect(tableUnder(markdown, "Samples without a box, by language and verdict").slice(1)).toEqual([
      ["EASY", "EN", "ref", "right", "10", "0", "0.0"],
      ["EASY", "EN", "ref", "wrong", "10", "3", "30.0"],
      ["EASY", "ZH", "ref", "right", "5", "0", "0.0"],
      ["EASY", "ZH", "ref", "wrong", "15", "3", "20.0"],
      ["EASY", "EN", "want", "right", "11", "0", "0.0"],
      ["EASY", "EN", "want", "wrong", "9", "2", "22.2"],
      ["EASY", "ZH", "want", "right", "11", "0", "0.0"],
      ["EASY", "ZH", "want", "wrong", "9", "1", "11.1"],
    ]);
    expect(tableUnder(markdown, "Lengths of right and wrong samples").map((row) => row.slice(0, 5))).toEqual([
      ["set", "checked", "verdict", "samples", "tokens"],
      ["EN-EASY", "ref", "correct", "10", "21.0"],
      ["EN-EASY", "ref", "incorrect", "10", "35.0"],
      ["EN-EASY", "ref", "all", "20", "28.0"],
      ["EN-EASY", "want", "correct", "11", "22.7"],
      ["EN-EASY", "want", "incorrect", "9", "34.4"],
      ["EN-EASY", "want", "all", "20", "28.0"],
      ["ZH-EASY", "ref", "correct", "5", "44.0"],
      ["ZH-EASY", "ref", "incorrect", "15", "30.0"],
      ["ZH-EASY", "ref", "all", "20", "33.5"],
      ["ZH-EASY", "want", "correct", "11", "36.4"],
      ["ZH-EASY", "want", "incorrect", "9", "30.0"],
      ["ZH-EASY", "want", "all", "20", "33.5"],
    ]);
  });

  it("drawn again through the replay of the log, they are the same", async () => {
    const sets = await replaySets();
    const settings = { temperature: 1, topP: 1, minP: 0, maxTokens: 50, seed: 3 };
    await withTemporaryFolder(async (folder) => {
      const log = join(folder, "log.jsonl");
      const backend = await replayBackend(REPLIES);
      const { ended } = await withSampleLog(log, (open) =>
        drawSamples({ sets, samples: 4, settings }, backend, open),
      );
      expect(ended).toBe("complete");
      const { settingsId } = JSON.parse(readFileSync(log, "utf8").split("\n")[0]);
      const again = evaluationReport(await readResults(log, sets, { ...BY_HAND, settingsId }), OPTIONS);
      const first = await reported();
      expect(again.sets).toEqual(first.sets);
      expect(again.languageGap).toEqual(first.languageGap);
      expect(again.banners).toEqual(first.banners);
      expect(again.banners[1]).toContain("REPLAY");
    });
  });
});
