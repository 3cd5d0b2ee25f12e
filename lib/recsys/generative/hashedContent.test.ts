import { expect, test } from "vitest";
import { hashedContent } from "./hashedContent";

const films = [
  { title: "Toy Story", year: 1995, attributes: ["Animation", "Comedy"] },
  { title: "Toy Soldiers", year: 1991, attributes: ["Action"] },
  { title: "Heat", year: 1986, attributes: ["Action"] },
  { title: undefined, year: undefined, attributes: [] },
];

test("attributes, decade and title words side by side, each of its weight's length", () => {
  const { rows, columns, values } = hashedContent(films, {
    buckets: 4096,
    decadeWeight: 0.5,
    titleWeight: 0.25,
  });
  const row = (item: number) => [...values.subarray(item * columns, (item + 1) * columns)];
  expect([rows, columns]).toEqual([4, 3 + 2 + 4]); // toy, story, soldiers and heat fall into four buckets
  const size = (x: number[]) => Math.hypot(...x);
  for (const item of [0, 1, 2]) {
    expect(size(row(item).slice(0, 3))).toBeCloseTo(1, 6);
    expect(size(row(item).slice(3, 5))).toBeCloseTo(0.5, 6);
    expect(size(row(item).slice(5))).toBeCloseTo(0.25, 6);
  }
  expect(row(3)).toEqual(new Array(9).fill(0));
  expect(row(0).slice(3, 5)).toEqual([0, 0.5]); // the 1980s come first
  expect(row(1).slice(0, 5)).toEqual([1, 0, 0, 0, 0.5]);
  // "toy" is the word that the first two share, and the commoner one: idf ln(5/3) + 1 beside ln(5/2) + 1.
  const shared = row(0).findIndex((x, k) => k >= 5 && x > 0 && row(1)[k] > 0);
  const [common, rare] = [Math.log(5 / 3) + 1, Math.log(5 / 2) + 1];
  expect(row(0)[shared]).toBeCloseTo((0.25 * common) / Math.hypot(common, rare), 6);
});

test("one bucket makes all words one; parts that nobody has are left out", () => {
  expect(hashedContent(films, { buckets: 1 }).columns).toBe(3 + 2 + 1);
  const untitled = films.map(({ attributes }) => ({ title: undefined, year: undefined, attributes }));
  expect(hashedContent(untitled).columns).toBe(3);
  expect(() => hashedContent([films[3]])).toThrow("no item has an attribute, a year or a title");
  expect(() => hashedContent(films, { buckets: 0 })).toThrow("buckets must be a whole number >= 1; got 0");
});
