import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import {
  addNoise,
  diffusionSchedule,
  posteriorMean,
  respaced,
  stepCoefficients,
  withoutNoise,
} from "./diffusionSchedule";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const steps = (...values: number[]) => tf.tensor1d(values, "int32");
const relative = (found: number, expected: number) => Math.abs(found / expected - 1);

describe("the cosine schedule", () => {
  test("has the worked values at T = 1000", () => {
    const { betas, alphaBars, times } = diffusionSchedule(1000);
    const expectedBetas = { 0: 4.12842e-5, 500: 3.155692e-3, 998: 0.7499994, 999: 0.999 };
    const expectedBars = { 0: 0.99995872, 249: 0.84701216, 499: 0.49384359, 749: 0.1442721, 998: 2.42877e-6 };
    for (const [t, value] of Object.entries(expectedBetas))
      expect(relative(betas[Number(t)], value), `β_${t}`).toBeLessThan(1e-6);
    for (const [t, value] of Object.entries(expectedBars))
      expect(relative(alphaBars[Number(t)], value), `ᾱ_${t}`).toBeLessThan(2e-6);
    expect([times[0], times[999]]).toEqual([0, 999]);
  });

  test("keeps the variance of patches of unit variance at 1, at every step", () => {
    const t = Int32Array.from({ length: 1000 }, (_, k) => k);
    const { signal, noise } = stepCoefficients(diffusionSchedule(), tf.tensor1d(t, "int32"));
    assertClose(signal.square().add(noise.square()), tf.ones([1000, 1]), { relative: 1e-6 });
    const [clean, drawn] = [1, 2].map((seed) => Rng.normal<tf.Tensor2D>(Rng.key(seed), [20_000, 1]));
    for (const step of [0, 300, 999]) {
      const noisy = addNoise(stepCoefficients(diffusionSchedule(), steps(step)), clean, drawn);
      expect(tf.moments(noisy).variance.dataSync()[0]).toBeCloseTo(1, 1);
    }
  });

  test("posterior by hand, T = 2", () => {
    // ᾱ(u) = cos²((u + .008)/1.008 π/2) / cos²(.008/1.008 π/2): .49384359 after the first step; the second is capped at β = .999.
    const schedule = diffusionSchedule(2);
    const bar = 0.49384359;
    expect(schedule.betas[0]).toBeCloseTo(1 - bar, 7);
    expect(schedule.betas[1]).toBe(0.999);
    expect(schedule.alphaBars[1]).toBeCloseTo(bar * 0.001, 10);
    const c = stepCoefficients(schedule, steps(0, 1));
    const last = 1 - bar * 0.001;
    assertClose(c.ofClean, [[1], [(Math.sqrt(bar) * 0.999) / last]]);
    assertClose(c.ofNoisy, [[0], [(Math.sqrt(0.001) * (1 - bar)) / last]]);
    const variance = Math.log((0.999 * (1 - bar)) / last); // .5062…: the first step, whose own is 0, takes it too
    assertClose(c.logPosterior, [[variance], [variance]]);
    assertClose(c.logBeta, [[Math.log(1 - bar)], [Math.log(0.999)]]);
    const mean = posteriorMean(c, tf.tensor2d([3, 3], [2, 1]), tf.tensor2d([-1, -1], [2, 1]));
    assertClose(mean, [[3], [(3 * Math.sqrt(bar) * 0.999 - Math.sqrt(0.001) * (1 - bar)) / last]]);
  });

  test("the posterior is what Bayes' rule gives, by a grid of values of y_{t-1}", () => {
    const schedule = diffusionSchedule(10);
    const [t, clean, noisy] = [6, 0.7, -0.4];
    const [before, beta] = [schedule.alphaBars[t - 1], schedule.betas[t]];
    const density = (x: number, mean: number, variance: number) =>
      Math.exp(-((x - mean) ** 2) / (2 * variance));
    let [total, first, second] = [0, 0, 0];
    for (let x = -6; x <= 6; x += 1e-3) {
      // q(y_{t-1} | y) q(y_t | y_{t-1})
      const weight =
        density(x, Math.sqrt(before) * clean, 1 - before) * density(noisy, Math.sqrt(1 - beta) * x, beta);
      total += weight;
      first += weight * x;
      second += weight * x * x;
    }
    const c = stepCoefficients(schedule, steps(t));
    const mean = posteriorMean(c, tf.tensor2d([[clean]]), tf.tensor2d([[noisy]]));
    expect(mean.dataSync()[0]).toBeCloseTo(first / total, 5);
    expect(Math.exp(c.logPosterior.dataSync()[0])).toBeCloseTo(second / total - (first / total) ** 2, 5);
  });

  test("the noise itself gives the patch back", () => {
    const [clean, noise] = [sampleTensor<tf.Tensor2D>([3, 4], 1), sampleTensor<tf.Tensor2D>([3, 4], 2)];
    const c = stepCoefficients(diffusionSchedule(), steps(0, 400, 800));
    assertClose(withoutNoise(c, addNoise(c, clean, noise), noise), clean, { absolute: 1e-5 });
  });
});

describe("fewer steps", () => {
  test("keep ᾱ at their times, the first and the last among them", () => {
    const schedule = diffusionSchedule(1000);
    const coarse = respaced(schedule, 5);
    expect([...coarse.times]).toEqual([0, 250, 500, 749, 999]);
    coarse.times.forEach((time, i) => {
      expect(relative(coarse.alphaBars[i], schedule.alphaBars[time])).toBeLessThan(1e-9);
    });
    expect(
      [...respaced(schedule, 1000).betas].every((beta, t) => relative(beta, schedule.betas[t]) < 1e-9),
    ).toBe(true);
    expect([...respaced(coarse, 3).times]).toEqual([0, 500, 999]);
  });

  test("refuses what is no number of steps", () => {
    expect(() => diffusionSchedule(0)).toThrow("must be a whole number >= 1, got 0");
    expect(() => respaced(diffusionSchedule(10), 11)).toThrow("11 steps of a schedule of 10: choose 2 to 10");
  });
});
