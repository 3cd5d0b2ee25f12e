import { requireTimes, type SequentialDataset, trainingWindows } from "../../recsys";

const SECONDS_A_DAY = 86_400;

/**
 * λ of L_time where none is given: the median of |T_i - T_j| in days over the training pairs inside a block with T_i ≠ T_j. The paper
 * does not state its λ; this one lets half of the compared pairs ask for a Δ difference above 1. Inferred.
 * @param block  b
 */
export function medianGapDifference(dataset: SequentialDataset, windowLength: number, block: number): number {
  const times = requireTimes(dataset);
  const differences: number[] = [];
  for (const target of trainingWindows(dataset, windowLength)) {
    const start = Math.max(dataset.offsets[dataset.eventUsers[target]], target - windowLength);
    // T_2 .. T_{n+1} of the window, in blocks of b
    for (let first = start + 1; first <= target; first += block) {
      const gaps: number[] = [];
      for (let event = first; event <= Math.min(first + block - 1, target); event++) {
        gaps.push((times[event] - times[event - 1]) / SECONDS_A_DAY);
      }
      gaps.forEach((gap, i) => {
        for (let j = i + 1; j < gaps.length; j++)
          if (gap !== gaps[j]) differences.push(Math.abs(gap - gaps[j]));
      });
    }
  }
  if (differences.length === 0) {
    throw new Error(
      "No two gaps of the training data differ: L_time has nothing to compare. Set `lambda`, or timeWeight 0.",
    );
  }
  differences.sort((a, b) => a - b);
  const middle = differences.length >> 1;
  return differences.length % 2 === 1
    ? differences[middle]
    : (differences[middle - 1] + differences[middle]) / 2;
}
