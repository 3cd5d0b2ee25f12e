import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { normalizeNfc } from "./normalization";

describe("normal form C with its origin", () => {
  test("a text that is in it is left as it is", () => {
    expect(normalizeNfc("naïve 漢😀")).toEqual({ text: "naïve 漢😀" });
  });

  test("what composes comes from all of it", () => {
    const { text, origin } = normalizeNfc("xe\u0301y");
    expect(text).toBe("xéy");
    expect([...origin!.starts]).toEqual([0, 1, 3]);
    expect([...origin!.ends]).toEqual([1, 3, 4]);
  });

  test("what decomposes comes from it", () => {
    const { text, origin } = normalizeNfc("a\u0958b"); // a composition that is excluded
    expect(text).toBe("a\u0915\u093cb");
    expect([...origin!.starts]).toEqual([0, 1, 1, 2]);
    expect([...origin!.ends]).toEqual([1, 2, 2, 3]);
  });

  test("jamo make a syllable", () => {
    const { text, origin } = normalizeNfc("ᄀ\u1161\u11a8!");
    expect(text).toBe("각!");
    expect([...origin!.ends]).toEqual([3, 4]);
  });

  test("cluster by cluster is the whole, for every character that composes", () => {
    for (let code = 0; code < 0x110000; code++) {
      if (code === 0xd800) code = 0xe000;
      const composed = String.fromCodePoint(code);
      const decomposed = composed.normalize("NFD");
      if (decomposed !== composed) expectWhole(`a${decomposed}${decomposed}b`);
    }
  });

  test("cluster by cluster is the whole, for random heaps of marks", () => {
    const random = createRandom(4);
    const parts = [
      "e",
      "o",
      "\u0301",
      "\u0308",
      "\u0327",
      "\u0345",
      "ᄀ",
      "\u1161",
      "\u11a8",
      "가",
      "\u0958",
      "Å",
      "\ud800",
      "😀",
      ">",
      "\u0338",
    ];
    for (let i = 0; i < 2000; i++)
      expectWhole(Array.from({ length: 12 }, () => parts[random.integer(parts.length)]).join(""));
  });
});

/** Clusters are told apart by their origin: normalised each for itself, they must be the text. */
function expectWhole(original: string): void {
  const { text, origin } = normalizeNfc(original);
  if (origin === undefined) return;
  let joined = "";
  let covered = 0;
  for (let i = 0; i < text.length; i++) {
    if (origin.starts[i] < covered) continue; // of the cluster before
    joined += original.slice(origin.starts[i], origin.ends[i]).normalize("NFC");
    covered = origin.ends[i];
  }
  expect(joined).toBe(text);
  expect(covered).toBe(original.length);
}
