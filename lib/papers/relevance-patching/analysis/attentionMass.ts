import { pairedTTest } from "../../../experiment/statistics";
import { tf } from "../../../tensor";
import { matMul } from "../../../tensor/ops/matMul";
import { promptRows } from "../patching/batches";
import type { ScoreBlock } from "../patching/site";
import { answerRun, type Subject } from "../patching/subject";
import type { PromptPair } from "../prompts/pairs";
import { type PositionGroup, positionsOf } from "../prompts/positionGroups";
import type { FieldSpans } from "../prompts/prompts";

/** Of every head, [L] of [H]: how much of its attention goes from one group of positions to another, in [0, 1]. */
export type HeadMasses = readonly Float64Array[];

/**
 * The share of attention that goes from one group to another: m = mean over i in the destinations of Σ over j in the sources of A[i, j].
 * @param prompt  [T]
 * @param blocks  destinations and sources
 * @returns one a block; from or to a group without positions 0
 * @throws RangeError as `positionsOf`
 */
export function attentionMass(
  subject: Subject,
  prompt: Int32Array,
  ranges: FieldSpans,
  blocks: readonly ScoreBlock[],
): HeadMasses[] {
  const positions = (group: PositionGroup) => positionsOf(group, prompt.length, ranges);
  return masses(
    subject,
    prompt,
    blocks.map(([destinations, sources]) => [positions(destinations), positions(sources)]),
  );
}

/** Attention to the document that answers the query, and to the one that does not. */
export interface DocumentMass {
  readonly positive: HeadMasses;
  readonly negative: HeadMasses;
}

/**
 * How much of the attention of a group goes to each document of a pair. With one document a prompt, the positive one is read in the clean prompt, the negative one in the
 * corrupted. With two, both are in both prompts, A and B changing places: the mean of the two prompts is free of their order.
 * @throws RangeError as `positionsOf`
 */
export function documentMass(
  subject: Subject,
  { clean, corrupted, ranges }: PromptPair,
  destinations: PositionGroup,
): DocumentMass {
  const from = positionsOf(destinations, clean.length, ranges);
  const blocks = ranges.documents.map(({ start, end }) => {
    const document = Array.from({ length: end - start }, (_, i) => start + i);
    return [from, document] as const;
  });
  const inClean = masses(subject, clean, blocks);
  const inCorrupted = masses(subject, corrupted, blocks);
  if (blocks.length === 1) return { positive: inClean[0], negative: inCorrupted[0] };
  return { positive: between(inClean[0], inCorrupted[1]), negative: between(inClean[1], inCorrupted[0]) };
}

function between(a: HeadMasses, b: HeadMasses): HeadMasses {
  return a.map((heads, layer) => heads.map((mass, head) => (mass + b[layer][head]) / 2));
}

/** A head's attention to positive and negative documents. */
export interface MassContrast {
  readonly layer: number;
  readonly head: number;
  /** Means over the pairs. */
  readonly positive: number;
  readonly negative: number;
  /** Positive less negative: its mean, its 95 % interval, and the p-value of Student's paired test, two-sided. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

/**
 * Positive against negative documents, head by head, layer by layer. The p-values are not corrected for the number of heads.
 * @param pairs  two or more
 * @throws Error where there are fewer
 */
export function contrastMass(pairs: readonly DocumentMass[]): MassContrast[] {
  if (pairs.length < 2) throw new Error(`A contrast of heads needs two pairs or more; got ${pairs.length}.`);
  return pairs[0].positive.flatMap((heads, layer) =>
    Array.from(heads, (_, head) => {
      const [a, b] = (["positive", "negative"] as const).map((side) =>
        pairs.map((pair) => pair[side][layer][head]),
      );
      const { difference, low, high, pValue } = pairedTTest(a, b);
      const [positive, negative] = [a, b].map((of) => of.reduce((sum, mass) => sum + mass, 0) / of.length);
      return { layer, head, positive, negative, difference, low, high, pValue };
    }),
  );
}

/** @param blocks  positions of the queries and of the keys */
function masses(
  subject: Subject,
  prompt: Int32Array,
  blocks: readonly (readonly [destinations: readonly number[], sources: readonly number[]])[],
): HeadMasses[] {
  const { layers, heads } = subject.model.config;
  const [T, count] = [prompt.length, blocks.length];
  const values = tf.tidy(() => {
    const { cache } = answerRun(subject, promptRows([prompt]), { cacheNames: ["pattern"] });
    const columns = (side: (block: (typeof blocks)[number]) => readonly [readonly number[], number]) => {
      const matrix = new Float32Array(T * count);
      for (const [b, block] of blocks.entries()) {
        const [positions, weight] = side(block);
        for (const position of positions) matrix[position * count + b] = weight;
      }
      return tf.tensor2d(matrix, [T, count]);
    };
    const sources = columns(([, positions]) => [positions, 1]);
    const destinations = columns(([positions]) => [positions, 1 / positions.length]);
    return tf
      .stack(
        cache.pattern!.map((pattern) =>
          matMul(pattern.reshape([heads * T, T]), sources)
            .reshape([heads, T, count])
            .mul(destinations)
            .sum(1),
        ),
      )
      .dataSync(); // [L, H, blocks]
  });
  return blocks.map((_, b) =>
    Array.from({ length: layers }, (_, layer) =>
      Float64Array.from({ length: heads }, (_, head) => values[(layer * heads + head) * count + b]),
    ),
  );
}
