import { describe, expect, it } from "vitest";
import { concatenate, mapBox, parseTransform, union } from "./box";

const close = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 9);
};

describe("transforms", () => {
  it("are read in SVG's order: the last one applies first", () => {
    close(mapBox(parseTransform("translate(10,20) scale(2)"), [1, 1, 2, 3]), [12, 22, 14, 26]);
    close(mapBox(parseTransform("scale(2) translate(10 20)"), [1, 1, 2, 3]), [22, 42, 24, 46]);
  });

  it("turn about the origin and about a point", () => {
    close(mapBox(parseTransform("rotate(90)"), [1, 0, 3, 1]), [-1, 1, 0, 3]);
    close(mapBox(parseTransform("rotate(-90,5,5)"), [5, 5, 9, 6]), [5, 1, 6, 5]);
  });

  it("take a matrix, one number for translate, and nothing", () => {
    close(parseTransform("matrix(1 2 3 4 5 6)"), [1, 2, 3, 4, 5, 6]);
    close(mapBox(parseTransform("translate(7)"), [0, 0, 1, 1]), [7, 0, 8, 1]);
    close(parseTransform(null), [1, 0, 0, 1, 0, 0]);
    close(concatenate([2, 0, 0, 2, 1, 1], [1, 0, 0, 1, 5, 5]), [2, 0, 0, 2, 11, 11]);
  });
});

describe("union", () => {
  it("spans all boxes and passes over what is not drawn", () => {
    expect(union([[0, 0, 1, 1], undefined, [-1, 0.5, 0, 3]])).toEqual([-1, 0, 1, 3]);
    expect(union([undefined])).toBeUndefined();
  });
});
