import { describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { bytesOfValues, type GgmlType, ggmlTypeNames, ggmlTypes } from "../ggmlTypes";
import { dequantise, dequantiseInto } from ".";
import { unpackKScales } from "./kScales";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/ /g, ""), "hex"));
const filled = (length: number, value: (l: number) => number) =>
  Uint8Array.from({ length }, (_, l) => value(l));
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Sixteen bytes, and the halves 0.5, 0.25, -1 and 0.125. */
const P = hex("f0e1d2c3b4a5968778695a4b3c2d1e0f");
const [HALF, QUARTER, MINUS_ONE, EIGHTH] = ["0038", "0034", "00bc", "0030"].map(hex);
const SCALES = hex("014283c4054687c8192a3b4c");

/** Values by their place in a block. */
type Expected = Readonly<Record<number, number>>;

function check(type: GgmlType, bytes: Uint8Array, expected: Expected): void {
  const values = dequantise(type, bytes, ggmlTypes[type].blockValues);
  const found = Object.fromEntries(Object.keys(expected).map((at) => [at, values[Number(at)]]));
  expect(found).toEqual(expected);
}

describe("one block of", () => {
  it("Q4_0", () => check("Q4_0", joined(HALF, P), { 0: -4, 1: -3.5, 15: 3.5, 16: 3.5, 17: 3, 31: -4 }));

  it("Q4_1", () =>
    check("Q4_1", joined(QUARTER, MINUS_ONE, P), { 0: -1, 1: -0.75, 15: 2.75, 16: 2.75, 17: 2.5, 31: -1 }));

  it("Q5_0", () =>
    check("Q5_0", joined(HALF, hex("01800240"), P), {
      0: 0,
      1: -7.5,
      15: 7.5,
      16: -0.5,
      17: 7,
      30: 0.5,
      31: -8,
    }));

  it("Q5_1", () =>
    check("Q5_1", joined(QUARTER, MINUS_ONE, hex("01800240"), P), {
      0: 3,
      1: -0.75,
      15: 6.75,
      16: 2.75,
      17: 6.5,
      30: 3.25,
      31: -1,
    }));

  it("Q8_0", () =>
    check(
      "Q8_0",
      joined(
        EIGHTH,
        filled(32, (l) => l - 16),
      ),
      { 0: -2, 16: 0, 31: 1.875 },
    ));

  const q4 = filled(128, (l) => (l & 15) | ((15 - (l & 15)) << 4));
  it("Q4_K", () =>
    check("Q4_K", joined(HALF, QUARTER, SCALES, q4), {
      0: -1.25,
      1: -0.75,
      31: 6.25,
      32: 13.5,
      33: 12.5,
      64: -1.75,
      96: 28,
      128: -0.25,
      160: 190.5,
      224: 437,
      255: -13,
    }));

  it("Q5_K", () =>
    check(
      "Q5_K",
      joined(
        HALF,
        QUARTER,
        SCALES,
        filled(32, () => 0xa5),
        q4,
      ),
      {
        0: 6.75,
        1: 7.25,
        32: 13.5,
        64: 22.25,
        96: 28,
        128: -0.25,
        160: 398.5,
        192: -8.75,
        224: 917,
        255: 467,
      },
    ));

  it("Q6_K", () => {
    const lower = filled(128, (l) => (7 * l) & 255);
    const scales = filled(16, (k) => k - 8);
    check(
      "Q6_K",
      joined(
        lower,
        filled(64, () => 0xe4),
        scales,
        HALF,
      ),
      {
        0: 128,
        1: 100,
        16: 112,
        32: 48,
        48: 40,
        96: -30,
        160: -16,
        255: 80.5,
      },
    );
  });

  it("single numbers", () => {
    const values = dequantise("F16", hex("0100 ff03 fffb"), 3);
    expect([...values]).toEqual([2 ** -24, 1023 * 2 ** -24, -65504]);
    expect([...dequantise("BF16", hex("f7c2 803f"), 2)]).toEqual([-123.5, 1]);
    expect([...dequantise("F32", hex("0000803f 000000c1"), 2)]).toEqual([1, -8]);
  });

  it("the scales of Q4_K and Q5_K", () => {
    const [scales, minima] = [new Uint8Array(8), new Uint8Array(8)];
    unpackKScales(SCALES, 0, scales, minima);
    expect([...scales]).toEqual([1, 2, 3, 4, 9, 26, 43, 60]);
    expect([...minima]).toEqual([5, 6, 7, 8, 1, 18, 35, 52]);
  });
});

