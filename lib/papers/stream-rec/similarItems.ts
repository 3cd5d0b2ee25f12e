import { createRandom, type Random } from "../../data/random";
import { unitRows } from "../../recsys/contrastive";
import type { DenseMatrix } from "../../recsys/generative/matrix";
import { identifier } from "../../recsys/generative/tokenMap";
import type { SequentialDataset } from "../../recsys/sequences";
import { refuseHeldOut } from "../../recsys/split";
import { tf, topK } from "../../tensor";
import { targetTokens } from "./historyBatches";
import type { StreamTokens } from "./tokens";
import { type TraceTargets, traceTargets } from "./traceTargets";

/** Rows whose similarities to all items are held at once. */
const BLOCK = 1024;
/** Names the streams of random numbers. */
const DRAWS = 1;
const DIRECT = 2;

/** For every item those whose content is closest to its own. */
export interface SimilarItems {
  /** Neighbours an item. */
  readonly count: number;
  /** [V + 1, count] item ids, the most similar first; row 0, padding, is all 0. */
  readonly neighbours: Int32Array;
  /** [V + 1, count] cosines of the two content vectors. */
  readonly cosines: Float32Array;
}

/**
 * The items of largest cosine for every item, itself left out; equal ones in the order of their ids. It reads content alone, no events.
 * @param content [V, d], row i - 1 that of item id i
 * @param count   neighbours an item. Default 20
 * @throws RangeError where there are not that many other items
 * @see STREAM-Rec, stage 1: "items whose representation is close to the target's"; cosine and 20 are ours
 */
export function similarItems({ rows, columns, values }: DenseMatrix, count = 20): SimilarItems {
  if (!Number.isInteger(count) || count < 1 || count >= rows)
    throw new RangeError(`similarItems: ${count} neighbours of ${rows} items: choose 1 to ${rows - 1}.`);
  const neighbours = new Int32Array((rows + 1) * count);
  const cosines = new Float32Array((rows + 1) * count);
  const unit = tf.tidy(() => unitRows(tf.tensor2d(Float32Array.from(values), [rows, columns])));
  for (let start = 0; start < rows; start += BLOCK) {
    const size = Math.min(BLOCK, rows - start);
    const found = tf.tidy(() => {
      const similarity = tf.matMul(unit.slice([start, 0], [size, columns]), unit, false, true);
      const own = tf.range(start, start + size, 1, "int32").expandDims(1);
      const isOwn = own.equal(tf.range(0, rows, 1, "int32").expandDims(0));
      const others = tf.where(isOwn, tf.fill([size, rows], -2), similarity); // below any cosine
      const { values: nearest, indices } = topK(others, count);
      return { nearest: nearest.dataSync(), indices: indices.dataSync() };
    });
    neighbours.set(
      Int32Array.from(found.indices, (item) => item + 1),
      (start + 1) * count,
    );
    cosines.set(found.nearest, (start + 1) * count);
  }
  unit.dispose();
  return { count, neighbours, cosines };
}

/**
 * Items similar to the target of a case, drawn evenly and without repetition from its neighbours, the least similar first, so that they approach the
 * target. What the user is to be asked about in validation and test is never among them.
 * @param event the event to predict, from `trainingPrefixes`
 * @param draws k
 * @returns [k] item ids
 * @throws RangeError where fewer than k are left
 */
export function drawSimilar(
  { count, neighbours }: SimilarItems,
  dataset: SequentialDataset,
  event: number,
  draws: number,
  random: Random,
): Int32Array {
  const target = dataset.itemIds[event];
  const end = dataset.offsets[dataset.eventUsers[event] + 1];
  const heldOut = dataset.itemIds.subarray(end - 2, end);
  const candidates = neighbours
    .subarray(target * count, (target + 1) * count)
    .filter((item) => !heldOut.includes(item));
  if (draws > candidates.length)
    throw new RangeError(
      `drawSimilar: ${draws} items of the ${candidates.length} that are similar to item ${target} and not held out: take more neighbours.`,
    );
  const places = random.shuffle(Int32Array.from(candidates, (_, place) => place)).subarray(0, draws);
  return places
    .sort()
    .reverse()
    .map((place) => candidates[place]);
}

export interface SimilarTraceOptions {
  /** k_sim, similar items a target. @see similarDraws */
  readonly draws: number;
  readonly seed: number;
  /** Every epoch draws anew. */
  readonly epoch: number;
}

/** k_sim = round(l / m), at least 1: traces about as long as the thinking that follows. @param steps l @param digits m */
export function similarDraws(steps: number, digits: number): number {
  return Math.max(1, Math.round(steps / digits));
}

/**
 * Traces of items similar to the targets: c'_1 .. c'_q, q = k_sim m. The draws of a case depend on seed, epoch and the case, not on its batch.
 * @param cases training cases only: the labels are read
 * @returns [B, q] int32, row by row
 * @throws Error where a case is held out
 */
export function similarTraces(
  dataset: SequentialDataset,
  cases: Int32Array,
  { map, digits }: StreamTokens,
  similar: SimilarItems,
  { draws, seed, epoch }: SimilarTraceOptions,
): Int32Array {
  refuseHeldOut(dataset, cases);
  const traces = new Int32Array(cases.length * draws * digits);
  cases.forEach((event, row) => {
    const random = createRandom(seed, epoch, event, DRAWS);
    drawSimilar(similar, dataset, event, draws, random).forEach((item, k) => {
      traces.set(identifier(map, item), (row * draws + k) * digits);
    });
  });
  return traces;
}

export interface DirectOptions {
  /** Share of cases that are to write the target at once. Default 0.25. */
  readonly directShare?: number;
  readonly seed: number;
  /** Every epoch draws anew. */
  readonly epoch: number;
}

/** Which cases are to write the target at once: each with the same chance, whatever its batch. @returns [B] 1 or 0 */
export function drawDirect(
  cases: Int32Array,
  { directShare = 0.25, seed, epoch }: DirectOptions,
): Uint8Array {
  return Uint8Array.from(cases, (event) =>
    createRandom(seed, epoch, event, DIRECT).uniform() < directShare ? 1 : 0,
  );
}

/**
 * What stage 1 learns to write: Y = [c'_1 .. c'_q; c_{p+1} .. c_{p+m}], the tokens of similar items and then the target's own, or, in the direct share,
 * the target's alone.
 * @param cases training cases only: the labels are read
 * @throws Error where a case is held out
 * @see STREAM-Rec, L_pre
 */
export function pretrainingTargets(
  dataset: SequentialDataset,
  cases: Int32Array,
  tokens: StreamTokens,
  similar: SimilarItems,
  options: SimilarTraceOptions & DirectOptions,
): TraceTargets {
  return traceTargets(tokens, {
    traces: similarTraces(dataset, cases, tokens, similar, options),
    answers: targetTokens(dataset, cases, tokens),
    direct: drawDirect(cases, options),
  });
}
