import { describe, expect, it } from "vitest";
import { checkAnswer } from "./check";
import { readVerdictTable } from "./verdictTable";

const rows = readVerdictTable();

describe("the table of verdicts", () => {
  it("has 267 rows", () => {
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 267 }, (_, k) => k + 1));
  });

  it("has groups, and a gold in every row", () => {
    expect([...new Set(rows.map(({ group }) => group))]).toEqual(
      "num frac pct radical power/big comb transc deg interval/tuple set eq fmt/unit zh".split(" "),
    );
    expect(rows.filter(({ gold }) => gold === "")).toEqual([]);
    expect(rows.find(({ id }) => id === 70)).toEqual({
      ...{ id: 70, group: "frac", gold: "\\frac{1}{1112112}", prediction: "0.000001" },
      ...{ want: false, ref: true },
    });
  });

  for (const mode of ["want", "ref"] as const) {
    it(`is met in every row by \`${mode}\``, () => {
      const wrong = rows.filter((row) => checkAnswer(row.gold, row.prediction, { mode }).equal !== row[mode]);
      expect(wrong).toEqual([]);
    });
  }
});
