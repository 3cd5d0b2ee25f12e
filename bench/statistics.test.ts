import { expect, it } from "vitest";
import { spread } from "./statistics";

it("median and quartiles by hand", () => {
  expect(spread([4, 1, 3, 2, 5])).toEqual({ median: 3, lower: 2, upper: 4 });
  expect(spread([1, 2])).toEqual({ median: 1.5, lower: 1.25, upper: 1.75 });
  expect(spread([7])).toEqual({ median: 7, lower: 7, upper: 7 });
  expect(() => spread([])).toThrow(/no values/);
});
