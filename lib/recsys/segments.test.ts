import { describe, expect, it } from "vitest";
import { segmentMeans, timeSegments } from "./segments";
import type { SequentialDataset } from "./sequences";

describe("timeSegments", () => {
  const times = Float64Array.from({ length: 11 }, (_, k) => (k * 7) % 11);
  const dataset = { times } as SequentialDataset;
  const cases = Int32Array.from({ length: 10 }, (_, k) => k);

  it("cuts into equal counts: ordered by target time, disjoint, covering", () => {
    const segments = timeSegments(dataset, cases, 4);
    expect(segments.map((segment) => segment.length)).toEqual([3, 3, 2, 2]);
    const positions = segments.flatMap((segment) => [...segment]);
    expect([...positions].sort((a, b) => a - b)).toEqual([...cases]);
    const ordered = positions.map((position) => times[cases[position]]);
    expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
  });

  it("needs times", () => {
    const untimed = { ...dataset, times: undefined };
    expect(() => timeSegments(untimed, cases)).toThrow(/has no timestamps/);
  });

  it("averages by segment and refuses more segments than cases", () => {
    expect(segmentMeans([1, 2, 3, 4], [Int32Array.of(0, 1), Int32Array.of(2, 3)])).toEqual([1.5, 3.5]);
    expect(() => timeSegments(dataset, cases, 11)).toThrow(/10 cases cannot be cut into 11/);
  });
});
