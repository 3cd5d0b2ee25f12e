import { describe, expect, it } from "vitest";
import {
  readMovieLens1mItems,
  readMovieLens1mRatings,
  readMovieLensItems,
  readMovieLensRatings,
} from "./movielens";
import { readingText as reading } from "./testing";

describe("MovieLens-100K's own files", () => {
  const flags = (...genres: number[]) =>
    Array.from({ length: 19 }, (_, k) => (genres.includes(k) ? 1 : 0)).join("|");

  it("reads ratings", async () => {
    const log = await reading(readMovieLensRatings, "196\t242\t3\t881250949\r\n186\t302\t3\t891717742\r\n");
    expect(log.userNames).toEqual(["196", "186"]);
    expect([...log.timestamps!]).toEqual([881250949, 891717742]);
  });

  it("reads films in ISO 8859-1", async () => {
    const text = `1|Misérables, Les (1995)|01-Jan-1995||http://x|${flags(8, 12)}\n267|unknown||||${flags(0)}\n`;
    const items = await reading(readMovieLensItems, Buffer.from(text, "latin1"));
    expect(items.get("1")).toEqual({
      title: "Misérables, Les",
      year: 1995,
      attributes: ["Drama", "Musical"],
    });
    expect(items.get("267")).toEqual({ title: "unknown", year: undefined, attributes: ["unknown"] });
  });

  it.each([
    ["", /The file is empty/],
    ["1\t2\t6\t4\n", /line 1, field "rating": A rating of 6 is out of range 1\.\.5/],
    ["1\t2\t3\t4\n1\tx\t3\t4\n", /line 2, field "item id": "x" is not a number/],
    ["1\t2\t3\t4.5\n", /line 1, field "timestamp": "4\.5" is not an integer >= 0/],
    ["0\t2\t3\t4\n", /line 1, field "user id": "0" is not an integer >= 1/],
    ["1 2 3 4\n", /line 1: The row has 1 field, 4 were expected/],
  ])("refuses ratings %j", async (content, message) => {
    await expect(reading(readMovieLensRatings, content)).rejects.toThrow(message);
  });

  it.each([
    ["", /The file is empty/],
    ["1|Title|date||url\n", /line 1: The row has 5 fields, 24 were expected/],
    [`1||date||url|${flags()}\n`, /line 1, field "movie title": The value is empty/],
    [
      `1|T (1990)|date||url|${flags().replace(/^0/, "2")}\n`,
      /line 1, field "unknown": "2" is not a genre flag/,
    ],
  ])("refuses films %j", async (content, message) => {
    await expect(reading(readMovieLensItems, content)).rejects.toThrow(message);
  });
});

describe("MovieLens-1M's own files", () => {
  it("reads ratings", async () => {
    const log = await reading(
      readMovieLens1mRatings,
      "1::1193::5::978300760\n1::661::3::978302109\n2::1193::4::978298413\n",
    );
    expect([log.userNames, log.itemNames]).toEqual([
      ["1", "2"],
      ["1193", "661"],
    ]);
    expect([...log.ratings]).toEqual([5, 3, 4]);
    expect([...log.timestamps!]).toEqual([978300760, 978302109, 978298413]);
  });

  it("reads films in ISO 8859-1, also one without a year", async () => {
    const text = "73::Misérables, Les (1995)::Drama|Musical\n1039::Synthetic Pleasures::Documentary\n";
    const items = await reading(readMovieLens1mItems, Buffer.from(text, "latin1"));
    expect([...items]).toEqual([
      ["73", { title: "Misérables, Les", year: 1995, attributes: ["Drama", "Musical"] }],
      ["1039", { title: "Synthetic Pleasures", year: undefined, attributes: ["Documentary"] }],
    ]);
  });

  it.each([
    ["", /The file is empty/],
    ["1::1193::5\n", /file\.txt, line 1: The row has 3 fields, 4 were expected/],
    ["1\t1193\t5\t978300760\n", /line 1: The row has 1 field, 4 were expected/],
    ["1::1::5::9\n1::1193::6::978300760\n", /line 2, field "rating": A rating of 6 is out of range 1\.\.5/],
    ["1::1193::5::yesterday\n", /line 1, field "timestamp": "yesterday" is not a number/],
    ["1::1193::5::-1\n", /line 1, field "timestamp": "-1" is not an integer >= 0/],
  ])("refuses ratings %j", async (content, message) => {
    await expect(reading(readMovieLens1mRatings, content)).rejects.toThrow(message);
  });

  it.each([
    ["", /The file is empty/],
    ["1::Toy Story (1995)\n", /line 1: The row has 2 fields, 3 were expected/],
    ["x::Toy Story (1995)::Comedy\n", /line 1, field "movie id": "x" is not a number/],
    ["1:: ::Comedy\n", /line 1, field "movie title": The value is empty/],
    ["1::Toy Story (1995)::Comedy|Comdy\n", /line 1, field "genres": "Comdy" is none of the genres Action, /],
    ["1::Toy Story (1995)::\n", /line 1, field "genres": "" is none of the genres/],
  ])("refuses films %j", async (content, message) => {
    await expect(reading(readMovieLens1mItems, content)).rejects.toThrow(message);
  });
});
