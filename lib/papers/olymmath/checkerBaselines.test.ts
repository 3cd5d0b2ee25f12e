import { describe, expect, it } from "vitest";
import { baselineKinds, baselineTable, CHECKERS } from "./checkerBaselines";

const NAMES = ["same string", "MATH's normaliser", "PRM800K's grader", "double precision", "ref", "want"];

describe("checkers on the table of verdicts", () => {
  const rows = baselineTable();
  const kinds = baselineKinds();

  it("are the four of others and ours, each on all answers", () => {
    expect(rows.map(({ checker }) => checker)).toEqual(NAMES);
    for (const row of rows) {
      expect(row.answers).toBe(267);
      const counts = [row["as a person"], row["wrongly accepted"], row["wrongly refused"]].map(Number);
      expect(counts.reduce((sum, count) => sum + count)).toBe(267);
    }
  });

  it("go wrong as the table says", () => {
    const of = (name: string) => rows.find(({ checker }) => checker === name)!;
    // 43 rows of the table have another verdict by `ref` than a person's; 6 of them are accepted.
    expect(of("ref")).toMatchObject({ "as a person": 224, "wrongly accepted": 6, "wrongly refused": 37 });
    expect(of("want")).toMatchObject({ "as a person": 267, "wrongly accepted": 0, "wrongly refused": 0 });
    expect(of("same string")["wrongly accepted"]).toBe(0);
    const right = rows.map((row) => Number(row["as a person"]));
    expect(right).toEqual([...right].sort((a, b) => a - b));
  });

  it("by kinds add up to the same", () => {
    const sum = (column: string) => kinds.reduce((total, row) => total + Number(row[column]), 0);
    expect(sum("answers")).toBe(267);
    expect(NAMES.map(sum)).toEqual(rows.map((row) => row["as a person"]));
    expect(kinds.map((row) => row.want)).toEqual(kinds.map(({ answers }) => answers));
    expect(kinds.find(({ kind }) => kind === "intervals, tuples")).toMatchObject({ answers: 32, ref: 25 });
  });
});

it("each goes wrong in its own way", () => {
  const accepting = (gold: string, prediction: string) =>
    Object.entries(CHECKERS).flatMap(([name, check]) => (check(gold, prediction) ? [name] : []));
  expect(accepting("2^{2020}", "2^{2020}+1")).toEqual(["double precision"]);
  expect(accepting("\\sqrt{10^{34}+1}", "10^{17}")).toEqual(["double precision", "ref"]);
  expect(accepting("15^{\\circ}", "15")).toEqual(NAMES.slice(1));
  expect(accepting("2^{2020}", "4^{1010}")).toEqual(NAMES.slice(2));
  expect(accepting("\\frac{1}{1112112}", "0.000001")).toEqual(["ref"]);
  expect(accepting("\\{1,2\\}", "1或2")).toEqual(["want"]);
});
