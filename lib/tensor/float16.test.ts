import { describe, expect, it } from "vitest";
import { halfBits, halfValues } from "./float16";

describe("halfValues", () => {
  it("has subnormal, largest and special numbers", () => {
    expect(halfValues[0x0001]).toBe(2 ** -24);
    expect(halfValues[0x03ff]).toBe(6.097555160522461e-5);
    expect(halfValues[0xfbff]).toBe(-65504);
    expect([0x0038, 0x0034, 0x00bc, 0x0030].map((b) => halfValues[(b & 0xff) << 8])).toEqual([
      0.5, 0.25, -1, 0.125,
    ]);
    expect(Object.is(halfValues[0x8000], -0)).toBe(true);
    expect([halfValues[0x7c00], halfValues[0xfc00]]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(halfValues[0x7c01]).toBeNaN();
  });
});

describe("halfBits", () => {
  it("gives every half back", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfValues[bits];
      if (Number.isNaN(value)) expect(halfBits(value) & 0x7fff).toBe(0x7e00);
      else if (halfBits(value) !== bits) expect(halfBits(value)).toBe(bits);
    }
  });

  it("rounds to the nearest, halves to even", () => {
    const order = Array.from({ length: 0x7c00 }, (_, bits) => bits);
    for (const bits of order.slice(0, -1)) {
      const [low, high] = [halfValues[bits], halfValues[bits + 1]];
      const middle = (low + high) / 2; // exact in float32
      const even = bits % 2 === 0 ? bits : bits + 1;
      const got = [
        halfBits(middle),
        halfBits(low + (high - low) / 4),
        halfBits(low + (3 * (high - low)) / 4),
      ];
      if (got.join() !== [even, bits, bits + 1].join()) expect(got).toEqual([even, bits, bits + 1]);
    }
  });

  it("goes to infinity from 65,520 on, and to zero below half of the smallest", () => {
    expect([65519, 65520, -65520, 1e30].map(halfBits)).toEqual([0x7bff, 0x7c00, 0xfc00, 0x7c00]);
    expect([2 ** -25, 2 ** -25 * 1.01, -(2 ** -26)].map(halfBits)).toEqual([0, 1, 0x8000]);
  });
});
