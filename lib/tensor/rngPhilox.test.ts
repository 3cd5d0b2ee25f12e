import { describe, expect, it } from "vitest";
import { philox4x32, statelessBits } from "./rngPhilox";

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

describe("statelessBits", () => {
  it("is one sequence: a shorter draw is the beginning of a longer one", () => {
    const long = statelessBits([3, 4], 11);
    for (const count of [0, 1, 4, 6]) expect(statelessBits([3, 4], count)).toEqual(long.slice(0, count));
  });

  it("depends on both words of the seed", () => {
    const draws = [
      [0, 0],
      [0, 1],
      [1, 0],
    ].map((seed) => hex(statelessBits(seed, 4)).join());
    expect(new Set(draws).size).toBe(3);
  });
});
