import { DataError } from "../data/error";
import { tf } from "../tensor";
import type { LoadedDataset } from "./datasets";

/** Which attributes each item has. */
export interface ItemAttributes {
  /** [A] */
  readonly names: readonly string[];
  /** [V + 1, A], row by row: 1 where the item has the attribute, else 0. Row 0, padding, has none. */
  readonly matrix: Float32Array;
}

/**
 * The attributes of a loaded data set's items (genres, categories, tags): those that occur among the items, in alphabetical order, so that
 * both layouts of MovieLens-100K give the same.
 * @throws DataError where nothing is known of the items, or nothing of one of them
 */
export function itemAttributes({
  data,
  items,
  meta,
}: Pick<LoadedDataset, "data" | "items" | "meta">): ItemAttributes {
  const location = { file: meta.source };
  if (items.size === 0) {
    throw new DataError(
      `${meta.title} has no item file.`,
      location,
      "Choose a data set with item attributes.",
    );
  }
  const attributes = data.itemNames.map((name, id) => {
    const known = id === 0 ? { attributes: [] } : items.get(name);
    if (known !== undefined) return known.attributes;
    const problem = `Item ${JSON.stringify(name)} has interactions, but is not in the item file.`;
    throw new DataError(problem, location, "Fetch the data set anew.");
  });
  const names = [...new Set(attributes.flat())].sort();
  const columns = new Map(names.map((name, column) => [name, column]));
  const matrix = new Float32Array(attributes.length * names.length);
  attributes.forEach((ofItem, id) => {
    for (const attribute of ofItem) matrix[id * names.length + columns.get(attribute)!] = 1;
  });
  return { names, matrix };
}

/** [V + 1, A]. @throws Error where the attributes are not those of V items */
export function attributeTensor({ names, matrix }: ItemAttributes, items: number): tf.Tensor2D {
  const columns = names.length;
  if (columns === 0 || matrix.length !== (items + 1) * columns) {
    throw new Error(
      `${columns} attributes of ${items} items and of padding make ${(items + 1) * columns} flags, not ${matrix.length}.`,
    );
  }
  return tf.tensor2d(matrix, [items + 1, columns]);
}
