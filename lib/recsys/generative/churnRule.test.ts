import { describe, expect, it } from "vitest";
import { spacedSnapshots } from "./churnRule";
import { itemCodes } from "./itemCodes";

/** From record to record one more of 100 items has changed its code for good. */
const records = Array.from({ length: 61 }, (_, k) => ({
  step: 10 * k,
  codes: itemCodes(
    Int32Array.from({ length: 100 }, (_, item) => (item < k ? 1 : 0)),
    1,
    2,
  ),
}));

describe("the churn rule", () => {
  it("takes the records whose neighbours differ in the share asked for, the last one last", () => {
    const chosen = spacedSnapshots(records, { count: 4, target: 0.12 });
    expect(chosen.map(({ step }) => step)).toEqual([240, 360, 480, 600]);
  });

  it("comes as near as the records allow", () => {
    expect(spacedSnapshots(records, { count: 4, target: 0.9 }).map(({ step }) => step)).toEqual([
      0, 200, 400, 600,
    ]);
    expect(spacedSnapshots(records, { count: 2, target: 0.001 }).map(({ step }) => step)).toEqual([590, 600]);
    expect(spacedSnapshots(records, { count: 1, target: 0.5 }).map(({ step }) => step)).toEqual([600]);
  });

  it("refuses more tokenizers than records", () => {
    expect(() => spacedSnapshots(records.slice(0, 2), { count: 3, target: 0.1 })).toThrow("3 tokenizers");
  });
});
