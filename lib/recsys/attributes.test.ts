import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataError } from "../data/error";
import { readDataset } from "../data/read";
import { withTemporaryFolder } from "../data/testing";
import { attributeTensor, itemAttributes } from "./attributes";
import { loadDataset } from "./datasets";
import { buildSequences } from "./sequences";

const INTER =
  "user_id:token\titem_id:token\trating:float\ttimestamp:float\n7\t50\t5\t881250949\n7\t1\t4\t881250950\n8\t267\t3\t881250951\n";
const ITEM_HEADER = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n";
const ITEMS = `${ITEM_HEADER}1\tToy Story\t1995\tAnimation Children's Comedy\n2\tGoldenEye\t1995\tAction\n50\tStar Wars\t1977\tAction Comedy\n267\tunknown\t\t\n`;
const flags = (...genres: number[]) =>
  Array.from({ length: 19 }, (_, k) => (genres.includes(k) ? 1 : 0)).join("|");
const U_DATA = "7\t50\t5\t881250949\n7\t1\t4\t881250950\n8\t267\t3\t881250951\n";
const U_ITEM = [
  `1|Toy Story (1995)|01-Jan-1995||http://x|${flags(3, 4, 5)}`,
  `2|GoldenEye (1995)|01-Jan-1995||http://x|${flags(1)}`,
  `50|Star Wars (1977)|01-Jan-1977||http://x|${flags(1, 5)}`,
  `267|unknown||||${flags()}`,
].join("\n");

/** Reads a small data set in one of MovieLens-100K's layouts, and its genres. */
async function attributesOf(format: "recbole" | "movielens-100k", interactions: string, items: string) {
  return withTemporaryFolder(async (folder) => {
    const paths = { interactions: join(folder, "ml.inter"), items: join(folder, "ml.item") };
    writeFileSync(paths.interactions, interactions);
    writeFileSync(paths.items, items);
    const read = await readDataset({ format, paths, folder } as Parameters<typeof readDataset>[0]);
    const data = buildSequences(read.interactions, Int32Array.from([0, 1, 2]));
    const meta = { name: "ml", title: "ML", source: folder, licence: "", citation: "" };
    return itemAttributes({ data, items: read.items, meta });
  });
}

describe("attributes of items", () => {
  it.each([
    ["recbole", INTER, ITEMS],
    ["movielens-100k", U_DATA, U_ITEM],
  ] as const)(
    "of the %s layout: a row an item id, in the order of the ids, padding first",
    async (layout, interactions, items) => {
      const { names, matrix } = await attributesOf(layout, interactions, items);
      expect(names).toEqual(["Action", "Animation", "Children's", "Comedy"]); // of the items that have an id
      expect([...matrix]).toEqual([...[0, 0, 0, 0], ...[1, 0, 0, 1], ...[0, 1, 1, 1], ...[0, 0, 0, 0]]);
    },
  );

  it("of MovieLens-100K: 1,016 films, 18 or 19 genres, none without", async () => {
    const { data, ...loaded } = await loadDataset("ml-100k");
    const { names, matrix } = itemAttributes({ data, ...loaded });
    expect(names).toEqual(expect.arrayContaining(["Action", "Film-Noir", "Western"]));
    const counts = Array.from({ length: data.items + 1 }, (_, id) =>
      matrix.subarray(id * names.length, (id + 1) * names.length).reduce((sum, flag) => sum + flag, 0),
    );
    expect(counts[0]).toBe(0);
    expect(Math.min(...counts.slice(1))).toBe(1);
    const toyStory = data.itemNames.indexOf("1");
    expect(names.filter((_, k) => matrix[toyStory * names.length + k] === 1)).toEqual([
      "Animation",
      "Children's",
      "Comedy",
    ]);
    expect(attributeTensor({ names, matrix }, data.items).shape).toEqual([data.items + 1, names.length]);
  });

  it.each([
    ["recbole", ITEMS.replace("class", "genre"), /ml\.item, line 1, field "class": The column is missing/],
    ["recbole", `${ITEMS}3\tFour Rooms\n`, /ml\.item, line 6: The row has 2 fields, 4 were expected/],
    ["movielens-100k", `${U_ITEM}\n3|Four Rooms`, /ml\.item, line 5: The row has 2 fields, 24 were expected/],
    [
      "movielens-100k",
      U_ITEM.replace(`${flags(1, 5)}`, flags(1).replace(/0$/, "2")),
      /ml\.item, line 3, field "Western": "2" is not a genre flag/,
    ],
  ] as const)("a %s file that is broken: %#", async (format, items, message) => {
    const log = format === "recbole" ? INTER : U_DATA;
    await expect(attributesOf(format, log, items)).rejects.toThrow(message);
  });

  it("names the item that the file does not know, and its folder", async () => {
    const absent = attributesOf("recbole", INTER, ITEMS.replace(/50\tStar.*\n/, ""));
    await expect(absent).rejects.toThrow(
      /reprise-data-.*: Item "50" has interactions, but is not in the item file/,
    );
    await expect(absent).rejects.toBeInstanceOf(DataError);
  });

  it("refuses a data set without items, and attributes of another vocabulary", async () => {
    const simulated = await loadDataset("simulator", { simulator: { users: 3 } });
    expect(() => itemAttributes(simulated)).toThrow(
      /has no item file\. Choose a data set with item attributes/,
    );
    const attributes = await attributesOf("recbole", INTER, ITEMS);
    expect(() => attributeTensor(attributes, 4)).toThrow(
      "4 attributes of 4 items and of padding make 20 flags, not 16",
    );
  });
});
