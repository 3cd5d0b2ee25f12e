import { describe, expect, it } from "vitest";
import { buildSequences } from "../sequences";
import { itemCodes } from "./itemCodes";
import { tokenBatch } from "./tokenBatches";
import { identifier, identifierVocabulary, largestCollision, tokenMap } from "./tokenMap";
import { buildTrie, findItem } from "./trie";
import { vocabulary } from "./vocabulary";

/** Five items of two levels of three codes; the second, third and fifth collide. */
const CODES = itemCodes(Int32Array.of(0, 1, 2, 2, 2, 2, 1, 0, 2, 2), 2, 3);

describe("the vocabulary", () => {
  it("has MTGRec's 1,027 ids for four digits of 256: padding, digits, user 1025, end 1026", () => {
    const { offsets, user, end, size } = vocabulary([256, 256, 256, 256]);
    expect(offsets).toEqual([1, 257, 513, 769]);
    expect([user, end, size]).toEqual([1025, 1026, 1027]);
  });

  it("refuses digits without values", () => {
    expect(() => vocabulary([4, 0])).toThrow("[4, 0]");
    expect(() => vocabulary([])).toThrow("digits");
  });

  it("has UTGRec's 768 codes for a root of 256 and leaves of 512 that later digits share", () => {
    const { offsets, user, end, size } = vocabulary([256, 512, 512], { ranges: [0, 1, 1] });
    expect(offsets).toEqual([1, 257, 257]);
    expect([user, end, size]).toEqual([769, 770, 771]);
    expect(vocabulary([256, 512, 512, 512], { ranges: [0, 1, 1, 1] }).size).toBe(size);
  });

  it("gives every digit its own range where none is shared, and comes back to an earlier one", () => {
    expect(vocabulary([4, 2, 4], { ranges: [0, 1, 2] })).toEqual(vocabulary([4, 2, 4]));
    expect(vocabulary([4, 2, 4], { ranges: [0, 1, 0] }).offsets).toEqual([1, 5, 1]);
  });

  it("refuses ranges that digits of different widths share, that skip a number or that are too few", () => {
    expect(() => vocabulary([4, 8, 6], { ranges: [0, 1, 1] })).toThrow(
      "digits 2 and 3 share a range, but have 8 and 6",
    );
    expect(() => vocabulary([4, 8], { ranges: [0, 2] })).toThrow("numbered 0, 1, ..");
    expect(() => vocabulary([4, 8], { ranges: [0] })).toThrow("2 digits, but ranges of 1");
  });
});

describe("a token map", () => {
  const map = tokenMap(CODES, identifierVocabulary(CODES));

  it("writes each digit in a range of its own, and tells colliding items apart by the last", () => {
    expect([...map.tokens]).toEqual([0, 0, 0, 1, 5, 7, 3, 6, 7, 3, 6, 8, 2, 4, 7, 3, 6, 9]);
    expect([...identifier(map, 4)]).toEqual([2, 4, 7]);
  });

  it("never writes padding, user or end", () => {
    const { user, end } = map.vocabulary;
    for (const token of map.tokens.subarray(3)) expect([0, user, end]).not.toContain(token);
  });

  it("fills the last digit up to its last value, which is still no user token", () => {
    const equal = itemCodes(new Int32Array(256 * 3), 3, 256);
    const shared = identifierVocabulary(equal);
    const full = tokenMap(equal, shared);
    expect(Math.max(...full.tokens)).toBe(shared.user - 1);
  });

  it("refuses more collisions than the digit has values, and codes that do not fit", () => {
    expect(largestCollision(CODES)).toBe(3);
    expect(() => tokenMap(CODES, vocabulary([3, 3, 2]))).toThrow("3 items");
    expect(() => tokenMap(CODES, vocabulary([3, 2, 3]))).toThrow("item 2 has 2 in digit 2");
    expect(() => tokenMap(CODES, vocabulary([3]))).toThrow("2 levels do not fit");
  });

  it("lets items share an identifier where there is no digit for them", () => {
    const shared = tokenMap(CODES, identifierVocabulary(CODES, "shared"));
    expect([...identifier(shared, 2)]).toEqual([...identifier(shared, 5)]);
    expect(findItem(buildTrie(shared), identifier(shared, 5))).toBe(2);
  });
});

