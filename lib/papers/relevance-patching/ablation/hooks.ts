import type { Hook, HookFunction } from "../../../llm/model";
import { tf } from "../../../tensor";
import { where } from "../../../tensor/ops/where";
import type { Activations } from "./activations";
import { ABLATED_HOOKS, type Cells } from "./modules";

/**
 * Hooks that put the values in place of the replaced cells, of layers that have any. Rows of a batch may be prompts of their own or variants of one; each has its own cells.
 * @param rows    cells of each row, all of T positions
 * @param values  of as many rows, or of one for all
 */
export function replacementHooks(rows: readonly Cells[], values: Activations): Hook[] {
  return ABLATED_HOOKS.flatMap((name) =>
    values[name].flatMap((value, layer): Hook[] => {
      const cells = rows.map((row) => row[name][layer]);
      return cells.some((row) => row.includes(1)) ? [{ name, layer, fn: replace(cells, value) }] : [];
    }),
  );
}

/** @param cells one a row, [T] or [T, H] @param value [1 or B, T, D] or [1 or B, T, H, d] */
function replace(cells: readonly Uint8Array[], value: tf.Tensor): HookFunction {
  return (tensor, { first }) => {
    const [, count, ...inner] = tensor.shape;
    const [rows, length] = value.shape;
    if (first + count !== length)
      throw new RangeError(
        `The replacement values are of prompts of ${length} tokens; this one has ${first + count}.`,
      );
    if (rows !== 1 && rows !== cells.length)
      throw new RangeError(`The replacement values are of ${rows} prompts; there are ${cells.length}.`);
    const width = cells[0].length / length;
    const mask = new Uint8Array(cells.length * count * width);
    for (const [row, of] of cells.entries()) mask.set(of.subarray(first * width), row * count * width);
    const heads = inner.slice(0, -1);
    const begin = value.shape.map((_, axis) => (axis === 1 ? first : 0));
    const rest = first === 0 ? value : value.slice(begin);
    return where(tf.tensor(mask, [cells.length, count, ...heads, 1], "bool"), rest, tensor);
  };
}
