import { describe, expect, it } from "vitest";
import type { Figure } from "../../figures";
import { renderSvg } from "../../figures/export";
import { familyFigure, guessFigure, learningFigure, samplesFigure, temperatureFigure } from "./figures";
import { type Planted, plantedLedger, plantedRun } from "./testingRuns";

interface Trace {
  readonly name: string;
  readonly x: readonly (number | string)[];
  readonly y: readonly (number | string)[];
  readonly fill?: string;
}
/** Without bands, which are filled. */
const traces = ({ data }: Figure) => (data as unknown as Trace[]).filter(({ fill }) => fill === undefined);
const shownBy = (figure: Figure) => traces(figure).map(({ name, x, y }) => [name, x, y]);
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));

const FIRST: Planted = {
  EN: ["RTTW", "CRW-", "!!!!"],
  ZH: ["TTWW", "RRRR", "WWWW"],
  losses: { step: [10, 20], loss: [2, 1], validation: [3, 2] },
};
const first = plantedRun(FIRST);
const solved = plantedRun({
  ...{ EN: ["RRRR", "RRRR", "RRRR"], ZH: ["RRRR", "RRRR", "RRRR"] },
  losses: { step: [10, 20], loss: [1, 0.5], validation: [2, 1] },
});
const careful = plantedRun({ EN: ["RRTW", "RRRR", "WWWT"], ZH: ["WWWW", "WWWW", "WWWW"] });
const two = plantedLedger({ main: [first, solved] }, [1, 2]);
const FAMILIES = ["linear-recurrence", "polygon-angle", "multiples-of-one"];

it("training: the mean loss over the seeds at each look", () => {
  expect(shownBy(learningFigure(two))).toEqual([
    ["training", [10, 20], close([1.5, 0.75])],
    ["validation", [10, 20], close([2.5, 1.5])],
  ]);
});

describe("many samples", () => {
  it("solve and agree on so many problems, by their number", () => {
    expect(shownBy(samplesFigure(plantedLedger({ main: [first] })))).toEqual([
      ["English, pass@k", [1, 2, 4], close([3 / 12, (3 / 6 + 5 / 6) / 3, 2 / 3])],
      ["English, cons@k", [1, 2, 4], close([3 / 12, (1.5 / 6 + 4 / 6) / 3, 1 / 3])],
      ["Chinese, pass@k", [1, 2, 4], close([1 / 3, 1 / 3, 1 / 3])],
      ["Chinese, cons@k", [1, 2, 4], close([1 / 3, 1 / 3, 1 / 3])],
    ]);
  });
  it("with the mean and a band of the seeds; all samples are there where they are no power of two", () => {
    const figure = samplesFigure(two);
    expect(traces(figure)[0].y).toEqual(close([(0.25 + 1) / 2, (4 / 9 + 1) / 2, (2 / 3 + 1) / 2]));
    expect((figure.data as unknown as Trace[]).filter(({ fill }) => fill === "toself")).toHaveLength(4);
    const three = plantedRun({ EN: ["RWW"], ZH: ["WWW"] });
    expect(traces(samplesFigure(plantedLedger({ main: [three] })))[0].x).toEqual([1, 2, 3]);
  });
});

it("families have a bar for each language", () => {
  expect(shownBy(familyFigure(plantedLedger({ main: [first] })))).toEqual([
    ["English", [0.25, 0.5, 0], FAMILIES],
    ["Chinese", [0, 1, 0], FAMILIES],
  ]);
});

it("traps: the share of wrong answers by what was taught; families without wrong ones have none", () => {
  expect(shownBy(guessFigure(plantedLedger({ main: [first], careful: [careful] })))).toEqual([
    ["some shortcuts in training", close([2 / 3, 0, 0]), FAMILIES],
    ["no shortcuts in training", close([1 / 2, 1 / 4]), [FAMILIES[0], FAMILIES[2]]],
  ]);
});

it("temperatures: the score of each, from cold to hot", () => {
  const of = (temperature: number, EN: string, ZH: string) =>
    plantedRun({ EN: [EN], ZH: [ZH], config: { temperature } });
  const ledger = plantedLedger({
    ...{ main: [of(0.6, "RRWW", "RWWW")], greedy: [of(0, "R", "W")], hot: [of(1, "RWWW", "WWWW")] },
  });
  expect(shownBy(temperatureFigure(ledger))).toEqual([
    ["English", ["T = 0", "T = 0.6", "T = 1"], [1, 0.5, 0.25]],
    ["Chinese", ["T = 0", "T = 0.6", "T = 1"], [0, 0.25, 0]],
  ]);
});

it("all say that they are synthetic, and can be drawn", () => {
  for (const figure of [learningFigure, samplesFigure, familyFigure, guessFigure, temperatureFigure])
    expect(JSON.stringify(figure(two).layout.title), figure.name).toContain(
      "SYNTHETIC; in-house model, 2 seeds",
    );
  expect(renderSvg(samplesFigure(two))).toContain("English, cons@k");
});
