import type { ModelConfig } from "../../../llm/model/config";
import { tf } from "../../../tensor";

/** @param prompts of one length @returns [B, T] int32 */
export function promptRows(prompts: readonly Int32Array[]): tf.Tensor2D {
  return tf.tensor2d(
    prompts.map((prompt) => Array.from(prompt)),
    undefined,
    "int32",
  );
}

/** Indices of the items of each key, in the order in which keys are first met. */
export function groupedBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, number[]> {
  const groups = new Map<K, number[]>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  }
  return groups;
}

/** @throws RangeError where `size` is no positive whole number */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  if (!(Number.isInteger(size) && size >= 1))
    throw new RangeError(`A batch must be a positive whole number of runs, not ${size}.`);
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Numbers that a layer of a batch may hold at once: 128 MB of them. */
const MOST_NUMBERS = 2 ** 25;

/**
 * How many runs of `count` positions, which see `length`, are worth a batch: those whose activations in one layer fit into the memory set aside.
 * @returns at least 1
 */
export function rowsThatFit({ width, inner, heads }: ModelConfig, count: number, length: number): number {
  // The MLP's gate, its silu, the other factor and their product; the stream, its norms, q, k, v and z; scores, pattern, and one more for a mask.
  const perRow = count * (4 * inner + 8 * width + 3 * heads * length);
  return Math.max(1, Math.floor(MOST_NUMBERS / perRow));
}

/** What it takes to read a layer's weights, in positions that are computed in the same time: measured with SmolLM2 on two cores. */
const POSITIONS_PER_LAYER = 32;

export interface SuffixRuns {
  /** The layer that each run starts with. */
  readonly entries: readonly number[];
  /** L */
  readonly layers: number;
  /** Positions that each run computes. */
  readonly count: number;
  /** Most runs of a batch. */
  readonly most: number;
}

/**
 * Which runs go side by side. A batch starts with the first layer of any of its runs, so that runs which could start later compute layers in vain; but it reads the
 * weights of each layer once, which is most of what a run of few positions does. Runs are taken in the order of their layers and parted where the sum is least:
 * a batch of B runs from layer e on costs (L − e)(c + B n), c the reading and n the positions of a run.
 * @returns indices of the runs of each batch
 */
export function suffixBatches({ entries, layers, count, most }: SuffixRuns): number[][] {
  const ordered = chunksOfOneLayer(entries, most);
  // best[k]: the least cost of the first k chunks; cut[k]: where the last batch of it begins.
  const best = [0];
  const cut = [0];
  for (let to = 1; to <= ordered.length; to++) {
    best.push(Number.POSITIVE_INFINITY);
    let rows = 0;
    for (let from = to - 1; from >= 0; from--) {
      rows += ordered[from].length;
      if (rows > most) break;
      const last = (layers - entries[ordered[from][0]]) * (POSITIONS_PER_LAYER + rows * count);
      if (best[from] + last < best[to]) [best[to], cut[to]] = [best[from] + last, from];
    }
  }
  const batches: number[][] = [];
  for (let to = ordered.length; to > 0; to = cut[to]) batches.unshift(ordered.slice(cut[to], to).flat());
  return batches;
}

/** The runs in the order of the layers that they start with, in parts of one layer and of a batch at most. */
function chunksOfOneLayer(entries: readonly number[], most: number): number[][] {
  return [...groupedBy(entries, (entry) => entry)]
    .sort(([a], [b]) => a - b)
    .flatMap(([, runs]) => chunks(runs, most));
}
