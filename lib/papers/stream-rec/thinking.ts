import { largest } from "../../recsys/generative/beamSearch";
import {
  decodeStep,
  readPrefix,
  reorderCache,
  type T5Cache,
  type T5Memory,
} from "../../recsys/generative/t5Cache";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { gather, logSumExp, tf } from "../../tensor";
import type { StreamTokens } from "./tokens";

/** What of the vocabulary thinking needs. */
export type ThinkingTokens = Pick<StreamTokens, "startThink" | "codeTokens">;

/** Traces that the decoder has written but for the last of their tokens, which is still to be read. */
export interface Thinking {
  readonly cache: T5Cache;
  /** [B, b] int32: the last token of each trace; the start of thinking where they are empty. */
  readonly last: tf.Tensor2D;
  /** [B, b]: log-probability of each trace, in nats. */
  readonly scores: tf.Tensor2D;
  /** Of each step the tokens, [B, b] int32. */
  readonly tokens: readonly tf.Tensor2D[];
  /** d_0 .. d_{l-1} of each trace, [B, b, d]: the decoder's outputs that the tokens were written from. */
  readonly outputs: readonly tf.Tensor3D[];
}

/**
 * The model thinks: l tokens that its own softmax makes, of a beam search's b best traces; greedily with one beam. No residual is computed, for the target is
 * not known. Tokens that are no codes keep their share of the probability, but are not written. Traceable; call it inside `tf.tidy`.
 * @param steps l
 * @param beams b at most; there are no more than C^l traces
 * @see STREAM-Rec, arXiv:2504.09627, decoding of the thinking tokens
 */
export function think(
  model: T5<tf.Tensor>,
  memory: T5Memory,
  { startThink, codeTokens: { first, count } }: ThinkingTokens,
  steps: number,
  beams = 1,
): Thinking {
  let { cache, last } = readPrefix(model, memory, [startThink]);
  let scores = tf.zeros<tf.Rank.R2>(last.shape);
  let tokens: tf.Tensor2D[] = [];
  let outputs: tf.Tensor3D[] = [];
  for (let i = 1; i <= steps; i++) {
    const step = decodeStep(model, memory, cache, last);
    const codes = step.logits.slice([0, 0, first], [-1, -1, count]);
    const shares = codes.sub<tf.Tensor3D>(logSumExp(step.logits, -1, true));
    const best = largest(shares.add(scores.expandDims(2)), beams);
    const parents = <T extends tf.Tensor>(x: T) => gather<T>(x, best.parents, 1, 1);
    last = best.columns.add(tf.scalar(first, "int32"));
    scores = best.values;
    tokens = [...tokens.map(parents), last];
    outputs = [...outputs, step.states].map(parents);
    cache = reorderCache(step.cache, best.parents);
  }
  return { cache, last, scores, tokens, outputs };
}

/** The traces of a greedy search as one tensor. @returns [B, l] int32 */
export function greedyTraces({ tokens, last }: Thinking): tf.Tensor2D {
  if (tokens.length === 0) return tf.zeros([last.shape[0], 0], "int32");
  return tf.concat([...tokens], 1);
}
