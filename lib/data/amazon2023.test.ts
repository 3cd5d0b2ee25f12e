import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGzip, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readAmazon5Core, readAmazonItems, readAmazonReviews } from "./amazon2023";
import { DataError } from "./error";
import { readingText as reading, withTemporaryFolder } from "./testing";

const HEADER = "user_id,parent_asin,rating,timestamp";
const TIME = 1_588_687_728_923;

/** A line of `raw/review_categories`, with all of its fields. */
function review(user: string, item: string, change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    rating: 5.0,
    title: "Lovely",
    text: 'A "lovely" sound, 音 and all.\u2028<br />',
    images: [],
    asin: `${item}X`,
    parent_asin: item,
    user_id: user,
    timestamp: TIME,
    helpful_vote: 0,
    verified_purchase: true,
    ...change,
  });
}

/** A line of `raw/meta_categories`, with all of its fields. */
function meta(item: string, change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    main_category: "Musical Instruments",
    title: "Ukulele &amp; case",
    average_rating: 4.8,
    rating_number: 10,
    features: ["Solid <b>wood</b>"],
    description: ["Señor's choice.", "Small"],
    price: null,
    images: [{ thumb: "https://x", large: "https://y", variant: "MAIN", hi_res: null }],
    videos: [],
    store: "Y",
    categories: ["Musical Instruments", "Ukuleles", "Ukuleles"],
    details: { Color: "Red" },
    parent_asin: item,
    bought_together: null,
    ...change,
  });
}

const lines = (...content: string[]) => `${content.join("\n")}\n`;

describe("the 5-core file", () => {
  const read = (content: string | Uint8Array) => reading(readAmazon5Core, content);
  const csv = lines(HEADER, `U1,B1,5.0,${TIME}`, `U2,B1,1.0,${TIME + 1}`, `U1,B2,3.0,${TIME + 500}`);

  it("is read as it is, times in seconds, packed or not", async () => {
    const { value, warnings } = await read(csv);
    expect(warnings).toEqual([]);
    expect([value.userNames, value.itemNames]).toEqual([
      ["U1", "U2"],
      ["B1", "B2"],
    ]);
    expect([...value.users]).toEqual([0, 1, 0]);
    expect([...value.items]).toEqual([0, 0, 1]);
    expect([...value.ratings]).toEqual([5, 1, 3]);
    expect([...value.timestamps!]).toEqual([1_588_687_728.923, 1_588_687_728.924, 1_588_687_729.423]);
    expect(await read(gzipSync(csv))).toEqual({ value, warnings });
    expect((await read(csv.replaceAll("\n", "\r\n"))).value).toEqual(value);
  });

  it("keeps an item that a user has twice: the file is the benchmark's", async () => {
    expect((await read(lines(HEADER, `U1,B1,5.0,${TIME}`, `U1,B1,4.0,${TIME}`))).value.users).toHaveLength(2);
  });

  it("is refused where it is empty, cut short, or another file", async () => {
    for (const empty of ["", gzipSync("")]) await expect(read(empty)).rejects.toThrow(/The file is empty/);
    await expect(read(lines(HEADER))).rejects.toThrow(/has no interactions/);
    await expect(read(gzipSync(csv).subarray(0, -9))).rejects.toThrow(/gzip file is cut short/);
    await expect(read(lines(`U1,B1,5.0,${TIME}`))).rejects.toThrow(
      /file\.txt, line 1: The header is "U1,B1,5\.0,1588687728923", not "user_id,parent_asin,rating,timestamp"/,
    );
  });

  it("goes on past malformed lines, and names them", async () => {
    const wrong: [string, RegExp][] = [
      [`U1,B1,5.0`, /file\.txt, line 2: The row has 3 fields, 4 were expected/],
      [`,B1,5.0,${TIME}`, /line 2, field "user_id": The value is empty/],
      [`U1,,5.0,${TIME}`, /line 2, field "parent_asin": The value is empty/],
      [`U1,B1,good,${TIME}`, /line 2, field "rating": "good" is not a number/],
      [`U1,B1,5.5,${TIME}`, /line 2, field "rating": A rating of 5\.5 is not in 0\.\.5/],
      [`U1,B1,5.0,1588687728`, /line 2, field "timestamp": 1588687728 is no time in milliseconds/],
      [`U1,B1,5.0,1588687728.5`, /line 2, field "timestamp": "1588687728\.5" is not an integer/],
    ];
    for (const [line, message] of wrong) {
      const { value, warnings } = await read(lines(HEADER, line, `U9,B9,4.0,${TIME}`));
      expect(value.userNames).toEqual(["U9"]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/file\.txt: 1 of 3 lines are malformed and were passed over: /);
      expect(warnings[0]).toMatch(message);
    }
  });

  it("passes over 10 malformed lines, or 1 in 1,000, and no more", async () => {
    const file = (good: number, bad: number) =>
      lines(
        HEADER,
        ...Array.from({ length: good }, (_, k) => `U${k},B1,5.0,${TIME}`),
        ...Array.from({ length: bad }, () => "bad"),
      );
    const ten = await read(file(5, 10));
    expect(ten.value.users).toHaveLength(5);
    expect(ten.warnings[0].match(/line \d+: /g)).toHaveLength(3);
    await expect(read(file(5, 11))).rejects.toThrow(
      /file\.txt: 11 of 17 lines are malformed, more than 10: .*line 7: The row has 1 field, 4 were expected/,
    );
    expect((await read(file(19_979, 20))).warnings).toHaveLength(1); // of 20,000
    await expect(read(file(19_979, 21))).rejects.toThrow(/21 of 20001 lines are malformed, more than 20/);
    await expect(read(file(0, 90_000))).rejects.toThrow(/101 of 102 lines are malformed/); // at once
    await expect(read(file(5, 11))).rejects.toBeInstanceOf(DataError);
  });
});

