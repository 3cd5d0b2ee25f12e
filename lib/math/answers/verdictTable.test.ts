import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkAnswer } from "./check";

/** id ¦ gold ¦ prediction ¦ want ¦ ref: the benchmark's own table of verdicts, as measured with Math-Verify 0.8. */
const rows = readFileSync(join(__dirname, "verdictTable.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("¦").map((cell) => cell.trim()));

describe("the table of verdicts", () => {
  it("has 267 rows", () => {
    expect(rows.map(([id]) => Number(id))).toEqual(Array.from({ length: 267 }, (_, k) => k + 1));
  });

  for (const [mode, column] of [
    ["want", 3],
    ["ref", 4],
  ] as const) {
    it(`is met in every row by \`${mode}\``, () => {
      const wrong = rows
        .filter((row) => checkAnswer(row[1], row[2], { mode }).equal !== row[column].startsWith("1"))
        .map((row) => row.join(" ¦ "));
      expect(wrong).toEqual([]);
    });
  }
});
