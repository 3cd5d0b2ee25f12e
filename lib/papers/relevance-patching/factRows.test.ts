import { expect, test } from "vitest";
import { factRows } from "./factRows";

/** What the documents of a query's kind say of a thing, and nothing else says. */
const TOLD: readonly (readonly [RegExp, RegExp])[] = [
  [/^what colour is /, /\. It is \w+, and the paint is new\./],
  [/^how old is /, /\. It is \w+ years old\./],
  [/^what does .+ cost$/, /\. It costs \w+ hundred dollars\./],
  [/^who built /, /\. It was built by \w+ with two friends\./],
  [/^in which town is /, /\. It stands in the town of \w+, not far/],
];
const THING = /the \w+ of \w+/;

const rows = factRows(64, 1);

test("the document that answers tells what is asked for of the thing that it is asked of; the others do not", () => {
  for (const { query, positive, hardNegatives, randomNegatives } of rows) {
    const kinds = TOLD.filter(([asked]) => asked.test(query));
    expect(kinds, query).toHaveLength(1);
    const told = kinds[0][1];
    const thing = query.match(THING)![0];
    expect(positive).toContain(`This is ${thing}.`);
    expect(positive).toMatch(told);
    expect([hardNegatives.length, randomNegatives.length]).toEqual([2, 2]);
    for (const near of hardNegatives) {
      expect(near).toContain(`This is ${thing}.`);
      expect(near).not.toMatch(told);
    }
    for (const other of randomNegatives) expect(other).not.toContain(thing);
    // One of them tells what is asked for, but of another thing.
    expect(randomNegatives.filter((text) => told.test(text))).toHaveLength(1);
  }
});

test("every document tells two facts, and all kinds of facts are asked for", () => {
  const documents = rows.flatMap((row) => [row.positive, ...row.hardNegatives, ...row.randomNegatives]);
  for (const text of documents)
    expect(
      TOLD.filter(([, told]) => told.test(text)),
      text,
    ).toHaveLength(2);
  for (const [asked] of TOLD)
    expect(
      rows.some(({ query }) => asked.test(query)),
      `${asked}`,
    ).toBe(true);
});

test("each thing is asked about once, and there are no more than 64", () => {
  expect(new Set(rows.map(({ query }) => query.match(THING)![0])).size).toBe(64);
  expect(() => factRows(65, 1)).toThrow(new RangeError("There are 64 things to ask about, not 65."));
});

test("the same seed gives the same rows, another one others; fewer rows are the first ones", () => {
  expect(factRows(64, 1)).toEqual(rows);
  expect(factRows(5, 1)).toEqual(rows.slice(0, 5));
  expect(factRows(64, 2)).not.toEqual(rows);
});
