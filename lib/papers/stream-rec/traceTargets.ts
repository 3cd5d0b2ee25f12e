import type { StreamTokens } from "./tokens";

/** What the decoder is to write, and what it reads while it does: rows of T = q + m tokens, those of direct rows shorter and padded. */
export interface TraceTargets {
  readonly size: number;
  /** T */
  readonly length: number;
  /** [B, T] int32: the start token, then all labels but the last. */
  readonly inputs: Int32Array;
  /** [B, T] int32 */
  readonly labels: Int32Array;
  /** [B, T]: 1 where a label counts, 0 at padding. */
  readonly mask: Float32Array;
}

export interface TraceRows {
  /** [B, q] the tokens before the answer; that of a direct row is passed over. */
  readonly traces: Int32Array;
  /** [B, m] the tokens of the item. */
  readonly answers: Int32Array;
  /** [B]: 1 where the item is to be written at once. Default: nowhere. */
  readonly direct?: ArrayLike<number>;
}

/**
 * Y = [trace; answer] after the start of thinking, Y = answer after the direct start.
 * @throws Error where traces and answers are not of equally many rows
 * @see STREAM-Rec, the labels of its first two stages; no end follows the answer
 */
export function traceTargets(tokens: StreamTokens, { traces, answers, direct }: TraceRows): TraceTargets {
  const { digits, startDirect, startThink } = tokens;
  const size = answers.length / digits;
  const q = traces.length / size;
  if (!Number.isInteger(size) || !Number.isInteger(q))
    throw new Error(
      `traceTargets: ${traces.length} tokens of traces and ${answers.length} of answers of ${digits} do not make equally many rows.`,
    );
  const length = q + digits;
  const inputs = new Int32Array(size * length);
  const labels = new Int32Array(size * length);
  const mask = new Float32Array(size * length);
  for (let row = 0; row < size; row++) {
    const at = row * length;
    const isDirect = direct?.[row] === 1;
    const answer = answers.subarray(row * digits, (row + 1) * digits);
    const written = isDirect ? digits : length;
    if (!isDirect) labels.set(traces.subarray(row * q, (row + 1) * q), at);
    labels.set(answer, at + written - digits);
    inputs[at] = isDirect ? startDirect : startThink;
    inputs.set(labels.subarray(at, at + written - 1), at + 1);
    mask.fill(1, at, at + written);
  }
  return { size, length, inputs, labels, mask };
}
