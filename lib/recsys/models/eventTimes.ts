import { tf } from "../../tensor";
import { cumsum } from "../../tensor/ops/cumulative";
import { noGradient } from "../../tensor/ops/custom";
import { round } from "../../tensor/ops/piecewise";
import { where } from "../../tensor/ops/where";

/**
 * Times for attention, in whole seconds (int32), so that differences and quotients are exact: a window of a year, added up in float32
 * days, would have its times to 3 s only. A window may span 68 years.
 */
const SECONDS_A_DAY = 86_400;
const LARGEST_INT32 = 2 ** 31 - 1;

export interface TimeOptions {
  /** Date each query by the event it predicts, in place of its own: the time of prediction is then known, as a server knows it. */
  readonly servingTime: boolean;
}

/** [B, L + 1] gaps in days, as a batch has them -> the same in seconds. */
function gapSeconds(gaps: tf.Tensor2D): tf.Tensor2D {
  return round(gaps.mul<tf.Tensor2D>(SECONDS_A_DAY)).toInt();
}

/**
 * Seconds from event j to query i; negative where j comes after i.
 * @param gaps [B, L + 1], days
 * @returns [B, L (queries), L (events)] int32
 */
export function secondsBetween(gaps: tf.Tensor2D, { servingTime }: TimeOptions): tf.Tensor3D {
  return noGradient(() => {
    const times = cumsum(gapSeconds(gaps), 1); // of each event since the first, and of the event predicted after the last
    const [rows, columns] = times.shape;
    const events = times.slice([0, 0], [rows, columns - 1]);
    const queries = servingTime ? times.slice([0, 1], [rows, columns - 1]) : events;
    return queries.expandDims(2).sub(events.expandDims(1));
  });
}

/**
 * Intervals in units of the user's own pace: r_ij = min(⌊(t_i - t_j) / g_i⌋, largest), 0 where j comes after i.
 *
 * The unit g_i is the smallest gap above 0 that query i knows: between two events of its window up to itself (and up to the event it
 * predicts, if `servingTime`). So it never looks ahead, and a query has the same intervals in a prefix that ends with it as in a longer
 * window. Where all known gaps are 0, so are the intervals.
 *
 * @param gaps [B, L + 1], days
 * @returns [B, L (queries), L (events)] int32, in [0, largest]
 * @see TiSASRec, "Personalized Time Intervals"
 */
export function personalIntervals(
  gaps: tf.Tensor2D,
  { servingTime, largest }: TimeOptions & { readonly largest: number },
): tf.Tensor3D {
  return noGradient(() => {
    const length = gaps.shape[1] - 1;
    const seconds = gapSeconds(gaps).expandDims(1); // [B, 1, L + 1]; gap j stands between events j - 1 and j
    const latest = tf.range(servingTime ? 1 : 0, length + (servingTime ? 1 : 0), 1, "int32");
    const isKnown = latest.expandDims(1).greaterEqual(tf.range(0, length + 1, 1, "int32")); // [L, L + 1]
    const isUnit = seconds.greater(tf.scalar(0, "int32")).logicalAnd(isKnown);
    const unit = where(isUnit, seconds, LARGEST_INT32).min(2, true); // g: [B, L, 1]
    const intervals = tf.floorDiv(secondsBetween(gaps, { servingTime }), unit);
    return tf.clipByValue(intervals, 0, largest).toInt() as tf.Tensor3D;
  });
}
