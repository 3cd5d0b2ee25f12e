import { describe, expect, test } from "vitest";
import { relativeBucket, relativeBucketTable } from "./relativeBuckets";

describe("relative buckets", () => {
  test.each([
    [0, 0],
    [-1, 1],
    [1, 17],
    [-7, 7],
    [-8, 8],
    [-11, 8],
    [-12, 9],
    [-16, 10],
    [-32, 12],
    [-64, 14],
    [-90, 14],
    [-91, 15],
    [8, 24],
    [12, 25],
    [16, 26],
    [64, 30],
    [128, 31],
    [5000, 31],
  ])("both sides: %i is in bucket %i", (relative, bucket) => {
    expect(relativeBucket(relative, { bidirectional: true })).toBe(bucket);
  });

  test.each([
    [5, 0],
    [0, 0],
    [-1, 1],
    [-15, 15],
    [-16, 16],
    [-19, 17],
    [-20, 17],
    [-32, 21],
    [-64, 26],
    [-112, 30],
    [-113, 31],
    [-5000, 31],
  ])("causal: %i is in bucket %i", (relative, bucket) => {
    expect(relativeBucket(relative, { bidirectional: false })).toBe(bucket);
  });

  test("a table has the bucket of key - query at [query, key]", () => {
    expect([...relativeBucketTable(2, 3, { bidirectional: true })]).toEqual([0, 17, 18, 1, 0, 17]);
    expect([...relativeBucketTable(3, 2, { bidirectional: false })]).toEqual([0, 0, 1, 0, 2, 1]);
  });

  test("refuses buckets that do not split", () => {
    expect(() => relativeBucket(1, { bidirectional: true, buckets: 6 })).toThrow("take a multiple of 4");
  });
});
