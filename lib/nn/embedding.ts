import { tf } from "../tensor";
import { withGradient } from "../tensor/ops/custom";
import { type Initializer, normalInit, parameter } from "./initializers";

/** Parameters of an embedding. */
export type Embedding<T extends tf.Tensor = tf.Variable> = {
  /** [count, dimensions], one row an id. */
  readonly table: T;
};

export interface EmbeddingOptions {
  /** Number of ids, padding included. */
  readonly count: number;
  readonly dimensions: number;
  /** Default N(0, 0.02²). */
  readonly init?: Initializer;
}

export function embedding(
  { count, dimensions, init = normalInit(0.02) }: EmbeddingOptions,
  key: tf.Tensor1D,
): Embedding {
  return { table: parameter(init, key, [count, dimensions]) };
}

/**
 * The rows of the table for the ids.
 * @param ids     [...] int32, in [0, count)
 * @param padding id whose row receives no gradient from the look-up (torch.nn.Embedding's padding_idx)
 * @returns [..., dimensions]
 */
export function applyEmbedding(
  { table }: Embedding<tf.Tensor>,
  ids: tf.Tensor,
  { padding }: { padding?: number } = {},
): tf.Tensor {
  const [count, dimensions] = table.shape;
  const flat = ids.flatten().toInt();
  const rows = withGradient({
    inputs: [table],
    forward: () => ({ value: tf.gather(table, flat), saved: [flat] }),
    // A segment below 0 is dropped by the sum: that is how padding gets no gradient.
    backward: (dy, _, [kept]) => {
      const segments = padding === undefined ? kept : dropped(kept, padding);
      return [tf.unsortedSegmentSum(dy as tf.Tensor2D, segments as tf.Tensor1D, count)];
    },
  });
  return rows.reshape([...ids.shape, dimensions]);
}

/** The ids with `padding` replaced by -1. */
function dropped(ids: tf.Tensor, padding: number): tf.Tensor {
  const isPadding = ids.equal(tf.scalar(padding, "int32"));
  return tf.where(isPadding, tf.fill(ids.shape, -1, "int32"), ids);
}