/** A half by its definition. */
function half(bytes: Uint8Array, at: number): number {
  const bits = bytes[at] | (bytes[at + 1] << 8);
  const sign = bits >> 15 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** Value k of a Q2_K block, by the index formula of the format. */
function slowQ2K(bytes: Uint8Array, k: number): number {
  const [n, t, c, l] = [k >> 7, (k >> 5) & 3, (k >> 4) & 1, k & 15];
  const scale = bytes[8 * n + 2 * t + c];
  const q = (bytes[16 + 32 * n + 16 * c + l] >> (2 * t)) & 3;
  return half(bytes, 80) * (scale & 15) * q - half(bytes, 82) * (scale >> 4);
}

/** The same of a Q3_K block. */
function slowQ3K(bytes: Uint8Array, k: number): number {
  const [n, t, c, l] = [k >> 7, (k >> 5) & 3, (k >> 4) & 1, k & 15];
  const b = bytes.subarray(96, 108);
  const s = 8 * n + 2 * t + c;
  const low = s < 8 ? b[s] & 15 : b[s - 8] >> 4;
  const high = (b[8 + (s & 3)] >> (2 * Math.floor(s / 4))) & 3;
  const q = (bytes[32 + 32 * n + 16 * c + l] >> (2 * t)) & 3;
  const kept = (bytes[16 * c + l] >> (4 * n + t)) & 1;
  return half(bytes, 108) * ((low | (high << 4)) - 32) * (q - (kept ? 0 : 4));
}

describe("dequantise", () => {
  it.each([
    ["Q2_K", slowQ2K, [80, 82]],
    ["Q3_K", slowQ3K, [108]],
  ] as const)("has every value of %s where the format's formula has it", (type, slow, halves) => {
    const random = createRandom(3);
    const bytes = filled(ggmlTypes[type].blockBytes, () => random.integer(256));
    for (const at of halves) bytes[at + 1] = 0x38 | (random.integer(2) << 7); // ± half to one
    const values = dequantise(type, bytes, 256);
    for (let k = 0; k < 256; k++) expect(values[k], `value ${k}`).toBe(Math.fround(slow(bytes, k)));
  });

  it.each(ggmlTypeNames)("reads %s from any place in memory, block after block", (type) => {
    const random = createRandom(7);
    const { blockValues, blockBytes } = ggmlTypes[type];
    const bytes = filled(3 * blockBytes, () => random.integer(256));
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    const all = dequantise(type, bytes, 3 * blockValues);
    expect(dequantise(type, moved.subarray(1), 3 * blockValues)).toEqual(all);
    const surrounded = new Float32Array(3 * blockValues + 2).fill(9);
    dequantiseInto(type, bytes, surrounded.subarray(1, -1));
    expect(surrounded).toEqual(Float32Array.of(9, ...all, 9));
    const second = bytes.subarray(blockBytes, 2 * blockBytes);
    expect(dequantise(type, second, blockValues)).toEqual(all.slice(blockValues, 2 * blockValues));
  });

  it("refuses bytes that are not those of so many values", () => {
    expect(() => dequantise("Q4_1", new Uint8Array(20), 64)).toThrow(
      "64 Q4_1 values have 40 bytes; there are 20.",
    );
    expect(() => dequantise("Q4_1", new Uint8Array(20), 31)).toThrow(
      "Q4_1 holds whole blocks of 32 values, and not 31 values.",
    );
    expect(() => dequantiseInto("F32", new Uint8Array(5), new Float32Array(1))).toThrow(
      /have 4 bytes; there are 5/,
    );
    expect(() => bytesOfValues("F16", -1)).toThrow(/not -1 values/);
  });
});
