import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { type DiffusionHead, denoise, embedConditions, embedTimes } from "./diffusionHead";
import { interpolated } from "./diffusionLoss";
import {
  type DiffusionSchedule,
  posteriorMean,
  respaced,
  stepCoefficients,
  withoutNoise,
} from "./diffusionSchedule";

export interface SamplingOptions {
  /** Steps of the schedule that are taken, at even distances. Default 50. */
  readonly steps?: number;
  /** What the noise of each step is multiplied by; 0 gives each condition its mean way. Default 1. */
  readonly temperature?: number;
  /** What every guess of a patch is cut to, ±. Default 4: far beyond patches of unit variance. */
  readonly limit?: number;
}

/**
 * Patches drawn from the head, from pure noise down (ancestral sampling):
 *
 *     y_T ~ N(0, 1),    y_{t-1} = μ_t(y_t, ε^) + temperature · σ_t · N(0, 1),   the last without noise.
 *
 * At the noisiest steps a guess of the patch multiplies the head's error by 1 / √ᾱ_t, 2e4 at the last of 1000, so that a small head can blow up without a limit.
 * Where the head was trained without the variational term its v is 0, and log σ_t² is halfway between both bounds.
 * @param conditions [N, d]
 * @returns [N, C]
 * @throws Error where the schedule has fewer steps than are asked for
 * @see Ho et al. 2020, arXiv:2006.11239, algorithm 2, and Nichol and Dhariwal 2021 for fewer steps than the training has
 */
export function samplePatches(
  head: DiffusionHead,
  schedule: DiffusionSchedule,
  conditions: tf.Tensor2D,
  { steps = 50, temperature = 1, limit = 4 }: SamplingOptions,
  key: tf.Tensor1D,
): tf.Tensor2D {
  const coarse = respaced(schedule, steps);
  const size: [number, number] = [conditions.shape[0], head.options.channels];
  return tf.tidy(() => {
    const told = embedConditions(head, conditions);
    const times = embedTimes(head, coarse.times);
    let noisy = Rng.normal<tf.Tensor2D>(Rng.foldIn(key, steps), size);
    for (let t = steps - 1; t >= 0; t--) {
      noisy = tf.tidy(() => {
        const coefficients = stepCoefficients(coarse, tf.tensor1d([t], "int32")); // one row for all
        const guess = denoise(head, noisy, told.add<tf.Tensor2D>(times.slice([t, 0], [1, -1])));
        const guessed = withoutNoise(coefficients, noisy, guess.noise);
        const clean = tf.clipByValue(guessed, -limit, limit);
        const mean = posteriorMean(coefficients, clean, noisy);
        if (t === 0) return mean;
        const deviation = interpolated(coefficients, guess.variance).mul(0.5).exp();
        return mean.add(deviation.mul(Rng.normal(Rng.foldIn(key, t), size)).mul(temperature));
      });
    }
    return noisy;
  });
}
