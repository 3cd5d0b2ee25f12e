import { describe, expect, it } from "vitest";
import { pathBox, pathLength, pathPoint } from "./path";

describe("paths", () => {
  it("have boxes, with absolute and relative commands", () => {
    expect(pathBox("M10,20H30V5L0,0Z")).toEqual([0, 0, 30, 20]);
    expect(pathBox("M10,20h20v-15l-30,-5z")).toEqual([0, 0, 30, 20]);
    expect(pathBox("M64,0h628")).toEqual([64, 0, 692, 0]);
    expect(pathBox("M1e1,2.5e-1L-.5.5")).toEqual([-0.5, 0.25, 10, 0.5]);
    expect(pathBox("")).toBeUndefined();
  });

  it("go on from the start of a closed shape", () => {
    expect(pathBox("M10,10h5v5zl-8,0")).toEqual([2, 10, 15, 15]);
  });

  it("contain their curves", () => {
    expect(pathBox("M0,0C0,10 10,10 10,0")).toEqual([0, 0, 10, 10]);
    const [left, top, right, bottom] = pathBox("M5,0A5,5 0 1,1 0,-5A5,5 0 0,1 5,0Z") ?? [0, 0, 0, 0];
    expect([left <= -5, top <= -5, right >= 5, bottom >= 5]).toEqual([true, true, true, true]);
  });

  it("have lengths and points on the way", () => {
    expect(pathLength("M0,0H3V4")).toBeCloseTo(7, 6);
    expect(pathPoint("M0,0H3V4", 5)).toMatchObject({ x: 3, y: 2 });
    expect(pathLength("")).toBe(0);
  });
});
