import { weightedMean } from "../../../../recsys/models/sequentialModel";
import { gather, noGradient, stopGradient, tf, where } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { type Denoised, type DiffusionHead, denoise, embedConditions, embedTimes } from "./diffusionHead";
import {
  addNoise,
  type DiffusionSchedule,
  posteriorMean,
  type StepCoefficients,
  stepCoefficients,
  withoutNoise,
} from "./diffusionSchedule";

/** Patches, and what the head is told about each. */
export interface DiffusionBatch {
  /** y, [N, C] */
  readonly targets: tf.Tensor2D;
  /** s, [N, d] */
  readonly conditions: tf.Tensor2D;
  /** [N]; rows of weight 0 do not count: items without a picture. */
  readonly weights: tf.Tensor1D;
}

export interface DiffusionLossOptions {
  /** How often each patch is taken, each time with a step and noise of its own. Default 4. */
  readonly repeats?: number;
  /** Adds the variational term, which trains the variance of the reverse steps. Default false: v stays at 0. */
  readonly variational?: boolean;
}

/**
 * How well the head takes noise off the patches: ‖ε - ε^‖² / C, and with `variational` the variational term in bits, weighted mean over the rows;
 * 0 where no row counts.
 * @see UTGRec, section 3 (image reconstruction), and Li et al. 2024, arXiv:2406.11838, 3.2
 */
export function diffusionLoss(
  head: DiffusionHead,
  schedule: DiffusionSchedule,
  { targets, conditions, weights }: DiffusionBatch,
  { repeats = 4, variational = false }: DiffusionLossOptions,
  key: tf.Tensor1D,
): tf.Scalar {
  return tf.tidy(() => {
    const [stepKey, noiseKey] = Rng.split(key, 2);
    const clean = tf.tile(targets, [repeats, 1]);
    const steps = Rng.randint<tf.Tensor1D>(stepKey, [clean.shape[0]], 0, schedule.steps);
    const noise = Rng.normal<tf.Tensor2D>(noiseKey, clean.shape);
    // The layer of the conditions is not repeated, and that of the times is applied to each time once.
    const told = tf.tile(embedConditions(head, conditions), [repeats, 1]);
    const context = told.add<tf.Tensor2D>(gather(embedTimes(head, schedule.times), steps));
    const coefficients = noGradient(() => stepCoefficients(schedule, steps));
    const noisy = addNoise(coefficients, clean, noise);
    const guess = denoise(head, noisy, context);
    const squared = guess.noise.sub(noise).square().mean<tf.Tensor1D>(1);
    const ofRows = variational
      ? squared.add<tf.Tensor1D>(variationalTerm({ clean, noisy, guess, steps, coefficients }))
      : squared;
    return weightedMean(ofRows, tf.tile(weights, [repeats]));
  });
}

export interface NoisyPatches {
  /** y, [M, C] */
  readonly clean: tf.Tensor2D;
  /** y_t, [M, C] */
  readonly noisy: tf.Tensor2D;
  readonly guess: Denoised;
  /** t, [M] int32 */
  readonly steps: tf.Tensor1D;
  readonly coefficients: StepCoefficients;
}

/**
 * L_vlb, the term of the variational bound that belongs to each row's step, in bits a number:
 *
 *     t > 0:  KL( q(y_{t-1} | y_t, y) ‖ p(y_{t-1} | y_t) ),    t = 0:  -log₂ p(y | y_1), y in bins of 2/255.
 *
 * Its gradient reaches v alone: ε^ is cut from it.
 * @returns [M]
 * @see Nichol and Dhariwal 2021, arXiv:2102.09672, 3.1
 */
export function variationalTerm({ clean, noisy, guess, steps, coefficients }: NoisyPatches): tf.Tensor1D {
  const mean = posteriorMean(
    coefficients,
    withoutNoise(coefficients, noisy, stopGradient(guess.noise)),
    noisy,
  );
  const logVariance = interpolated(coefficients, guess.variance);
  const trueMean = posteriorMean(coefficients, clean, noisy);
  const divergence = gaussianDivergence(trueMean, coefficients.logPosterior, mean, logVariance);
  const likelihood = binLogLikelihood(clean, mean, logVariance.mul(0.5));
  const isFirst = steps.equal(tf.scalar(0, "int32"));
  const nats = where(isFirst, likelihood.neg().mean(1), divergence.mean(1));
  return nats.div(Math.LN2) as tf.Tensor1D;
}

/** log σ² = w log β_t + (1 - w) log β~_t with w = (v + 1) / 2. @param variance v, [M, C] @returns [M, C] */
export function interpolated(
  { logPosterior, logBeta }: Pick<StepCoefficients, "logPosterior" | "logBeta">,
  variance: tf.Tensor2D,
): tf.Tensor2D {
  const share = variance.add(1).div(2);
  return share.mul<tf.Tensor2D>(logBeta.sub(logPosterior)).add(logPosterior);
}

/** KL(N(m₁, σ₁²) ‖ N(m₂, σ₂²)) = ½ (log σ₂² - log σ₁² + σ₁² / σ₂² + (m₁ - m₂)² / σ₂² - 1), number by number, in nats. */
function gaussianDivergence(
  mean: tf.Tensor,
  logVariance: tf.Tensor,
  otherMean: tf.Tensor,
  otherLogVariance: tf.Tensor,
): tf.Tensor {
  const difference = logVariance.sub(otherLogVariance);
  const distance = mean.sub(otherMean).square().mul(otherLogVariance.neg().exp());
  return difference.exp().add(distance).sub(difference).sub(1).mul(0.5);
}

/** Half the width of a bin: 256 values of a pixel in [-1, 1]. */
const HALF_BIN = 1 / 255;
/** Beyond it the outermost bins begin, which have no end. */
const OUTERMOST = 0.999;
const SMALLEST = 1e-12;

/** log of the probability of each number's bin under N(mean, σ²), number by number. The chance of a bin is taken to be 1e-12 at least. */
function binLogLikelihood(x: tf.Tensor, mean: tf.Tensor, logDeviation: tf.Tensor): tf.Tensor {
  const centred = x.sub(mean);
  const inverse = logDeviation.neg().exp();
  const below = normalDistribution(centred.add(HALF_BIN).mul(inverse)); // P(up to the bin's end)
  const before = normalDistribution(centred.sub(HALF_BIN).mul(inverse)); // P(up to its start)
  const inside = where(
    x.less(-OUTERMOST),
    below,
    where(x.greater(OUTERMOST), before.neg().add(1), below.sub(before)),
  );
  return inside.maximum(SMALLEST).log();
}

/** Φ(x) = (1 + erf(x / √2)) / 2 */
function normalDistribution(x: tf.Tensor): tf.Tensor {
  return x.div(Math.SQRT2).erf().add(1).mul(0.5);
}
