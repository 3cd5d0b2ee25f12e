import { describe, expect, it } from "vitest";
import { MISSED, rankInBeams, sharedIdentifiers } from "./beamRanks";
import { itemCodes } from "./itemCodes";
import { identifierVocabulary, tokenMap } from "./tokenMap";

/** Items 1..6; 2, 3 and 5 have one tuple, 1 and 6 another, 4 its own. */
const CODES = itemCodes(Int32Array.of(0, 0, 1, 1, 1, 1, 2, 0, 1, 1, 0, 0), 2, 3);
const shared = sharedIdentifiers(tokenMap(CODES, identifierVocabulary(CODES, "shared")));
const apart = sharedIdentifiers(tokenMap(CODES, identifierVocabulary(CODES)));

describe("the rank of an item in a list of tuples", () => {
  it("knows which items share an identifier", () => {
    expect([...shared.first]).toEqual([0, 1, 2, 2, 4, 2, 1]);
    expect([...shared.place]).toEqual([0, 0, 0, 1, 0, 2, 1]);
    expect([...shared.count]).toEqual([0, 2, 3, 3, 1, 3, 2]);
    expect([...apart.first]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...apart.count]).toEqual([0, 1, 1, 1, 1, 1, 1]);
  });

  it("is the tuple's place where no two items share one", () => {
    const beams = [4, 0, 2, 0, 6];
    expect([4, 2, 6].map((item) => rankInBeams(beams, item, apart, false))).toEqual([1, 3, 5]);
    expect([4, 2, 6].map((item) => rankInBeams(beams, item, apart, true))).toEqual([1, 2, 3]);
    expect(rankInBeams(beams, 3, apart, false)).toBe(MISSED);
  });

  it("lets every item of a tuple take a place", () => {
    const beams = [2, 0, 1];
    const ranks = [2, 3, 5, 1, 6, 4].map((item) => rankInBeams(beams, item, shared, false));
    expect(ranks).toEqual([1, 2, 3, 5, 6, MISSED]);
    expect(rankInBeams(beams, 6, shared, true)).toBe(5);
  });
});
