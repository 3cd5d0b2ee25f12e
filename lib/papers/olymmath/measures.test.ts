import { expect, it } from "vitest";
import { consensusAt, meanOf, passAt, problemCount, problemsOf, ratio, sampleCount, tally } from "./measures";
import { plantedRun } from "./testingRuns";

const run = plantedRun({ EN: ["RTTW", "CRW-", "----"], ZH: ["WWRR", "RRRR", "wT--"] });
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));

it("problems and samples are counted", () => {
  expect([problemCount(run), sampleCount(run)]).toEqual([3, 4]);
  expect([problemsOf(run), problemsOf(run, 1), problemsOf(run, 6)]).toEqual([[0, 1, 2], [1], []]);
});

it("pass@k of each problem, by hand", () => {
  expect([...passAt(run, "EN", 1)]).toEqual(close([1 / 4, 2 / 4, 0]));
  // of six pairs three have the one right sample, five have one of two
  expect([...passAt(run, "EN", 2)]).toEqual(close([3 / 6, 5 / 6, 0]));
  expect([...passAt(run, "EN", 4)]).toEqual([1, 1, 0]);
  expect([...passAt(run, "EN", 1, "ref")]).toEqual(close([1 / 4, 1 / 4, 0]));
  expect([...passAt(run, "ZH", 1)]).toEqual(close([2 / 4, 1, 0]));
});

it("cons@k of each problem, by hand", () => {
  // RT twice and RW are ties; of the second CR wins, CW and RW are ties, C- and R- win, W- loses
  expect([...consensusAt(run, "EN", 2)]).toEqual(close([1.5 / 6, (1 + 2 * 0.5 + 2) / 6, 0]));
  expect([...consensusAt(run, "EN", 4)]).toEqual(close([0, 1, 0]));
  expect([...consensusAt(run, "ZH", 4)]).toEqual(close([0.5, 1, 0]));
});

it("of all samples the means are the run's own metrics", () => {
  const all = problemsOf(run);
  for (const language of ["EN", "ZH"] as const) {
    expect(meanOf(passAt(run, language, 1), all)).toBeCloseTo(run.metrics[`pass@1 ${language}`], 12);
    expect(meanOf(passAt(run, language, 4), all)).toBeCloseTo(run.metrics[`pass@n ${language}`], 12);
    expect(meanOf(consensusAt(run, language, 4), all)).toBeCloseTo(run.metrics[`cons@n ${language}`], 12);
    const { trapped, wrong } = tally(run, language);
    expect(ratio(trapped, wrong, all)).toBeCloseTo(run.metrics[`guess rate ${language}`], 12);
  }
});

it("sums of right and wrong samples, and their tokens", () => {
  const { right, wrong, trapped, rightTokens, wrongTokens } = tally(run, "EN");
  expect([right, wrong, trapped].map((values) => [...values])).toEqual([
    [1, 2, 0],
    [3, 2, 4],
    [2, 0, 0],
  ]);
  expect([...rightTokens]).toEqual([10, 10 + 20, 0]);
  expect([...wrongTokens]).toEqual([20 + 30 + 40, 30 + 40, 100]);
  expect(ratio(rightTokens, right, [0, 1])).toBeCloseTo(40 / 3, 12);
  expect(ratio(rightTokens, right, [2])).toBeNaN();
});
