import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readAtomicFile, readAtomicInteractions, readAtomicItems } from "./atomic";
import { DataError } from "./error";
import { parseInteger, parseNumber } from "./fields";
import { forEachLine, type TextEncoding } from "./lines";
import { readMovieLensItems, readMovieLensRatings } from "./movielens";
import { editDistance, nearestName } from "./nearest";
import { withTemporaryFolder } from "./testing";

async function reading<T>(read: (path: string) => Promise<T>, content: string | Uint8Array): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const path = join(folder, "file.txt");
    writeFileSync(path, content);
    return read(path);
  });
}

const HEADER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";

describe("atomic files", () => {
  it("reads interactions in file order", async () => {
    const log = await reading(
      readAtomicInteractions,
      `${HEADER}7\tx\t3.5\t881250949\n8\tx\t1\t5\n7\ty\t2\t6\n`,
    );
    expect(log.userNames).toEqual(["7", "8"]);
    expect(log.itemNames).toEqual(["x", "y"]);
    expect([...log.users]).toEqual([0, 1, 0]);
    expect([...log.items]).toEqual([0, 0, 1]);
    expect([...log.ratings]).toEqual([3.5, 1, 2]);
    expect([...log.timestamps]).toEqual([881250949, 5, 6]);
  });

  it("finds columns by name, whatever their order, and passes others over", async () => {
    const header = "timestamp:float\tnote:token_seq\trating:float\titem_id:token\tuser_id:token\n";
    const log = await reading(readAtomicInteractions, `${header}5\ta b\t4\ti\tu`);
    expect([log.userNames, log.itemNames, [...log.ratings], [...log.timestamps]]).toEqual([
      ["u"],
      ["i"],
      [4],
      [5],
    ]);
  });

  it("grows with the file", async () => {
    const rows = Array.from({ length: 5000 }, (_, k) => `u${k % 7}\ti${k}\t1\t${k}\n`);
    const log = await reading(readAtomicInteractions, HEADER + rows.join(""));
    expect(log.items).toHaveLength(5000);
    expect([log.items[4999], log.timestamps[4999]]).toEqual([4999, 4999]);
  });

  it("reads film titles, years and genres; a year that is none is unknown", async () => {
    const header = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n";
    const items = await reading(
      readAtomicItems,
      `${header}1\tToy Story\t1995\tAnimation Comedy\n267\tunknown\tunkonwn\t\n`,
    );
    expect(items.get("1")).toEqual({ title: "Toy Story", year: 1995, genres: ["Animation", "Comedy"] });
    expect(items.get("267")).toEqual({ title: "unknown", year: undefined, genres: [] });
  });

  it("reads any columns, here of a .user file", async () => {
    const users: Record<string, string>[] = [];
    const content = "user_id:token\tage:token\tgender:token\n1\t24\tM\n2\t53\tF\n";
    await reading(
      (path) => readAtomicFile(path, { user_id: "token", age: "token" }, (row) => users.push(row)),
      content,
    );
    expect(users).toEqual([
      { user_id: "1", age: "24" },
      { user_id: "2", age: "53" },
    ]);
  });

  it.each([
    ["", /file\.txt: The file is empty\./],
    [HEADER, /file\.txt: The file has a header and no rows\./],
    [
      "user_id:token\titem_id:token\trating:float\n1\t1\t1\n",
      /line 1, field "timestamp": The column is missing; there are user_id, item_id, rating/,
    ],
    [HEADER.replace("timestamp", "timestmp"), /field "timestamp": .* Is it "timestmp"\?/],
    [
      HEADER.replace("rating:float", "rating:token"),
      /line 1, field "rating": The column has type token; float was expected/,
    ],
    ["1\t2\t3\t4\n", /line 1: "1" is not a column of the form name:type/],
    [HEADER.replace(":float", ":double"), /line 1: "rating:double" is not a column/],
    [`${HEADER}1\t2\t3\t4\n1\t2\tfour\t5\n`, /file\.txt, line 3, field "rating": "four" is not a number/],
    [`${HEADER}1\t2\t3\t\n`, /line 2, field "timestamp": "" is not a number/],
    [`${HEADER}1\t2\t3\t1e999\n`, /line 2, field "timestamp": "1e999" is not a number/],
    [`${HEADER}\t2\t3\t4\n`, /line 2, field "user_id": The value is empty/],
    [`${HEADER}1\t2\t3\t4\n1\t2\n`, /line 3: The row has 2 fields, 4 were expected.*cut short/],
    [`${HEADER}1\t2\t3\t4\n\n1\t2\t3\t5\n`, /line 3: The row has 1 field, 4 were expected/],
  ])("refuses %j", async (content, message) => {
    await expect(reading(readAtomicInteractions, content)).rejects.toThrow(message);
    await expect(reading(readAtomicInteractions, content)).rejects.toBeInstanceOf(DataError);
  });
});