describe("all reviews", () => {
  const read = (content: string | Uint8Array) => reading(readAmazonReviews, content);

  it("count once a user and item, the earliest, in the order of the file", async () => {
    const content = lines(
      review("U1", "B1", { timestamp: TIME + 50, rating: 1 }),
      review("U2", "B1"),
      review("U1", "B1", { timestamp: TIME, rating: 2 }),
      review("U1", "B2", { timestamp: TIME + 10 }),
      review("U2", "B1", { rating: 3 }),
      review("U1", "B1", { timestamp: TIME + 1, rating: 4 }),
    );
    const { value, warnings } = await read(gzipSync(content));
    expect(value.userNames).toEqual(["U2", "U1"]);
    expect(value.itemNames).toEqual(["B1", "B2"]);
    expect([...value.users]).toEqual([0, 1, 1]);
    expect([...value.items]).toEqual([0, 0, 1]);
    expect([...value.ratings]).toEqual([5, 2, 5]);
    expect(value.timestamps![2]).toBeCloseTo(TIME / 1000 + 0.01, 6);
    expect(warnings).toEqual([
      expect.stringMatching(/left out 3 reviews of items that their users had reviewed before/),
    ]);
  });

  it("name the line and field of what is malformed", async () => {
    const wrong: [string, RegExp][] = [
      ['{"rating": 5', /file\.txt, line 1: The line is no JSON: /],
      ["[1]", /line 1: The line is no JSON object/],
      ["", /line 1: The line is no JSON: /],
      [review("U1", "B1", { user_id: undefined }), /field "user_id": Nothing is no text/],
      [review("U1", "B1", { parent_asin: "" }), /field "parent_asin": The value is empty/],
      [review("U1", "B1", { rating: "5" }), /field "rating": "5" is no number/],
      [review("U1", "B1", { timestamp: 1.5 }), /field "timestamp": 1\.5 is no time in milliseconds/],
    ];
    for (const [line, message] of wrong) {
      const { value, warnings } = await read(lines(line, review("U9", "B9")));
      expect(value.userNames).toEqual(["U9"]);
      expect(warnings[0]).toMatch(message);
    }
    await expect(read(lines("{}"))).rejects.toThrow(/has no interactions/);
    await expect(read("")).rejects.toThrow(/The file is empty/);
  });
});

