/** Some rows of a tensor: rows of its innermost dimension, counted through all outer ones. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/**
 * The rows asked for, and their width.
 * @param shape  outermost dimension first; a tensor without dimensions has one row of one value
 * @throws RangeError naming the tensor where it does not have such rows
 */
export function rowsOf(name: string, shape: readonly number[], rows?: Rows): Rows & { width: number } {
  const width = shape.length === 0 ? 1 : shape[shape.length - 1];
  const all = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const { first, count } = rows ?? { first: 0, count: all };
  const fits = [first, count].every((x) => Number.isSafeInteger(x) && x >= 0) && first + count <= all;
  if (!fits)
    throw new RangeError(`Tensor ${name} [${shape}] has ${all} rows, and not ${count} from row ${first} on.`);
  return { first, count, width };
}