describe("MovieLens-100K's own files", () => {
  const flags = (...genres: number[]) =>
    Array.from({ length: 19 }, (_, k) => (genres.includes(k) ? 1 : 0)).join("|");

  it("reads ratings", async () => {
    const log = await reading(readMovieLensRatings, "196\t242\t3\t881250949\r\n186\t302\t3\t891717742\r\n");
    expect(log.userNames).toEqual(["196", "186"]);
    expect([...log.timestamps]).toEqual([881250949, 891717742]);
  });

  it("reads films in ISO 8859-1", async () => {
    const text = `1|Misérables, Les (1995)|01-Jan-1995||http://x|${flags(8, 12)}\n267|unknown||||${flags(0)}\n`;
    const items = await reading(readMovieLensItems, Buffer.from(text, "latin1"));
    expect(items.get("1")).toEqual({ title: "Misérables, Les", year: 1995, genres: ["Drama", "Musical"] });
    expect(items.get("267")).toEqual({ title: "unknown", year: undefined, genres: ["unknown"] });
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

describe("forEachLine", () => {
  async function lines(content: string | Uint8Array, encoding: TextEncoding = "utf-8"): Promise<string[]> {
    const found: string[] = [];
    const count = await reading((path) => forEachLine(path, encoding, (text) => found.push(text)), content);
    expect(count).toBe(found.length);
    return found;
  }

  it("splits at line ends alone and drops a byte-order mark", async () => {
    expect(await lines("\ufeffa\r\nb\u2028c\n\nd")).toEqual(["a", "b\u2028c", "", "d"]);
    expect(await lines("")).toEqual([]);
  });

  it("keeps characters and lines whole across the chunks of the stream", async () => {
    const long = Array.from({ length: 3000 }, (_, k) => `${"é日".repeat(k % 50)}${k}`);
    expect(await lines(long.join("\n"))).toEqual(long);
  });

  it("names the file and line of text that is not UTF-8, and a file that is not there", async () => {
    await expect(lines(Buffer.from("a\nM\xe9", "latin1"))).rejects.toThrow(
      /file\.txt, line \d: The text is not valid UTF-8/,
    );
    expect(await lines(Buffer.from("M\xe9\x85", "latin1"), "latin1")).toEqual(["M\u00e9\u0085"]);
    await expect(forEachLine("/nowhere/file", "utf-8", () => {})).rejects.toThrow(
      /\/nowhere\/file: There is no such file/,
    );
  });
});

describe("fields", () => {
  it("takes decimal numbers alone", () => {
    expect(["1", "-2.5", "+3", ".5", "1e3", "7."].map((text) => parseNumber(text, {}))).toEqual([
      1, -2.5, 3, 0.5, 1000, 7,
    ]);
    for (const text of ["", " 1", "1 ", "0x10", "NaN", "Infinity", "1,5", "--1"]) {
      expect(() => parseNumber(text, { line: 4 }), text).toThrow(/line 4: .* is not a number/);
    }
    expect(() => parseInteger("9007199254740993", {})).toThrow(/not an integer/);
  });
});

describe("nearestName", () => {
  it("finds a mistyped name, and nothing where none is near", () => {
    expect(nearestName("ML-100", ["ml-100k", "simulator"])).toBe("ml-100k");
    expect(nearestName("simulater", ["ml-100k", "simulator", "simulator-item-gaps"])).toBe("simulator");
    expect(nearestName("zzz", ["ml-100k"])).toBeUndefined();
    expect(editDistance("kitten", "sitting")).toBe(3);
  });
});