describe("items", () => {
  const read = (content: string | Uint8Array, ...wanted: string[]) =>
    reading((path) => readAmazonItems(path, new Set(wanted)), content);

  it("have their categories, each once, and a text; those that nobody wants are left out", async () => {
    const { value, warnings } = await read(gzipSync(lines(meta("B1"), meta("B2"))), "B1");
    expect(warnings).toEqual([]);
    expect([...value.keys()]).toEqual(["B1"]);
    expect(value.get("B1")).toEqual({
      title: "Ukulele &amp; case",
      year: undefined,
      attributes: ["Musical Instruments", "Ukuleles"],
      text: "Ukulele & case. Musical Instruments, Ukuleles, Ukuleles. Solid wood. Se or's choice. Small.",
    });
  });

  it("may lack a title and lists, or be missing: then nothing is said of them", async () => {
    const absent = { title: null, categories: undefined, features: null, description: [] };
    const { value, warnings } = await read(lines(meta("B1", absent)), "B1", "B2", "B3");
    const nothing = { title: undefined, year: undefined, attributes: [], text: "" };
    expect([...value]).toEqual(["B1", "B2", "B3"].map((item) => [item, nothing]));
    expect(warnings).toEqual([expect.stringMatching(/file\.txt: nothing is said of 2 of 3 items/)]);
  });

  it("name the line and field of what is malformed, wanted or not", async () => {
    const wrong: [string, RegExp][] = [
      [meta("", {}), /field "parent_asin": The value is empty/],
      [meta("B9", { title: 7 }), /field "title": 7 is no text/],
      [meta("B9", { categories: "Games" }), /field "categories": "Games" is no list of texts/],
      [meta("B1", { description: ["a", null] }), /field "description": null is no text/],
      [meta("B2"), /line 2, field "parent_asin": Item B2 is there already/],
    ];
    for (const [line, message] of wrong) {
      const { value, warnings } = await read(lines(meta("B2"), line), "B2");
      expect([...value.keys()]).toEqual(["B2"]);
      expect(warnings[0]).toMatch(message);
    }
  });
});

describe("a large file", () => {
  const count = 200_000;
  const user = (k: number) => `A${String(Math.floor(k / 10)).padStart(27, "0")}`;
  const item = (k: number) => `B${String(k % 997).padStart(9, "0")}`;
  const words = "many words about the sound of it ".repeat(12);

  /** Writes the lines, packed, piece by piece. */
  async function write(path: string, line: (k: number) => string): Promise<number> {
    const packer = createGzip({ level: 1 });
    const done = finished(packer.pipe(createWriteStream(path)));
    let size = 0;
    for (let k = 0; k < count; k += 100) {
      const chunk = lines(...Array.from({ length: 100 }, (_, j) => line(k + j)));
      size += chunk.length;
      if (!packer.write(chunk)) await new Promise((resolve) => packer.once("drain", resolve));
    }
    packer.end();
    await done;
    return size;
  }

  // An event takes 24 bytes; twice that while arrays double, and again while repeated reviews are left out.
  it.each([
    {
      kind: "reviews",
      line: (k: number) => review(user(k), item(k), { text: `${words}${k}`, timestamp: TIME + k }),
      read: readAmazonReviews,
      ...{ bytes: 120e6, atMost: 45e6, left: 12e6 },
    },
    {
      kind: "ratings",
      line: (k: number) => (k === 0 ? HEADER : `${user(k)},${item(k)},5.0,${TIME + k}`),
      read: readAmazon5Core,
      ...{ bytes: 11e6, atMost: 20e6, left: 12e6 },
    },
  ])(
    "of $kind is never in memory as a whole, nor kept there by the names that are cut out of it",
    async ({ line, read, bytes, atMost, left }) => {
      setFlagsFromString("--expose-gc");
      const collect = runInNewContext("gc") as () => void;
      const inUse = () => {
        collect();
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        return heapUsed + arrayBuffers;
      };
      const settled = async () => {
        inUse();
        await new Promise((resolve) => setTimeout(resolve, 200)); // buffers go a little after what held them
        return inUse();
      };
      await withTemporaryFolder(async (folder) => {
        const path = join(folder, "large.gz");
        expect(await write(path, line)).toBeGreaterThan(bytes);
        const before = await settled();
        let most = 0;
        const watch = setInterval(() => {
          most = Math.max(most, inUse() - before);
        }, 100);
        const { value, warnings } = await read(path);
        clearInterval(watch);
        const after = (await settled()) - before;
        expect(warnings).toEqual([]);
        expect(value.users.length).toBeGreaterThanOrEqual(count - 1);
        expect(value.userNames).toHaveLength(count / 10);
        expect(most).toBeGreaterThan(0);
        expect(most).toBeLessThan(atMost);
        expect(after).toBeLessThan(left);
      });
    },
  );
});
