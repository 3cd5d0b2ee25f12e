import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { bySeries, complete, numberIn, records } from "./rows";

const rows = [
  { model: "b", value: 1 },
  { model: "a", value: null },
  { model: "a", value: Number.NaN },
];

describe("rows", () => {
  it("takes an Arquero table and an array of records alike", () => {
    expect(records(table({ step: [1, 2], loss: [0.5, 0.25] }))).toEqual([
      { step: 1, loss: 0.5 },
      { step: 2, loss: 0.25 },
    ]);
    expect(records(rows)).toEqual(rows);
  });

  it("leaves rows out where a value is missing, and keeps NaN", () => {
    expect(complete(rows, ["value"]).map((row) => row["value"])).toEqual([1, Number.NaN]);
  });

  it("names the columns there are when one is missing", () => {
    expect(() => complete(rows, ["vlaue"])).toThrow('no column "vlaue" in the table; it has: model, value');
    expect(() => complete([], ["value"])).toThrow("the table is empty");
  });

  it("refuses what is no number, with column and value", () => {
    expect(() => numberIn({ value: "0.5" }, "value")).toThrow(
      'column "value" must hold numbers; found "0.5"',
    );
    expect(numberIn({ value: 3n }, "value")).toBe(3);
  });

  it("orders series as asked for, then by first appearance", () => {
    expect([...bySeries(rows, "model").keys()]).toEqual(["b", "a"]);
    expect([...bySeries(rows, "model", ["a"]).keys()]).toEqual(["a", "b"]);
    expect(() => bySeries(rows, "model", ["c"])).toThrow('no row has model "c"; there are: b, a');
  });
});
