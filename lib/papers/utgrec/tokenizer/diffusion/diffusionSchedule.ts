import { gather, tf } from "../../../../tensor";

/** How much noise each of T steps adds to a patch, and what follows from it. All arrays are [T]; step 0 is the first and adds least. */
export interface DiffusionSchedule {
  /** T */
  readonly steps: number;
  /** What the head is told about each step: its time in the schedule it was trained on. */
  readonly times: Int32Array;
  /** β_t, variance of the noise that step t adds. */
  readonly betas: Float64Array;
  /** ᾱ_t = Π_{s ≤ t} (1 - β_s), the share of the variance that is still signal. */
  readonly alphaBars: Float64Array;
}

/** u = 0 would add next to nothing: Nichol and Dhariwal's offset. */
const OFFSET = 0.008;
const LARGEST_BETA = 0.999;

/**
 * The cosine schedule: ᾱ(u) = cos²((u + 0.008) / 1.008 · π/2), β_t = min(1 - ᾱ((t+1)/T) / ᾱ(t/T), 0.999).
 * @param steps T; UTGRec has 1000
 * @throws Error where T is no whole number of 1 or more
 * @see Nichol and Dhariwal 2021, arXiv:2102.09672, eq. 17
 */
export function diffusionSchedule(steps = 1000): DiffusionSchedule {
  if (!Number.isInteger(steps) || steps < 1)
    throw new Error(`diffusionSchedule: the number of steps must be a whole number >= 1, got ${steps}.`);
  const signal = (u: number) => Math.cos((((u + OFFSET) / (1 + OFFSET)) * Math.PI) / 2) ** 2;
  const betas = Float64Array.from({ length: steps }, (_, t) =>
    Math.min(1 - signal((t + 1) / steps) / signal(t / steps), LARGEST_BETA),
  );
  return scheduleOf(
    betas,
    Int32Array.from(betas, (_, t) => t),
  );
}

/**
 * The same noise in fewer, larger steps, for sampling: `steps` of the T times at even distances, the first and the last among them, with
 * β'_i = 1 - ᾱ_{t_i} / ᾱ_{t_{i-1}}.
 * @throws Error where there would be fewer than 2 steps, or more than T
 * @see Nichol and Dhariwal 2021, section 4
 */
export function respaced(schedule: DiffusionSchedule, steps: number): DiffusionSchedule {
  if (!Number.isInteger(steps) || steps < 2 || steps > schedule.steps)
    throw new Error(
      `respaced: ${steps} steps of a schedule of ${schedule.steps}: choose 2 to ${schedule.steps}.`,
    );
  const chosen = Int32Array.from({ length: steps }, (_, i) =>
    Math.round((i * (schedule.steps - 1)) / (steps - 1)),
  );
  const betas = Float64Array.from(chosen, (t, i) => {
    const before = i === 0 ? 1 : schedule.alphaBars[chosen[i - 1]];
    return 1 - schedule.alphaBars[t] / before;
  });
  return scheduleOf(
    betas,
    chosen.map((t) => schedule.times[t]),
  );
}

function scheduleOf(betas: Float64Array, times: Int32Array): DiffusionSchedule {
  let product = 1;
  const alphaBars = betas.map((beta) => {
    product *= 1 - beta;
    return product;
  });
  return { steps: betas.length, times, betas, alphaBars };
}

/** What the formulas of a step need, for each row its own step; [N, 1] all. */
export interface StepCoefficients {
  /** √ᾱ_t and √(1 - ᾱ_t): y_t = signal · y + noise · ε. */
  readonly signal: tf.Tensor2D;
  readonly noise: tf.Tensor2D;
  /** The mean of q(y_{t-1} | y_t, y) is ofClean · y + ofNoisy · y_t. */
  readonly ofClean: tf.Tensor2D;
  readonly ofNoisy: tf.Tensor2D;
  /** log β~_t of that posterior, and log β_t: a reverse step's log variance lies between them. */
  readonly logPosterior: tf.Tensor2D;
  readonly logBeta: tf.Tensor2D;
}

/**
 * The coefficients of each row's step.
 *
 *     ofClean = √ᾱ_{t-1} β_t / (1 - ᾱ_t),   ofNoisy = √(1 - β_t) (1 - ᾱ_{t-1}) / (1 - ᾱ_t),   β~_t = β_t (1 - ᾱ_{t-1}) / (1 - ᾱ_t).
 *
 * β~_0 is 0: its logarithm is taken to be that of β~_1 (of β_0, where there is one step only).
 * @param steps [N] int32, in [0, T)
 * @see Ho et al. 2020, arXiv:2006.11239, eq. 4 and 7
 */
export function stepCoefficients(schedule: DiffusionSchedule, steps: tf.Tensor1D): StepCoefficients {
  const columns = coefficientRows(schedule);
  const table = tf.tensor2d(Float32Array.from(columns.flat()), [columns.length, 6]);
  const [signal, noise, ofClean, ofNoisy, logPosterior, logBeta] = tf.split<tf.Tensor2D>(
    gather<tf.Tensor2D>(table, steps),
    6,
    1,
  );
  return { signal, noise, ofClean, ofNoisy, logPosterior, logBeta };
}

/** One row a step, in the order of `StepCoefficients`; in double precision, for 1 - ᾱ_0 is small. */
function coefficientRows({ betas, alphaBars }: DiffusionSchedule): number[][] {
  const variances = Array.from(
    betas,
    (beta, t) => (beta * (1 - previous(alphaBars, t))) / (1 - alphaBars[t]),
  );
  return Array.from(betas, (beta, t) => {
    const [bar, before] = [alphaBars[t], previous(alphaBars, t)];
    const variance = t > 0 ? variances[t] : (variances[1] ?? beta);
    return [
      Math.sqrt(bar),
      Math.sqrt(1 - bar),
      (Math.sqrt(before) * beta) / (1 - bar),
      (Math.sqrt(1 - beta) * (1 - before)) / (1 - bar),
      Math.log(variance),
      Math.log(beta),
    ];
  });
}

/** ᾱ_{t-1}, 1 before the first step. */
function previous(alphaBars: Float64Array, t: number): number {
  return t === 0 ? 1 : alphaBars[t - 1];
}

/** y_t = √ᾱ_t y + √(1 - ᾱ_t) ε. @param clean y, [N, C] @param noise ε, [N, C] */
export function addNoise(
  { signal, noise: scale }: Pick<StepCoefficients, "signal" | "noise">,
  clean: tf.Tensor2D,
  noise: tf.Tensor2D,
): tf.Tensor2D {
  return clean.mul(signal).add(noise.mul(scale));
}

/**
 * The patch that a guess of the noise stands for: y = (y_t - √(1 - ᾱ_t) ε) / √ᾱ_t.
 * @param noisy y_t, [N, C] @param noise ε, [N, C]
 */
export function withoutNoise(
  { signal, noise: scale }: Pick<StepCoefficients, "signal" | "noise">,
  noisy: tf.Tensor2D,
  noise: tf.Tensor2D,
): tf.Tensor2D {
  return noisy.sub(noise.mul(scale)).div(signal);
}

/** Mean of q(y_{t-1} | y_t, y). @param clean y, [N, C] @param noisy y_t, [N, C] */
export function posteriorMean(
  { ofClean, ofNoisy }: Pick<StepCoefficients, "ofClean" | "ofNoisy">,
  clean: tf.Tensor2D,
  noisy: tf.Tensor2D,
): tf.Tensor2D {
  return clean.mul(ofClean).add(noisy.mul(ofNoisy));
}
