import { mean } from "../../../experiment/statistics";

/**
 * What patching does, measured on d = logit(yes) − logit(no), or on the same difference of probabilities; one number a sample in every array.
 * A bar is a mean over the samples.
 * @see the paper's repository, `metrics.py`
 */

/** d of the clean, the corrupted and the patched runs of the same samples. */
export interface PatchedRuns {
  readonly clean: ArrayLike<number>;
  readonly corrupted: ArrayLike<number>;
  readonly patched: ArrayLike<number>;
}

export interface NormOptions {
  /**
   * The least distance of the means of clean and corrupted runs, in the unit of d: a smaller one divides by noise. Default 0.5, which is for logits. With 0 nothing is
   * refused.
   */
  readonly minimumGap?: number;
}

/** IE_raw = d_patched − d_corrupted */
export function rawEffect({ corrupted, patched }: Omit<PatchedRuns, "clean">): Float64Array {
  checkLengths({ corrupted, patched });
  return Float64Array.from(patched, (d, i) => d - corrupted[i]);
}

/**
 * IE_norm = (d_patched − d̄_corrupted) / (d̄_clean − d̄_corrupted): 0 where the patch does nothing, 1 where it makes the run behave as the clean one.
 * 0/0, of equal prompts, is 0.
 * @throws RangeError where the gap is smaller than the least
 */
export function normalizedEffect(
  { clean, corrupted, patched }: PatchedRuns,
  { minimumGap = 0.5 }: NormOptions = {},
): Float64Array {
  checkLengths({ clean, corrupted, patched });
  const origin = mean(corrupted);
  const gap = checkedGap(mean(clean) - origin, minimumGap);
  return Float64Array.from(patched, (d) => zeroForNaN((d - origin) / gap));
}

/** IE_norm2 = (d_patched − d_corrupted) / (d_clean − d_corrupted), each sample by its own gap: unstable where one is small. 0/0 is 0. */
export function normalizedEffectBySample({ clean, corrupted, patched }: PatchedRuns): Float64Array {
  checkLengths({ clean, corrupted, patched });
  return Float64Array.from(patched, (d, i) => zeroForNaN((d - corrupted[i]) / (clean[i] - corrupted[i])));
}

/**
 * PP_norm = (d_patched − d_clean) / (d̄_corrupted − d̄_clean), for patches of corrupted activations into the clean run: 0 where one does nothing.
 * @throws RangeError as `normalizedEffect`
 */
export function normalizedPathEffect(
  { clean, corrupted, patched }: PatchedRuns,
  { minimumGap = 0.5 }: NormOptions = {},
): Float64Array {
  checkLengths({ clean, corrupted, patched });
  const gap = checkedGap(mean(clean) - mean(corrupted), minimumGap);
  return Float64Array.from(patched, (d, i) => zeroForNaN((clean[i] - d) / gap));
}

/** 100 (x_patched − x_clean) / x̄_clean, in per cent: x is the logit or the probability of yes. 0/0 is 0. */
export function percentChange({ clean, patched }: Omit<PatchedRuns, "corrupted">): Float64Array {
  checkLengths({ clean, patched });
  const whole = mean(clean);
  return Float64Array.from(patched, (x, i) => zeroForNaN((100 * (x - clean[i])) / whole));
}

function zeroForNaN(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function checkedGap(gap: number, minimum: number): number {
  if (Math.abs(gap) < minimum)
    throw new RangeError(
      `The means of clean and corrupted runs are ${Math.abs(gap).toPrecision(3)} apart, less than ${minimum}: report the raw effect.`,
    );
  return gap;
}

function checkLengths(runs: Record<string, ArrayLike<number>>): void {
  const lengths = Object.entries(runs).map(([name, { length }]) => `${length} ${name}`);
  if (new Set(Object.values(runs).map(({ length }) => length)).size > 1 || lengths[0].startsWith("0 "))
    throw new RangeError(`Each sample needs one value of each run; got ${lengths.join(", ")}.`);
}
