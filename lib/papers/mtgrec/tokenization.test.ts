import { describe, expect, it } from "vitest";
import type { StoredRun } from "../../experiment/store";
import { identifier } from "../../recsys/generative/tokenMap";
import { mtgRecConfig } from "./config";
import { churnRows, quantizedItems, readSnapshots, readTokenMaps } from "./tokenization";

/** What a tokenizer's run leaves: the tuples of all items at each snapshot, of codes below 4. */
function tokenizerRun(snapshots: number[][][], codewords: number[] = []): StoredRun {
  const arrays: Record<string, Int32Array | Float64Array> = {
    codes: Int32Array.from(snapshots.flat(2)),
    codewords: Float64Array.from(codewords),
  };
  const metrics = { snapshots: snapshots.length, levels: snapshots[0][0].length, codes: 4 };
  return { metrics, array: (name: string) => arrays[name] } as unknown as StoredRun;
}

const FIRST = [
  [0, 0],
  [1, 1],
  [2, 2],
  [3, 3],
  [0, 1],
];
const SECOND = [
  [0, 0],
  [1, 2],
  [2, 2],
  [3, 3],
  [0, 1],
];
const THIRD = [
  [1, 0],
  [1, 3],
  [2, 2],
  [3, 3],
  [0, 1],
];
const run = tokenizerRun([FIRST, SECOND, THIRD]);
const config = mtgRecConfig("smoke");

describe("snapshots of a run", () => {
  it("come back as they were stored, the last one last", () => {
    expect(readSnapshots(run).map(({ values }) => [...values])).toEqual([
      FIRST.flat(),
      SECOND.flat(),
      THIRD.flat(),
    ]);
    expect(readSnapshots(run)[1]).toMatchObject({ items: 5, levels: 2, codes: 4 });
  });

  it("change from one to the next, and more over a larger gap", () => {
    const rows = churnRows(run);
    expect(rows.map(({ gap }) => gap)).toEqual([1, 2]);
    expect(rows[0].first).toBeCloseTo(0.1, 12); // none of five, then one
    expect(rows[0].any).toBeCloseTo(0.3, 12); // one of five, then two
    expect(rows[1].first).toBeCloseTo(0.2, 12);
    expect(rows[1].any).toBeCloseTo(0.4, 12);
  });
});

describe("tokenizers of a recommender", () => {
  it("are the last snapshots of one run", () => {
    const maps = readTokenMaps(config, [run], 2);
    expect(maps).toHaveLength(2);
    const [second, third] = maps.map((map) => [...identifier(map, 2)]);
    const { offsets } = maps[0].vocabulary;
    expect(second.slice(0, 2)).toEqual([offsets[0] + 1, offsets[1] + 2]);
    expect(third.slice(0, 2)).toEqual([offsets[0] + 1, offsets[1] + 3]);
    expect(maps[1].vocabulary).toBe(maps[0].vocabulary);
  });

  it("or the last one of each of several", () => {
    const maps = readTokenMaps(config, [run, tokenizerRun([THIRD, FIRST])], 2);
    const { offsets } = maps[0].vocabulary;
    expect(maps.map((map) => identifier(map, 2)[1] - offsets[1])).toEqual([3, 1]);
  });

  it("have one vocabulary, whose last digit tells the largest collision of all of them apart", () => {
    const alike = Array.from({ length: 6 }, () => [2, 2]);
    const apart = [...FIRST, [3, 1]];
    const maps = readTokenMaps(config, [tokenizerRun([alike, apart])], 2);
    expect(maps[0].vocabulary.widths).toEqual([4, 4, 6]);
    expect(maps[1].vocabulary).toBe(maps[0].vocabulary);
    const written = Array.from({ length: 6 }, (_, item) => identifier(maps[0], item + 1).join());
    expect(new Set(written).size).toBe(6);
    expect(readTokenMaps(config, [run], 1)[0].vocabulary.widths).toEqual([4, 4, 4]);
  });

  it("of LETTER share identifiers, for itself and as MTGRec's", () => {
    const alike = tokenizerRun([
      [
        [1, 2],
        [1, 2],
        [0, 0],
      ],
    ]);
    for (const letter of [{ model: "LETTER" }, { model: "MTGRec", backbone: "LETTER" }] as const) {
      const [map] = readTokenMaps({ ...config, ...letter }, [alike], 1);
      expect(map.vocabulary.widths).toEqual([4, 4]);
      expect([...identifier(map, 1)]).toEqual([...identifier(map, 2)]);
    }
    const [digit] = readTokenMaps({ ...config, model: "TIGER", backbone: "LETTER" }, [alike], 1);
    expect([...identifier(digit, 1)]).not.toEqual([...identifier(digit, 2)]);
  });
});

it("an item is the sum of its codewords, by the last snapshot", () => {
  // [2 levels, 4 codes, 2 dimensions]: of level 0 (k, 10k), of level 1 (100k, 1000k)
  const codewords = [0, 1].flatMap((level) =>
    [0, 1, 2, 3].flatMap((k) => [k * 100 ** level, 10 * k * 100 ** level]),
  );
  const found = quantizedItems(tokenizerRun([FIRST, THIRD], codewords));
  expect(found).toMatchObject({ items: 5, dimensions: 2 });
  expect([...found.values]).toEqual([1, 10, 301, 3010, 202, 2020, 303, 3030, 100, 1000]);
  expect([...found.firstCodes]).toEqual([1, 1, 2, 3, 0]);
});
