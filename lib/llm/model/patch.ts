import { tf } from "../../tensor";
import { where } from "../../tensor/ops/where";
import type { Hook, HookName } from "./hooks";

/** Which numbers of an activation, for one row of the batch. */
export interface Region {
  /** Positions; of scores and patterns those of the queries. */
  readonly positions: readonly number[];
  /** Heads; of `k`, `rot_k` and `v` those of keys and values. Default: all. */
  readonly heads?: readonly number[];
  /** Of scores and patterns, positions of the keys; with `positions` it makes a block. Default: all. */
  readonly sources?: readonly number[];
}

export interface PatchOptions {
  readonly name: HookName;
  readonly layer: number;
  /** One a row of the batch: rows may be variants of one run, each with another region. */
  readonly regions: readonly Region[];
  /** The activation of a whole run to take the numbers from, all T positions; of B rows, or of one for all. */
  readonly value: tf.Tensor;
}

/**
 * A hook that overwrites regions of one activation with the numbers of another run, in a run of all positions and in one that begins later.
 * @throws RangeError naming the position or head that the activation does not have
 */
export function patch({ name, layer, regions, value }: PatchOptions): Hook {
  return {
    name,
    layer,
    fn: (tensor, { first }) => {
      const axis = positionAxis(name);
      const [count, length] = [tensor.shape[axis], value.shape[axis]];
      if (first + count !== length)
        throw new RangeError(
          `patch ${name}: the run ends at position ${first + count}, the value at ${length}: both must be whole runs of one length.`,
        );
      const begin = value.shape.map((_, i) => (i === axis ? first : 0));
      const size = value.shape.map((extent, i) => (i === axis ? count : extent));
      const rows = first === 0 ? value : value.slice(begin, size);
      return where(mask(name, regions, first, tensor.shape), rows, tensor);
    },
  };
}

/** Whether the last two axes are queries and keys. */
function isSquare(name: HookName): boolean {
  return name === "attn_scores" || name === "pattern";
}

function positionAxis(name: HookName): number {
  return isSquare(name) ? 2 : 1;
}

/** True where a region is; axes that it does not choose from are 1. */
function mask(
  name: HookName,
  regions: readonly Region[],
  first: number,
  shape: readonly number[],
): tf.Tensor {
  if (regions.length !== shape[0])
    throw new RangeError(`patch ${name}: ${regions.length} regions for ${shape[0]} rows.`);
  const square = isSquare(name);
  const hasHeads = shape.length === 4;
  const [heads, count] = square ? [shape[1], shape[2]] : [hasHeads ? shape[2] : 1, shape[1]];
  const keys = square ? shape[3] : 1;
  const rows = regions.map((region) => {
    if (!hasHeads && region.heads !== undefined)
      throw new RangeError(`patch ${name}: it has no heads to choose from.`);
    if (!square && region.sources !== undefined)
      throw new RangeError(`patch ${name}: only scores and patterns have sources.`);
    const atHead = chosen(name, "head", region.heads, 0, heads);
    const atPosition = chosen(name, "position", region.positions, first, count);
    const atSource = chosen(name, "source", region.sources, 0, keys);
    const outer = square ? [atHead, atPosition, atSource] : [atPosition, atHead, atSource];
    return outer[0].flatMap((a) => outer[1].flatMap((b) => outer[2].map((c) => a && b && c)));
  });
  const masked = square
    ? [regions.length, heads, count, keys]
    : [regions.length, count, ...(hasHeads ? [heads, 1] : [1])];
  return tf.tensor(rows.flat(), masked, "bool");
}

/** Which of `count` indices from `first` on are chosen; none given: all. */
function chosen(
  name: HookName,
  what: string,
  indices: readonly number[] | undefined,
  first: number,
  count: number,
): boolean[] {
  if (indices === undefined) return Array<boolean>(count).fill(true);
  const found = Array<boolean>(count).fill(false);
  for (const index of indices) {
    if (!(Number.isInteger(index) && index >= first && index < first + count))
      throw new RangeError(
        `patch ${name}: there is no ${what} ${index}; they go from ${first} to ${first + count - 1}.`,
      );
    found[index - first] = true;
  }
  return found;
}
