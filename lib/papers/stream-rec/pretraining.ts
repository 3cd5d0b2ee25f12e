import type { T5 } from "../../recsys/generative/t5Parameters";
import type { SequentialDataset } from "../../recsys/sequences";
import type { Training } from "./epochs";
import { type SequenceTrainingOptions, trainSequences } from "./sequenceTraining";
import { pretrainingTargets, type SimilarItems } from "./similarItems";
import type { StreamTokens } from "./tokens";

export interface StageOneOptions extends SequenceTrainingOptions {
  /** k_sim, similar items before the target; `similarDraws` has the paper-like number. */
  readonly draws: number;
  /** Share of the rows that write the target at once. Default 0.25. */
  readonly directShare?: number;
}

/**
 * Stage 1: the model learns to write long targets, the tokens of items similar to the target, ever more similar ones, and then the target's own. Which
 * items, and which rows write the target at once, is drawn anew in every epoch.
 *
 *     Y = [c'_1 .. c'_q; c_{p+1} .. c_{p+m}],   L_pre = -Σ_t log P(y_t | y_<t, x)
 *
 * @see STREAM-Rec, arXiv:2504.09627, stage 1
 */
export function pretrain(
  model: T5,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  similar: SimilarItems,
  options: StageOneOptions,
): Promise<Training> {
  const { draws, directShare, seed } = options;
  return trainSequences(
    "STREAM-Rec, stage 1",
    model,
    dataset,
    tokens,
    (cases, epoch) =>
      pretrainingTargets(dataset, cases, tokens, similar, { draws, directShare, seed, epoch }),
    options,
  );
}
