import { describe, expect, test } from "vitest";
import type { StoredRun } from "../../../experiment/store";
import { utgRecConfig } from "../config";
import { type Ledger, labelOf } from "../ledger";
import { multiDomainWorld } from "../world/world";
import { keptFigure, survivalFigure } from "./survivingCodes";

const storedRun = (metrics: Record<string, number>, arrays: Record<string, number[]> = {}): StoredRun =>
  ({ seed: 3, metrics, array: (name: string) => arrays[name] }) as unknown as StoredRun;

interface Heatmap {
  readonly x: string[];
  readonly y: string[];
  readonly z: number[][];
}

describe("which first codes survive", () => {
  /** An item's codes are its first one and a 0, which is not shown. */
  const survival = (before: number[], after: number[], kept = 0.5) => {
    const pairs = (codes: number[]) => codes.flatMap((code) => [code, 0]);
    const run = storedRun(
      { "first codes kept": kept },
      { codesBefore: pairs(before), nearestCodes: pairs(after) },
    );
    return survivalFigure(run, { levels: 2 });
  };

  test("items are counted by the first code before and the one after, every code on both axes", () => {
    const figure = survival([4, 4, 4, 1, 1, 4], [4, 1, 4, 1, 7, 4], 4 / 6);
    const { x, y, z } = figure.data[0] as unknown as Heatmap;
    expect([x, y]).toEqual([
      ["1", "4", "7"],
      ["1", "4", "7"],
    ]);
    expect(z).toEqual([
      [1, 0, 1], // from 1: one stays, one goes to 7
      [1, 3, 0],
      [0, 0, 0], // nothing had 7 before
    ]);
    expect(JSON.stringify(figure.layout.title)).toContain("seed 3; on the diagonal those that keep it, 67%");
  });

  test("of more than 24 codes the most frequent ones before are shown, of equal ones the first", () => {
    // Codes 0 to 29, each of one item but 29, which has two.
    const codes = [...Array.from({ length: 30 }, (_, code) => code), 29];
    const { x, z } = survival(codes, codes).data[0] as unknown as Heatmap;
    expect(x).toEqual([...Array.from({ length: 23 }, (_, code) => `${code}`), "29"]);
    expect(z[23][23]).toBe(2);
  });

  test("is refused where the tokenizer was trained on the target alone", () => {
    expect(() => survivalFigure(storedRun({}), { levels: 2 })).toThrow(
      "survivalFigure: this tokenizer was trained on the target alone: no codes came before.",
    );
  });
});

test("what is kept, in percent over the seeds, of the variants that have runs", () => {
  const kept = (first: number, all: number) => storedRun({ "first codes kept": first, "tuples kept": all });
  const stored: Record<string, StoredRun[]> = {
    full: [kept(0.5, 0.25), kept(0.7, 0.35)],
    "flat-books": [kept(0.1, 0)],
  };
  const ledger: Ledger = {
    config: utgRecConfig("smoke"),
    seeds: [1, 2],
    world: multiDomainWorld({ sources: 1, items: 160, users: 4, targetItems: 160, targetUsers: 4 }),
    runs: () => [],
    tokenizers: (name) => stored[name] ?? [],
  };
  const figure = keptFigure(ledger);
  const bars = figure.data as unknown as { name: string; x: number[]; y: string[] }[];
  expect(bars.map(({ name }) => name)).toEqual(["first code", "all codes"]);
  for (const { y } of bars) expect(y).toEqual(["full", "flat-books"].map(labelOf));
  expect(bars.map(({ x }) => x)).toEqual([
    [expect.closeTo(60, 10), expect.closeTo(10, 10)],
    [expect.closeTo(30, 10), 0],
  ]);
  expect(JSON.stringify(figure.layout.title)).toContain("2 seeds");
});
