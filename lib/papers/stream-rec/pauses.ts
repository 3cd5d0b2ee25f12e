import type { T5 } from "../../recsys/generative/t5Parameters";
import type { SequentialDataset } from "../../recsys/sequences";
import { refuseHeldOut } from "../../recsys/split";
import type { Training } from "./epochs";
import { targetTokens } from "./historyBatches";
import { type SequenceTrainingOptions, trainSequences } from "./sequenceTraining";
import type { StreamTokens } from "./tokens";
import type { TraceTargets } from "./traceTargets";

/** What the decoder of the paused model reads before an item: its start, then l pauses. */
export function pausePrefix({ startDirect, pauses }: StreamTokens): readonly number[] {
  return [startDirect, ...pauses];
}

/**
 * The decoder reads [start; l pauses; c_1 .. c_{m-1}] and is to write c_1 .. c_m from the last pause on. Nothing before that has a loss.
 * @param answers [B, m] int32, row by row
 * @returns rows of l + m labels, the first l of which are padding
 */
export function pauseTargets(tokens: StreamTokens, answers: Int32Array): TraceTargets {
  const { digits, pauses } = tokens;
  const size = answers.length / digits;
  const length = pauses.length + digits;
  const prefix = pausePrefix(tokens);
  const inputs = new Int32Array(size * length);
  const labels = new Int32Array(size * length);
  const mask = new Float32Array(size * length);
  for (let row = 0; row < size; row++) {
    const at = row * length;
    const answer = answers.subarray(row * digits, (row + 1) * digits);
    inputs.set(prefix, at);
    inputs.set(answer.subarray(0, digits - 1), at + prefix.length);
    labels.set(answer, at + pauses.length);
    mask.fill(1, at + pauses.length, at + length);
  }
  return { size, length, inputs, labels, mask };
}

/**
 * TIGER with as many decoder steps as STREAM-Rec, spent on learned tokens without meaning: what thinking gains over it is not gained by compute alone.
 * Evaluate it in the mode `pauses`.
 * @throws Error where the vocabulary has no pauses
 * @see Goyal et al. 2023, arXiv:2310.02226, pause tokens; the control is ours
 */
export function trainWithPauses(
  model: T5,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  options: SequenceTrainingOptions,
): Promise<Training> {
  if (tokens.pauses.length === 0)
    throw new Error("trainWithPauses: the vocabulary has no pause tokens: give streamTokens their number.");
  return trainSequences(
    "TIGER with pauses",
    model,
    dataset,
    tokens,
    (cases) => {
      refuseHeldOut(dataset, cases);
      return pauseTargets(tokens, targetTokens(dataset, cases, tokens));
    },
    options,
  );
}
