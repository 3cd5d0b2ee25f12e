import { describe, expect, it } from "vitest";
import { readAtomicFile, readAtomicInteractions, readAtomicItems } from "./atomic";
import { DataError } from "./error";
import { readingText as reading } from "./testing";

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
    expect([...log.timestamps!]).toEqual([881250949, 5, 6]);
  });

  it("finds columns by name, whatever their order, and passes others over", async () => {
    const header = "timestamp:float\tnote:token_seq\trating:float\titem_id:token\tuser_id:token\n";
    const log = await reading(readAtomicInteractions, `${header}5\ta b\t4\ti\tu`);
    expect([log.userNames, log.itemNames, [...log.ratings], [...log.timestamps!]]).toEqual([
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
    expect([log.items[4999], log.timestamps?.[4999]]).toEqual([4999, 4999]);
  });

  it("reads film titles, years and genres; a year that is none is unknown", async () => {
    const header = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n";
    const items = await reading(
      readAtomicItems,
      `${header}1\tToy Story\t1995\tAnimation Comedy\n267\tunknown\tunkonwn\t\n`,
    );
    expect(items.get("1")).toEqual({ title: "Toy Story", year: 1995, attributes: ["Animation", "Comedy"] });
    expect(items.get("267")).toEqual({ title: "unknown", year: undefined, attributes: [] });
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