/** A root of two codes, then two digits of one leaf book of four. */
const TREE = itemCodes(Int32Array.of(0, 3, 3, 1, 0, 3, 1, 3, 0, 0, 1, 1), 3, 4);
const SHARED_RANGE = vocabulary([2, 4, 4], { ranges: [0, 1, 1] });

describe("identifiers whose later digits share a range", () => {
  const map = tokenMap(TREE, SHARED_RANGE);

  it("write a leaf code with the same token in every position, and never with one of the root", () => {
    expect([...map.tokens]).toEqual([0, 0, 0, 1, 6, 6, 2, 3, 6, 2, 6, 3, 1, 4, 4]);
    for (let item = 1; item <= 4; item++) {
      const [root, ...leaves] = identifier(map, item);
      expect(root).toBeLessThanOrEqual(2);
      for (const leaf of leaves) expect(leaf).toBeGreaterThan(2);
    }
    expect(Math.max(...map.tokens)).toBe(SHARED_RANGE.user - 1);
  });

  it("lead back to their items, in order: the same two leaves the other way round are another item", () => {
    const trie = buildTrie(map);
    for (let item = 1; item <= 4; item++) expect(findItem(trie, identifier(map, item))).toBe(item);
    expect(findItem(trie, [2, 6, 6])).toBe(0);
    expect(findItem(trie, [6, 6, 6])).toBe(0); // a leaf where the root stands
    expect(findItem(trie, [1, 1, 6])).toBe(0); // the root where a leaf stands
  });

  it("are refused where a root code is beyond the root", () => {
    const beyond = itemCodes(Int32Array.of(3, 0, 0), 3, 4);
    expect(() => tokenMap(beyond, SHARED_RANGE)).toThrow("item 1 has 3 in digit 1");
  });
});

describe("the trie", () => {
  it("leads every identifier back to its item, for several tokenizers of one vocabulary", () => {
    const other = itemCodes(Int32Array.of(1, 1, 0, 2, 2, 0, 1, 1, 1, 1), 2, 3);
    const shared = identifierVocabulary(CODES);
    for (const codes of [CODES, other]) {
      const map = tokenMap(codes, shared);
      const trie = buildTrie(map);
      for (let item = 1; item <= 5; item++) expect(findItem(trie, identifier(map, item))).toBe(item);
    }
  });

  it("leads what no item has to 0", () => {
    const trie = buildTrie(tokenMap(CODES, identifierVocabulary(CODES)));
    expect(findItem(trie, [1, 5, 8])).toBe(0); // the first item collides with none
    expect(findItem(trie, [1, 4, 7])).toBe(0);
    expect(findItem(trie, [5, 5, 7])).toBe(0); // a token of another digit
  });
});

describe("a batch of tokens", () => {
  const events = Int32Array.of(0, 1, 2, 3, 4);
  const log = {
    users: new Int32Array(5),
    items: events,
    ratings: new Float64Array(5),
    timestamps: undefined,
    userNames: ["u"],
    itemNames: ["a", "b", "c", "d", "e"],
  };
  const data = buildSequences(log, events);
  const shared = identifierVocabulary(CODES);
  const other = itemCodes(Int32Array.of(1, 1, 0, 2, 2, 0, 1, 1, 1, 1), 2, 3);
  const maps = [tokenMap(CODES, shared), tokenMap(other, shared)];

  it("has the user, the last L items, the end, and padding; the labels end with the end", () => {
    const { inputs, labels } = tokenBatch(data, Int32Array.of(1, 4), 2, maps);
    const { user, end } = shared;
    expect([...inputs.subarray(0, 8)]).toEqual([user, 1, 5, 7, end, 0, 0, 0]);
    expect([...inputs.subarray(8)]).toEqual([user, 3, 6, 8, 2, 4, 7, end]);
    expect([...labels]).toEqual([3, 6, 7, end, 3, 6, 9, end]);
  });

  it("writes history and target by the same tokenizer", () => {
    const { inputs, labels } = tokenBatch(data, Int32Array.of(1), 2, maps, [1]);
    expect([...inputs.subarray(1, 4)]).toEqual([...identifier(maps[1], 1)]);
    expect([...labels.subarray(0, 3)]).toEqual([...identifier(maps[1], 2)]);
  });

  it("refuses a user's first event", () => {
    expect(() => tokenBatch(data, Int32Array.of(0), 2, maps)).toThrow("no history");
  });
});
