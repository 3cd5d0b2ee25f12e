import { tf } from "../tensor";

/**
 * Learning rate (or any coefficient) as a function of the number of updates already made: 0 at the first update.
 * Built from tensor operations only, so that a compiled training step can contain it.
 */
export type Schedule = (step: tf.Scalar) => tf.Scalar;

/** The same value at every step. */
export function constant(value: number): Schedule {
  return () => tf.scalar(value);
}

/**
 * Straight line from `start` to `end` over `steps` updates, then `end`.
 *
 *     lr(t) = start + (end - start) · min(t / steps, 1)
 *
 * The same values as PyTorch's LinearLR with start_factor = start / base and end_factor = end / base.
 */
export function linear({ start, end, steps }: { start: number; end: number; steps: number }): Schedule {
  requirePositive("steps", steps);
  return (step) =>
    progress(step, steps)
      .mul<tf.Scalar>(end - start)
      .add(start);
}

/** Linear decay from `peak` to `floor` (default 0) over `steps` updates. */
export function linearDecay({
  peak,
  floor = 0,
  steps,
}: {
  peak: number;
  floor?: number;
  steps: number;
}): Schedule {
  return linear({ start: peak, end: floor, steps });
}

/**
 * Half a cosine from `peak` to `floor` over `steps` updates, then `floor`.
 *
 *     lr(t) = floor + (peak - floor) · (1 + cos(π · min(t / steps, 1))) / 2
 *
 * PyTorch's CosineAnnealingLR without its rise after `steps`; Loshchilov and Hutter 2017 (SGDR), eq. 5.
 */
export function cosine({
  peak,
  floor = 0,
  steps,
}: {
  peak: number;
  floor?: number;
  steps: number;
}): Schedule {
  requirePositive("steps", steps);
  return (step) => {
    const wave = progress(step, steps).mul<tf.Scalar>(Math.PI).cos();
    return wave
      .add<tf.Scalar>(1)
      .mul<tf.Scalar>((peak - floor) / 2)
      .add(floor);
  };
}

/**
 * Linear warm-up in front of another schedule: the factor rises from `startFactor` to 1 over `steps` updates, then
 * `after` runs, counted from the end of the warm-up.
 *
 *     lr(t) = after(max(t - steps, 0)) · (startFactor + (1 - startFactor) · min(t / steps, 1))
 */
export function warmup({
  steps,
  after,
  startFactor = 0,
}: {
  steps: number;
  after: Schedule | number;
  startFactor?: number;
}): Schedule {
  requirePositive("steps", steps);
  const schedule = toSchedule(after);
  return (step) => {
    const factor = progress(step, steps)
      .mul<tf.Scalar>(1 - startFactor)
      .add<tf.Scalar>(startFactor);
    return schedule(tf.relu(step.sub<tf.Scalar>(steps))).mul(factor);
  };
}

/** Linear warm-up over a share of all updates, then half a cosine to 0 over the others. @param share in [0, 1) */
export function warmupCosine({
  peak,
  steps,
  share,
}: {
  peak: number;
  steps: number;
  share: number;
}): Schedule {
  const rising = Math.round(share * steps);
  const falling = cosine({ peak, steps: steps - rising });
  return rising === 0 ? falling : warmup({ steps: rising, after: falling });
}

/** A number becomes a constant schedule; a schedule stays what it is. */
export function toSchedule(value: number | Schedule): Schedule {
  return typeof value === "number" ? constant(value) : value;
}

/** min(t / steps, 1) */
function progress(step: tf.Scalar, steps: number): tf.Scalar {
  return step.div<tf.Scalar>(steps).minimum(1);
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0)) throw new Error(`A schedule's ${name} must be positive, got ${value}.`);
}
