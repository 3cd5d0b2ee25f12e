import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { forEachLine, type TextEncoding } from "./lines";
import { readingText as reading } from "./testing";

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

  it("unpacks a gzip file, and says where one is cut short or damaged", async () => {
    const long = Array.from({ length: 3000 }, (_, k) => `${"é日".repeat(k % 50)}${k * 7919}`);
    const packed = gzipSync(long.join("\n"));
    expect(await lines(packed)).toEqual(long);
    expect(await lines(Buffer.concat([gzipSync("a\nb"), gzipSync("c\nd")]))).toEqual(["a", "bc", "d"]);
    await expect(lines(packed.subarray(0, packed.length / 2))).rejects.toThrow(
      /file\.txt, line \d+: The gzip file is cut short after this\. Fetch the file anew/,
    );
    await expect(lines(packed.subarray(0, -5))).rejects.toThrow(/is cut short/);
    const damaged = Buffer.from(packed);
    damaged[damaged.length - 6] ^= 1;
    await expect(lines(damaged)).rejects.toThrow(/The gzip file is damaged: incorrect data check/);
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
