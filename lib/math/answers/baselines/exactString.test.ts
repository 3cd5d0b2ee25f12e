import { expect, it } from "vitest";
import { sameString } from "./exactString";

it("white space does not count, every other character does", () => {
  expect(sameString("2\\sqrt{3}", " 2 \\sqrt{ 3\t}\n")).toBe(true);
  expect(sameString("[2, 5]", "[2,5]")).toBe(true);
  expect(sameString("[2,5]", "[2,5)")).toBe(false);
  expect(sameString("Yes", "yes")).toBe(false);
  expect(sameString("0.5", ".5")).toBe(false);
});
