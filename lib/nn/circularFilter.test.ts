import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { countParameters } from "../tensor/tree";
import { applyCircularFilter, applyCircularFilterLast, circularFilter } from ".";
import { wave } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** By definition, one channel: transform, product, mirror image, inverse transform, in complex numbers spelt out. */
function plainFilter(x: number[], real: number[], imaginary: number[]): number[] {
  const T = x.length;
  const spectrum = real.map((wr, k) => {
    let [re, im] = [0, 0];
    x.forEach((value, t) => {
      re += (value * Math.cos((2 * Math.PI * k * t) / T)) / Math.sqrt(T);
      im -= (value * Math.sin((2 * Math.PI * k * t) / T)) / Math.sqrt(T);
    });
    return [re * wr - im * imaginary[k], re * imaginary[k] + im * wr];
  });
  const whole = Array.from({ length: T }, (_, k) => {
    const [re, im] = spectrum[Math.min(k, T - k)];
    if (k === 0 || 2 * k === T) return [re, 0];
    return 2 * k < T ? [re, im] : [re, -im];
  });
  return x.map((_, t) =>
    whole.reduce((sum, [re, im], k) => {
      const angle = (2 * Math.PI * k * t) / T;
      return sum + (re * Math.cos(angle) - im * Math.sin(angle)) / Math.sqrt(T);
    }, 0),
  );
}

describe("circular filter", () => {
  test.each([1, 2, 5, 8])("equals a plain discrete Fourier transform, T = %i", (T) => {
    const F = Math.floor(T / 2) + 1;
    const x = sampleTensor<tf.Tensor3D>([2, T, 3], 1);
    const filter = { real: sampleTensor([F, 3], 2), imaginary: sampleTensor([F, 3], 3) };
    const [xs, re, im] = [x.arraySync(), filter.real.arraySync(), filter.imaginary.arraySync()] as [
      number[][][],
      number[][],
      number[][],
    ];
    const column = (rows: number[][], c: number) => rows.map((row) => row[c]);
    const expected = xs.map((row) => {
      const channels = [0, 1, 2].map((c) => plainFilter(column(row, c), column(re, c), column(im, c)));
      return row.map((_, t) => channels.map((channel) => channel[t]));
    });
    const all = applyCircularFilter(filter, x);
    assertClose(all, expected, { absolute: 2e-6 });
    assertClose(applyCircularFilterLast(filter, x), all.slice([0, T - 1, 0], [2, 1, 3]), { absolute: 2e-6 });
  });

  test("equals torch.fft.rfft and irfft with norm=ortho", () => {
    const filter = { real: wave([3, 2], 2), imaginary: wave([3, 2], 3) };
    assertClose(
      applyCircularFilter(filter, wave([1, 4, 2], 1)).flatten(),
      [0.379561, -0.11225, -0.367063, -0.287906, 0.299821, -0.030354, -0.365141, 0.261796],
      { absolute: 2e-6 },
    );
  });

  test("W = 1 changes nothing, and the filter is circular", () => {
    const one = { real: tf.ones([3, 1]), imaginary: tf.zeros([3, 1]) };
    const x = sampleTensor<tf.Tensor3D>([1, 5, 1], 4);
    assertClose(applyCircularFilter(one, x), x);
    const filter = { real: sampleTensor([3, 1], 5), imaginary: sampleTensor([3, 1], 6) };
    const rolled = (y: tf.Tensor3D) => tf.concat([y.slice([0, 2, 0]), y.slice([0, 0, 0], [1, 2, 1])], 1);
    assertClose(
      applyCircularFilter(filter, rolled(x) as tf.Tensor3D),
      rolled(applyCircularFilter(filter, x)),
    );
  });

  test.each([applyCircularFilter, applyCircularFilterLast])("gradients of %o", (apply) => {
    checkGradients(
      (x, real, imaginary) => apply({ real, imaginary }, x as tf.Tensor3D),
      [sampleTensor([2, 4, 2], 1), sampleTensor([3, 2], 2), sampleTensor([3, 2], 3)],
    );
  });

  test("has 2 (⌊T/2⌋ + 1) d parameters, and fits one length", () => {
    const filter = circularFilter({ length: 50, dimensions: 64 }, Rng.key(1));
    expect(countParameters(filter)).toBe(2 * 26 * 64);
    expect(() => applyCircularFilter(filter, tf.zeros([1, 20, 64]))).toThrow(
      "x [1,20,64] does not fit the weights [26,64]",
    );
  });
});
