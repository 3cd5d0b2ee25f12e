import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose, sampleTensor } from "../../tensor/testing";
import { ropeFrequencies, rotate, rotationAt, rotationOf } from "./rope";
import { llama3Factors } from "./ropeScaling";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("rotary positions", () => {
  test("turn feature j with feature j + d/2, by hand", () => {
    // Base 100, four features: angles 3 and 0.3 at position 3.
    const [c, s, c2, s2] = [Math.cos(3), Math.sin(3), Math.cos(0.3), Math.sin(0.3)];
    const x = tf.tensor4d([1, 2, 5, 7], [1, 1, 1, 4]);
    const turned = rotate(x, rotationOf({ headWidth: 4, ropeBase: 100 }, 3, 1));
    assertClose(turned.flatten(), [c - 5 * s, 2 * c2 - 7 * s2, s + 5 * c, 2 * s2 + 7 * c2]);
  });

  test("leave scores that depend on the distance alone", () => {
    const config = { headWidth: 6, ropeBase: 50, ropeFactors: [1, 2, 8] };
    const [q, k] = [1, 2].map((seed) => sampleTensor<tf.Tensor4D>([1, 1, 1, 6], seed));
    const score = (i: number, j: number) =>
      rotate(q, rotationOf(config, i, 1))
        .mul(rotate(k, rotationOf(config, j, 1)))
        .sum()
        .dataSync()[0];
    expect(score(5, 2)).toBeCloseTo(score(103, 100), 5);
    expect(score(9, 9)).toBeCloseTo(q.mul(k).sum().dataSync()[0], 5);
    expect(Math.abs(score(5, 2) - score(5, 3))).toBeGreaterThan(1e-3);
  });

  test("at positions that a program is given are those of consecutive ones", () => {
    const config = { headWidth: 4, ropeBase: 100 };
    const at = rotationAt(
      config,
      tf.tensor2d(
        [
          [5, 6],
          [2, 3],
        ],
        undefined,
        "int32",
      ),
      8,
    );
    for (const [row, first] of [5, 2].entries())
      for (const part of ["cos", "sin"] as const)
        assertClose(at[part].slice([row, 0, 0, 0], [1, -1, -1, -1]), rotationOf(config, first, 2)[part]);
  });

  test("keep their angles exact at far positions", () => {
    const { cos } = rotationOf({ headWidth: 2, ropeBase: 10_000 }, 131_071, 1);
    expect(cos.dataSync()[0]).toBeCloseTo(Math.cos(131_071), 7);
  });

  test("frequencies are θ^(-2j/d) over their factors", () => {
    assertClose(ropeFrequencies({ headWidth: 6, ropeBase: 1000 }), [1, 0.1, 0.01]);
    assertClose(ropeFrequencies({ headWidth: 6, ropeBase: 1000, ropeFactors: [1, 2, 4] }), [1, 0.05, 0.0025]);
  });
});

describe("Llama 3.1's scaling", () => {
  test("keeps short wavelengths, divides long ones by 8, and blends between", () => {
    const scaling = { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: 8192 };
    const factors = llama3Factors(128, 500_000, scaling);
    const frequencies = ropeFrequencies({ headWidth: 128, ropeBase: 500_000 });
    let blended = 0;
    for (const [pair, factor] of factors.entries()) {
      const wavelength = (2 * Math.PI) / frequencies[pair];
      if (wavelength < 2048) expect(factor).toBe(1);
      else if (wavelength > 8192) expect(factor).toBe(8);
      else {
        blended++;
        const s = (8192 / wavelength - 1) / 3;
        const scaled = ((1 - s) * frequencies[pair]) / 8 + s * frequencies[pair];
        expect(frequencies[pair] / factor).toBeCloseTo(scaled, 12);
      }
    }
    expect(factors).toHaveLength(64);
    expect(blended).toBe(6); // pairs 29 to 34, whose wavelengths are 2.4 to 6.7 thousand tokens
    expect(factors[0]).toBe(1);
    expect(factors[63]).toBe(8);
  });
});
