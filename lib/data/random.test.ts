import { describe, expect, it } from "vitest";
import { createRandom, fromState } from "./random";

/** xoshiro128** in 64-bit integers masked to 32 bits: slow and plain, the reference. */
function reference(state: bigint[]): () => number {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const s = [...state];
  return () => {
    const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
    return Number(result);
  };
}

describe("random", () => {
  it("is xoshiro128**", () => {
    const random = fromState([1, 2, 3, 4]);
    const slow = reference([1n, 2n, 3n, 4n]);
    expect(random.bits()).toBe(11520); // 2·5, rotated by 7, times 9
    slow();
    for (let i = 0; i < 1000; i++) expect(random.bits()).toBe(slow());
  });

  it("gives the same numbers for a seed, others for another seed or stream", () => {
    const draw = (...seed: [number, ...number[]]) => Array.from({ length: 4 }, createRandom(...seed).bits);
    expect(draw(7)).toEqual(draw(7));
    const streams = [draw(7), draw(8), draw(7, 0), draw(7, 1), draw(-7), draw(7 + 2 ** 32)].map(String);
    expect(new Set(streams).size).toBe(streams.length);
  });

  it("draws uniform and exponential variates with the right moments", () => {
    const random = createRandom(1);
    const n = 100_000;
    let sum = 0;
    let squares = 0;
    let exponentials = 0;
    let outside = 0;
    for (let i = 0; i < n; i++) {
      const u = random.uniform();
      outside += u >= 0 && u < 1 ? 0 : 1;
      sum += u;
      squares += u * u;
      exponentials += random.exponential(3);
    }
    expect(outside).toBe(0);
    expect(sum / n).toBeCloseTo(0.5, 2);
    expect(squares / n - (sum / n) ** 2).toBeCloseTo(1 / 12, 2);
    expect(Math.abs(exponentials / n - 3)).toBeLessThan(0.05);
  });

  it("draws normal variates with the right moments and tails", () => {
    const random = createRandom(5);
    const n = 100_000;
    const moments = new Float64Array(4);
    let beyond = 0;
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      for (let k = 0; k < 4; k++) moments[k] += x ** (k + 1) / n;
      if (Math.abs(x) > 1.959964) beyond++;
    }
    [0, 1, 0, 3].forEach((expected, k) => {
      expect(Math.abs(moments[k] - expected)).toBeLessThan([0.015, 0.02, 0.05, 0.15][k]);
    });
    expect(Math.abs(beyond / n - 0.05)).toBeLessThan(0.003);
  });

  it("draws integers and categories in proportion", () => {
    const random = createRandom(2);
    const counts = new Float64Array(3);
    const categories = new Float64Array(3);
    for (let i = 0; i < 60_000; i++) {
      counts[random.integer(3)]++;
      categories[random.categorical([1, 1, 4])]++;
    }
    for (const count of counts) expect(Math.abs(count - 20_000)).toBeLessThan(500);
    expect(Math.abs(categories[0] - 15_000)).toBeLessThan(500);
    expect(categories[1]).toBe(0);
  });

  it("shuffles every order with the same chance", () => {
    const random = createRandom(3);
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = random.shuffle([0, 1, 2]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it("refuses seeds and ranges that make no sense", () => {
    expect(() => createRandom(0.5)).toThrow(/safe integer/);
    expect(() => createRandom(0).integer(0)).toThrow(/integer in/);
    expect(() => fromState([0, 0, 0, 0])).toThrow(/zero/);
  });
});
