import type { T5 } from "../../recsys/generative/t5Parameters";
import type { SequentialDataset } from "../../recsys/sequences";
import { refuseHeldOut } from "../../recsys/split";
import type { Training } from "./epochs";
import { targetTokens } from "./historyBatches";
import { type SequenceTrainingOptions, trainSequences } from "./sequenceTraining";
import type { StreamTokens } from "./tokens";
import { traceTargets } from "./traceTargets";

/**
 * TIGER, the recommender that writes an item at once: the baseline, the control that does not think, and, frozen, what the preference of stage 2 compares
 * with. Evaluate it in the mode `direct`.
 * @see Rajput et al. 2023, arXiv:2305.05065, on the same backbone and tokenizer; STREAM-Rec's direct recommendation model
 */
export function trainDirect(
  model: T5,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  options: SequenceTrainingOptions,
): Promise<Training> {
  return trainSequences(
    "TIGER",
    model,
    dataset,
    tokens,
    (cases) => {
      refuseHeldOut(dataset, cases);
      const answers = targetTokens(dataset, cases, tokens);
      return traceTargets(tokens, {
        traces: new Int32Array(0),
        answers,
        direct: new Uint8Array(cases.length).fill(1),
      });
    },
    options,
  );
}
