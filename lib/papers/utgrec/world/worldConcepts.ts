import type { Random } from "../../../data/random";

/** Coarse concepts a. */
export const COARSE = 8;
/** Sub-concepts b of each; a cell (a, b) is numbered 4 a + b. */
export const SUBS = 4;
export const CELLS = COARSE * SUBS;
/** Styles c, the same under every concept. */
export const STYLES = 3;
/** Hidden classes z of items and of users: nothing in an item's content tells its class. */
export const CLASSES = 4;

/** What is planted in the items of a domain; item id i is at i - 1. */
export interface ItemConcepts {
  /** [V] a */
  readonly coarse: Int32Array;
  /** [V] b */
  readonly sub: Int32Array;
  /** [V] c */
  readonly style: Int32Array;
  /** [V] z */
  readonly hidden: Int32Array;
  /** [V] k^-s of the k-th most popular item of its cell: the weights of a choice among them. */
  readonly popularity: Float64Array;
}

/** The cell of an item id. */
export function cellOf({ coarse, sub }: Pick<ItemConcepts, "coarse" | "sub">, item: number): number {
  return SUBS * coarse[item - 1] + sub[item - 1];
}

/** The cells of coarse concepts, ascending. */
export function cellsOf(coarse: readonly number[]): number[] {
  return coarse.flatMap((a) => Array.from({ length: SUBS }, (_, b) => SUBS * a + b));
}

/**
 * Items spread evenly over the cells of a domain, in no order. The hidden classes are spread evenly over the items of each cell, popular or not, so that
 * neither cell nor popularity tells them.
 * @param coarse the coarse concepts that the domain has
 * @param zipfExponent s
 */
export function plantConcepts(
  coarse: readonly number[],
  items: number,
  zipfExponent: number,
  random: Random,
): ItemConcepts {
  const cells = cellsOf(coarse);
  const order = random.shuffle(Int32Array.from({ length: items }, (_, item) => item));
  const concepts = {
    coarse: new Int32Array(items),
    sub: new Int32Array(items),
    style: Int32Array.from({ length: items }, () => random.integer(STYLES)),
    hidden: new Int32Array(items),
    popularity: new Float64Array(items),
  };
  cells.forEach((cell, local) => {
    const count = Math.ceil((items - local) / cells.length); // items local, local + cells, ..
    const first = random.integer(CLASSES);
    const classes = random.shuffle(Int32Array.from({ length: count }, (_, k) => (first + k) % CLASSES));
    for (let k = 0; k < count; k++) {
      const item = order[local + k * cells.length];
      concepts.coarse[item] = Math.floor(cell / SUBS);
      concepts.sub[item] = cell % SUBS;
      concepts.hidden[item] = classes[k];
      concepts.popularity[item] = (k + 1) ** -zipfExponent;
    }
  });
  return concepts;
}
