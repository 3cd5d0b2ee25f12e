import { describe, expect, it } from "vitest";
import { DataError } from "./error";
import { readS3RecAttributes, readS3RecSequences } from "./s3rec";
import { readingText as reading } from "./testing";

describe("S3-Rec's sequences", () => {
  it("are events in file order, without times and ratings", async () => {
    const log = await reading(readS3RecSequences, "1 10 11 10\n2 11\n");
    expect([log.userNames, log.itemNames]).toEqual([
      ["1", "2"],
      ["10", "11"],
    ]);
    expect([...log.users]).toEqual([0, 0, 0, 1]);
    expect([...log.items]).toEqual([0, 1, 0, 1]);
    expect(log.ratings.every(Number.isNaN)).toBe(true);
    expect(log.timestamps).toBeUndefined();
  });

  it.each([
    ["", /file\.txt: The file is empty/],
    ["1 10\n\n", /file\.txt, line 2, field "user id": "" is not a number/],
    ["x 10\n", /line 1, field "user id": "x" is not a number/],
    ["0 10\n", /line 1, field "user id": "0" is not an integer >= 1/],
    ["1 10\n2\n", /line 2: User 2 has no items/],
    ["1 10\n2 11 x\n", /line 2, field "item 2": "x" is not a number/],
    ["1 10 \n", /line 1, field "item 2": "" is not a number/],
    ["1 10  11\n", /line 1, field "item 2": "" is not a number/],
    ["1\t10\n", /line 1, field "user id": "1\\t10" is not a number/],
    ["1 10 0\n", /line 1, field "item 2": "0" is not an integer >= 1/],
    ["1 10\n2 10\n1 11\n", /line 3, field "user id": User 1 has line 1 already/],
  ])("refuses %j", async (content, message) => {
    await expect(reading(readS3RecSequences, content)).rejects.toThrow(message);
    await expect(reading(readS3RecSequences, content)).rejects.toBeInstanceOf(DataError);
  });
});

describe("S3-Rec's attributes", () => {
  it("are ids, each once an item", async () => {
    const items = await reading(readS3RecAttributes, '{"10": [3, 1, 3], "11": []}');
    expect([...items]).toEqual([
      ["10", { title: undefined, year: undefined, attributes: ["3", "1"] }],
      ["11", { title: undefined, year: undefined, attributes: [] }],
    ]);
  });

  it.each([
    ["", /file\.txt: The file is no JSON/],
    ['{"10": [3', /file\.txt: The file is no JSON: /],
    ["[1]", /file\.txt: The file is not an object from items to attributes/],
    ["{}", /file\.txt: The file has no items/],
    ['{"x": [1]}', /file\.txt, field "x": "x" is not a number/],
    ['{"10": 3}', /field "10": 3 is not a list of attribute ids/],
    ['{"10": [3, "4"]}', /field "10\.1": "4" is not a list of attribute ids/],
    ['{"10": [3, 0.5]}', /field "10\.1": 0\.5 is not/],
  ])("refuses %j", async (content, message) => {
    await expect(reading(readS3RecAttributes, content)).rejects.toThrow(message);
    await expect(reading(readS3RecAttributes, content)).rejects.toBeInstanceOf(DataError);
  });
});
