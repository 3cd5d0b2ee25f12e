import type { ModelConfig } from "../../../llm/model";
import { tf } from "../../../tensor";
import type { PromptPair } from "../prompts/pairs";
import { type Activations, mapActivations } from "./activations";

/** The two prompts of a pair: the answer to the clean one is yes, to the corrupted one no. */
export const SIDES = ["clean", "corrupted"] as const;
export type Side = (typeof SIDES)[number];

/** What replacement values are made of. */
export interface ReplacementSource {
  readonly config: ModelConfig;
  /** B pairs, their prompts all of T tokens. */
  readonly pairs: readonly PromptPair[];
  /** Of the intact runs of these prompts; B rows. */
  readonly own: (side: Side) => Activations;
  /** Of intact runs of other prompts, T tokens each. */
  readonly record: (prompts: readonly Int32Array[]) => Activations;
}

/**
 * The values that take the place of ablated activations in the runs of one side, of B rows or of one for all.
 * @see the paper's repository, `methods.py`
 */
export type Replacement = (source: ReplacementSource, side: Side) => Activations;

/** Nothing. It takes the model to where it has never been: its effects are too large. */
export const zeros: Replacement = ({ config: { layers, heads, headWidth, width }, pairs }) => {
  const [length, inEveryLayer] = [pairs[0].clean.length, Array.from({ length: layers })];
  return {
    z: inEveryLayer.map(() => tf.zeros([1, length, heads, headWidth])),
    mlp_out: inEveryLayer.map(() => tf.zeros([1, length, width])),
  };
};

/** The same values in every prompt: means over a data set, position by position. @param means  of `meanActivations`; they stay the caller's */
export function datasetMean(means: Activations): Replacement {
  return () => means;
}

/** (clean + corrupted) / 2: what remains is all that the two prompts of a pair share. The main replacement of the paper's repository. */
export const queryMean: Replacement = ({ own }) =>
  mapActivations((clean, corrupted) => clean.add(corrupted).mul(0.5), own("clean"), own("corrupted"));

/** The activation of the prompt with the opposite label: the repository's variant "patched". */
export const oppositeLabel: Replacement = ({ own }, side) => own(otherSide(side));

/**
 * The activation of any other prompt.
 * @param donorOf  a prompt as long as the pair's
 */
export function resampled(donorOf: (pair: PromptPair, side: Side) => Int32Array): Replacement {
  return ({ pairs, record }, side) =>
    record(
      pairs.map((pair) => {
        const donor = donorOf(pair, side);
        if (donor.length !== pair[side].length)
          throw new RangeError(
            `The prompt to resample from has ${donor.length} tokens, the ${side} one ${pair[side].length}: positions would not correspond.`,
          );
        return donor;
      }),
    );
}

function otherSide(side: Side): Side {
  return side === "clean" ? "corrupted" : "clean";
}
