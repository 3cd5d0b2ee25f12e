import { tf } from "../../tensor";
import type { SequentialDataset } from "../sequences";
import type { T5Batch } from "./t5";
import { identifier, type TokenMap } from "./tokenMap";

/** What a generative recommender reads and is to write, rows of fixed length. */
export interface TokenBatch {
  readonly size: number;
  /** [B, 1 + D · L + 1] int32: the user, the identifiers of up to L items, the end; then padding. */
  readonly inputs: Int32Array;
  /** [B, D + 1] int32: the target's identifier and the end. */
  readonly labels: Int32Array;
}

/** Tokens a row of inputs has at most. */
export function inputLength(windowLength: number, digits: number): number {
  return 1 + digits * windowLength + 1;
}

/**
 * Cases in tokens.
 * @param cases        the event to predict of each case, from `splitTargets`
 * @param windowLength L, items of history at most
 * @param maps         the tokenizers
 * @param choices      [B] which of them writes each case, history and target alike; default: the first
 * @throws RangeError where a case has no history
 */
export function tokenBatch(
  dataset: SequentialDataset,
  cases: Int32Array,
  windowLength: number,
  maps: readonly TokenMap[],
  choices?: ArrayLike<number>,
): TokenBatch {
  const { user, end, widths } = maps[0].vocabulary;
  const digits = widths.length;
  const width = inputLength(windowLength, digits);
  const inputs = new Int32Array(cases.length * width);
  const labels = new Int32Array(cases.length * (digits + 1));
  cases.forEach((target, row) => {
    const map = maps[choices?.[row] ?? 0];
    const start = Math.max(dataset.offsets[dataset.eventUsers[target]], target - windowLength);
    if (target <= start)
      throw new RangeError(`tokenBatch: event ${target} is its user's first: there is no history before it.`);
    let at = row * width;
    inputs[at++] = user;
    for (let event = start; event < target; event++, at += digits)
      inputs.set(identifier(map, dataset.itemIds[event]), at);
    inputs[at] = end;
    labels.set(identifier(map, dataset.itemIds[target]), row * (digits + 1));
    labels[row * (digits + 1) + digits] = end;
  });
  return { size: cases.length, inputs, labels };
}

/** The batch as tensors. Dispose of them, or make them inside `tf.tidy`. @param weights [B] */
export function tokenTensors({ size, inputs, labels }: TokenBatch, weights?: tf.Tensor1D): T5Batch {
  return {
    inputs: tf.tensor2d(inputs, [size, inputs.length / size], "int32"),
    labels: tf.tensor2d(labels, [size, labels.length / size], "int32"),
    ...(weights === undefined ? {} : { weights }),
  };
}
