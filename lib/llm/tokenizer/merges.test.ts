import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { createSymbols, mergeByHeap, mergeByScan, mergeSymbols, type Symbols } from "./merges";
import { type PairRanks, pairRanks } from "./pairRanks";

/** a, b, c, d, e, f are 0 to 5; then what the merges make, in their order. */
const LETTERS = "abcdef";

function ranksOf(merges: readonly (readonly [string, string])[]): { ranks: PairRanks; names: string[] } {
  const names = [...LETTERS];
  for (const [left, right] of merges) if (!names.includes(left + right)) names.push(left + right);
  const column = (of: (merge: readonly [string, string]) => string) =>
    Int32Array.from(merges, (merge) => names.indexOf(of(merge)));
  return {
    names,
    ranks: pairRanks(
      column(([left]) => left),
      column(([, right]) => right),
      column(([left, right]) => left + right),
    ),
  };
}

function symbolsOf(text: string): Symbols {
  const symbols = createSymbols(text.length);
  for (let i = 0; i < text.length; i++) {
    symbols.ids[i] = LETTERS.indexOf(text[i]);
    symbols.starts[i] = i;
    symbols.ends[i] = i + 1;
  }
  symbols.count = text.length;
  return symbols;
}

const idsOf = ({ ids, count }: Symbols) => [...ids.subarray(0, count)];

/** The rule as it is written, on names. */
function mergeNames(text: string, merges: readonly (readonly [string, string])[]): string[] {
  const parts = [...text];
  for (;;) {
    const merge = merges.find(([left, right]) =>
      parts.some((part, i) => part === left && parts[i + 1] === right),
    );
    if (merge === undefined) return parts;
    const at = parts.findIndex((part, i) => part === merge[0] && parts[i + 1] === merge[1]);
    parts.splice(at, 2, merge.join(""));
  }
}

const WAYS = [
  ["scan", mergeByScan],
  ["heap", mergeByHeap],
  ["either", mergeSymbols],
] as const;

describe.each(WAYS)("merging by %s", (_, merge) => {
  test("is by rank, not by the longest match", () => {
    // The longest match is abcd, e. By rank cd comes first, which leaves no other pair than a, b.
    const { ranks, names } = ranksOf([
      ["c", "d"],
      ["d", "e"],
      ["b", "c"],
      ["bc", "d"],
      ["a", "b"],
      ["a", "bcd"],
    ]);
    const symbols = symbolsOf("abcde");
    merge(symbols, ranks);
    expect(idsOf(symbols).map((id) => names[id])).toEqual(["ab", "cd", "e"]);
    expect([...symbols.starts.subarray(0, symbols.count)]).toEqual([0, 2, 4]);
    expect([...symbols.ends.subarray(0, symbols.count)]).toEqual([2, 4, 5]);
  });

  test("takes the leftmost of equal pairs", () => {
    const { ranks, names } = ranksOf([["a", "a"]]);
    const symbols = symbolsOf("aaaaa");
    merge(symbols, ranks);
    expect(idsOf(symbols).map((id) => names[id])).toEqual(["aa", "aa", "a"]);
  });

  test("does what the rule says, on random merges and pieces", () => {
    const random = createRandom(5);
    for (let trial = 0; trial < 30; trial++) {
      const merges: [string, string][] = [];
      const known: string[] = [...LETTERS];
      for (let i = 0; i < 12; i++) {
        const pair: [string, string] = [
          known[random.integer(known.length)],
          known[random.integer(known.length)],
        ];
        if (merges.some(([left, right]) => left === pair[0] && right === pair[1])) continue;
        merges.push(pair);
        if (!known.includes(pair.join(""))) known.push(pair.join(""));
      }
      random.shuffle(merges); // so that a merge may come before what it needs is made
      const { ranks, names } = ranksOf(merges);
      for (let piece = 0; piece < 10; piece++) {
        const text = Array.from({ length: random.integer(90) }, () => LETTERS[random.integer(3)]).join("");
        const symbols = symbolsOf(text);
        merge(symbols, ranks);
        expect(idsOf(symbols).map((id) => names[id])).toEqual(mergeNames(text, merges));
        for (let i = 0; i < symbols.count; i++)
          expect(text.slice(symbols.starts[i], symbols.ends[i])).toBe(names[symbols.ids[i]]);
      }
    }
  });

  test("leaves an empty piece and a single symbol", () => {
    const { ranks } = ranksOf([["a", "b"]]);
    for (const text of ["", "a"]) {
      const symbols = symbolsOf(text);
      merge(symbols, ranks);
      expect(symbols.count).toBe(text.length);
    }
  });
});

test("a piece of a megabyte is merged to its end", () => {
  const { ranks, names } = ranksOf([
    ["a", "b"],
    ["ab", "ab"],
    ["abab", "abab"],
  ]);
  const symbols = symbolsOf("ab".repeat(500_002));
  mergeSymbols(symbols, ranks);
  expect(symbols.count).toBe(125_001);
  expect(names[symbols.ids[124_999]]).toBe("abababab");
  expect(names[symbols.ids[125_000]]).toBe("abab");
});
