import { describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { halfBits, halfValues } from "../../../tensor/float16";
import { dequantise } from "../dequantise";
import { type QuantisedType, quantise } from ".";

const random = createRandom(11);
const normals = (count: number, scale: number) =>
  Float32Array.from({ length: count }, () => scale * random.normal());
const TYPES: readonly QuantisedType[] = ["Q4_0", "Q4_1", "Q8_0"];

/** What rounding d to half precision moves at most: relative 2⁻¹¹, or half of the smallest step. */
const halfError = (x: number) => Math.max(Math.abs(x) * 2 ** -11, 2 ** -25);

describe("quantise, then dequantise", () => {
  it.each([1e-6, 1e-3, 1, 1000])("stays within half a step, at scale %d", (scale) => {
    for (let block = 0; block < 50; block++) {
      const values = normals(32, scale);
      const back = (type: QuantisedType) => dequantise(type, quantise(type, values), 32);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const magnitude = Math.max(-least, most);
      const extreme = magnitude === most ? most : least;
      const [eight, fourOne, four] = [back("Q8_0"), back("Q4_1"), back("Q4_0")];
      const d1 = (most - least) / 15;
      const d0 = magnitude / 8;
      for (let j = 0; j < 32; j++) {
        const x = values[j];
        const slack = 1e-6 * magnitude; // float32
        expect(Math.abs(eight[j] - x)).toBeLessThanOrEqual(
          magnitude / 254 + 127 * halfError(magnitude / 127) + slack,
        );
        expect(Math.abs(fourOne[j] - x)).toBeLessThanOrEqual(
          d1 / 2 + 15 * halfError(d1) + halfError(least) + slack,
        );
        // The scale has the sign of the extreme value, and +8 d does not exist: what lies there is cut to 7 d.
        const cut = Math.sign(x) === -Math.sign(extreme) && Math.abs(x) > 7.5 * d0 ? d0 : d0 / 2;
        expect(Math.abs(four[j] - x)).toBeLessThanOrEqual(cut + 8 * halfError(d0) + slack);
      }
    }
  });

  it.each(TYPES)("%s keeps zeros, constants and the place of each block", (type) => {
    expect([...dequantise(type, quantise(type, new Float32Array(32)), 32)].map(Math.abs)).toEqual(
      Array(32).fill(0),
    );
    const constant = dequantise(type, quantise(type, new Float32Array(32).fill(-3)), 32);
    for (const value of constant) expect(Math.abs(value + 3)).toBeLessThan(3 * 2 ** -10);
    const values = normals(96, 1);
    const whole = quantise(type, values);
    const parts = [0, 32, 64].flatMap((from) => [...quantise(type, values.slice(from, from + 32))]);
    expect([...whole]).toEqual(parts);
  });

  it("gives quantised values back as they were", () => {
    const grid = Float32Array.from({ length: 32 }, (_, j) => ((j * 5) % 16) * 0.25 - 1);
    expect(dequantise("Q4_1", quantise("Q4_1", grid), 32)).toEqual(grid);
    const signed = Float32Array.from({ length: 32 }, (_, j) => (((j * 5) % 16) - 8) * 0.5);
    expect(dequantise("Q4_0", quantise("Q4_0", signed), 32)).toEqual(signed);
    const bytes = Float32Array.from({ length: 32 }, (_, j) => (j === 3 ? -127 : j - 16) * 0.125);
    expect(dequantise("Q8_0", quantise("Q8_0", bytes), 32)).toEqual(bytes);
  });

  it("says which values it cannot hold", () => {
    const values = new Float32Array(64);
    values[40] = Number.NaN;
    expect(() => quantise("Q4_0", values)).toThrow("Q4_0 holds finite values only; value 40 is NaN.");
    values[40] = 1e7;
    expect(() => quantise("Q8_0", values)).toThrow(
      /Q8_0 has scales of half precision, up to 65504; values 32 to 63 need 78740/,
    );
    expect(() => quantise("Q4_1", new Float32Array(33))).toThrow(/whole blocks of 32 values, and not 33/);
    expect(halfValues[halfBits(1e7)]).toBe(Number.POSITIVE_INFINITY); // why
  });
});
