import { describe, expect, it } from "vitest";
import { philox4x32, philoxStream } from "./rngPhilox";

const hex = (words: ArrayLike<number>) =>
  Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0"));

describe("philox4x32", () => {
  // The known answers that Random123 publishes for philox4x32 with ten rounds.
  it.each([
    ["zeros", [0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ones", [-1, -1, -1, -1], [-1, -1], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [
      "the digits of pi",
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      "d16cfe09 94fdcceb 5001e420 24126ea1",
    ],
  ])("of %s is the published answer", (_, counter, key, answer) => {
    expect(hex(philox4x32(counter, key)).join(" ")).toBe(answer);
  });
});

describe("philoxStream", () => {
  it("is Philox of a counter: a shorter draw is the beginning of a longer one", () => {
    const long = philoxStream([3, 4], 11, [5, 6]);
    expect(hex(long.slice(4, 8))).toEqual(hex(philox4x32([1, 0, 5, 6], [3, 4])));
    for (const count of [0, 1, 4, 6])
      expect(philoxStream([3, 4], count, [5, 6])).toEqual(long.slice(0, count));
  });

  it("depends on both words of key and stream", () => {
    const seeds = [
      [0, 0, 0, 0],
      [0, 1, 0, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 1, 0],
    ];
    const draws = seeds.map(([k0, k1, s0, s1]) => hex(philoxStream([k0, k1], 4, [s0, s1])).join());
    expect(new Set(draws).size).toBe(seeds.length);
  });
});
