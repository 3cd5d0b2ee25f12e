import { describe, expect, it } from "vitest";
import { Dense, erf, indices } from "./reference";

describe("Dense", () => {
  const x = Dense.from([2, 3], (i, j) => 10 * i + j);

  it("reads by index, from the end too, and refuses others", () => {
    expect([x.at(1, 2), x.at(-1, -3)]).toEqual([12, 10]);
    expect(() => x.at(2, 0)).toThrow(/index \[2,0\] is outside \[2,3\]/);
  });

  it("maps rows and exchanges axes", () => {
    expect(x.swap(0, 1).data).toEqual([0, 10, 1, 11, 2, 12]);
    const sums = x.rows((row, which) => [row.reduce((a, b) => a + b), which]);
    expect([sums.shape, sums.data]).toEqual([
      [2, 2],
      [3, 0, 33, 1],
    ]);
  });
});

it("indices run with the last axis fastest", () => {
  expect(indices([2, 2])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  expect(indices([])).toEqual([[]]);
});

it("erf has its tabulated values", () => {
  expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 14);
  expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 13);
});
