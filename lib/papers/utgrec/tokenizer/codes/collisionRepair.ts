import { collisionRate } from "../../../../recsys/generative/codeStatistics";
import type { ItemCodes } from "../../../../recsys/generative/itemCodes";

export interface CollidingCodes {
  /** c_1, .., c_L of every item of one domain, each the nearest code. */
  readonly codes: ItemCodes;
  /** [V, d_c] x_L, what the last code was chosen for. */
  readonly lastVectors: ArrayLike<number>;
  /** [K, d_c] the codebook of the last position. */
  readonly leafCodebook: ArrayLike<number>;
  /** [K', d_c] that of the position before, where it is another one. */
  readonly previousCodebook?: ArrayLike<number>;
}

export interface CollisionRepair {
  /** Every item has a tuple of its own. */
  readonly codes: ItemCodes;
  /** Share of items that a tuple alone did not tell from an earlier one. */
  readonly collisionRate: number;
  /** Items whose last code, or the one before it, is another now. */
  readonly repaired: number;
  /** Items whose code before the last had to change, since so many shared all codes before the last that these were not enough. */
  readonly movedPrefix: number;
  /** The largest k of which some item took its k-th nearest code; 1 where none collided. */
  readonly farthest: number;
}

/**
 * Gives every item of a domain a tuple of its own by changing last codes. In round k the items that still collide are those with the same codes, of which
 * the last is the (k-1)-th nearest of each: one may keep it, where no item has it for good; the others go to their k-th nearest.
 *
 * Where the paper's code stops at k = 255 and draws codes at random, rounds go on through the whole codebook here. Items that are left, of a prefix all of whose
 * tuples are taken, get the free tuple with the code before the last nearest to their own, and among those with the last code nearest to x_L.
 * All is decided by distances; among equal ones by the order of items and of codes.
 * @throws Error where sizes do not fit, or an item is left when all tuples are taken
 * @see UTGRec, arXiv:2504.04405, and the export of its code
 */
export function repairCollisions(colliding: CollidingCodes): CollisionRepair {
  const { codes } = colliding;
  const { items, levels } = codes;
  const sizes = validate(colliding);
  const lastVectors = Float64Array.from(colliding.lastVectors);
  const leafCodebook = Float64Array.from(colliding.leafCodebook);
  const previousCodebook = Float64Array.from(colliding.previousCodebook ?? leafCodebook);
  const values = codes.values.slice();
  const lastOf = (item: number) => values[item * levels + levels - 1];
  const prefixOf = (item: number) => values.subarray(item * levels, (item + 1) * levels - 1).join();

  const rowOf = (rows: Float64Array, row: number) =>
    rows.subarray(row * sizes.dimensions, (row + 1) * sizes.dimensions);

  const prefixes = numbering();
  const prefix = Int32Array.from({ length: items }, (_, item) => prefixes(prefixOf(item)));
  const taken = new Set<number>(); // tuples that an item has for good
  const tuple = (item: number) => prefix[item] * sizes.codes + lastOf(item);

  // Of each item that collides: the codes from its own on, then from near to far.
  const orders = new Map<number, Int32Array>();
  const orderOf = (item: number) => {
    const order = orders.get(item) ?? nearestFirst(rowOf(lastVectors, item), leafCodebook, lastOf(item));
    orders.set(item, order);
    return order;
  };
  const distance = (item: number) => squaredDistance(rowOf(lastVectors, item), leafCodebook, lastOf(item));

  /** Items alone with a free tuple have it for good. @returns the others, those of one tuple together */
  function settle(moved: readonly number[]): number[][] {
    const groups = new Map<number, number[]>();
    for (const item of moved) {
      const group = groups.get(tuple(item));
      if (group === undefined) groups.set(tuple(item), [item]);
      else group.push(item);
    }
    return [...groups].flatMap(([own, group]) => {
      if (group.length > 1 || taken.has(own)) return [group];
      taken.add(own);
      return [];
    });
  }

  let farthest = 1;
  let groups = settle(Array.from({ length: items }, (_, item) => item));
  let left: number[] = [];
  for (let k = 2; groups.length > 0; k++) {
    const movers = groups
      .flatMap((group) => {
        if (taken.has(tuple(group[0]))) return group;
        const keeper = group.reduce((best, item) => (distance(item) < distance(best) ? item : best));
        taken.add(tuple(keeper));
        return group.filter((item) => item !== keeper);
      })
      .sort((a, b) => a - b);
    if (k > sizes.codes) {
      left = movers;
      break;
    }
    for (const item of movers) values[item * levels + levels - 1] = orderOf(item)[k - 1];
    if (movers.length > 0) farthest = k;
    groups = settle(movers);
  }

  for (const item of left) moveToOtherPrefix(item);

  function moveToOtherPrefix(item: number): void {
    const at = item * levels + levels - 2;
    const own = values[at];
    const byNearness = nearestFirst(rowOf(previousCodebook, own), previousCodebook, own);
    for (const code of byNearness) {
      values[at] = code;
      prefix[item] = prefixes(prefixOf(item));
      for (const last of orderOf(item)) {
        values[at + 1] = last;
        if (taken.has(tuple(item))) continue;
        taken.add(tuple(item));
        return;
      }
    }
    throw new Error(`repairCollisions: no tuple is left for item ${item + 1}: take more codes.`);
  }

  let repaired = 0;
  for (let item = 0; item < items; item++) {
    const [from, to] = [item * levels, (item + 1) * levels];
    if (values.subarray(from, to).some((value, level) => value !== codes.values[from + level])) repaired++;
  }
  return {
    codes: { ...codes, values },
    collisionRate: collisionRate(codes),
    repaired,
    movedPrefix: left.length,
    farthest,
  };
}

/** @returns K and d_c */
function validate({ codes, lastVectors, leafCodebook, previousCodebook }: CollidingCodes): {
  readonly codes: number;
  readonly dimensions: number;
} {
  const { items, levels, values } = codes;
  const dimensions = lastVectors.length / items;
  const count = leafCodebook.length / dimensions;
  const fits = [dimensions, count, (previousCodebook?.length ?? 0) / dimensions].every(Number.isInteger);
  if (levels < 2 || !fits)
    throw new Error(
      `repairCollisions: ${items} items of ${levels} codes, ${lastVectors.length} numbers of their vectors and ` +
        `${leafCodebook.length} of the codebook do not fit together.`,
    );
  for (let item = 0; item < items; item++) {
    const last = values[item * levels + levels - 1];
    if (last >= count)
      throw new Error(
        `repairCollisions: item ${item + 1} has the last code ${last}, of a codebook of ${count}.`,
      );
  }
  if (levels === 2 && previousCodebook === undefined)
    throw new Error(
      "repairCollisions: of two codes the first has another codebook: give it as previousCodebook.",
    );
  return { codes: count, dimensions };
}

/** Numbers names from 0 in order of first appearance. */
function numbering(): (name: string) => number {
  const numbers = new Map<string, number>();
  return (name) => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  };
}

/**
 * All codes by their distance from a vector; its own first, which another precision may have found nearest by a hair.
 * @param vector [d] @param codebook [K, d]
 */
function nearestFirst(vector: Float64Array, codebook: Float64Array, own: number): Int32Array {
  const count = codebook.length / vector.length;
  const distances = Float64Array.from({ length: count }, (_, code) =>
    code === own ? -1 : squaredDistance(vector, codebook, code),
  );
  return Int32Array.from({ length: count }, (_, code) => code).sort(
    (a, b) => distances[a] - distances[b] || a - b,
  );
}

/** ‖x - C_c‖² @param vector [d] @param codebook [K, d] */
function squaredDistance(vector: Float64Array, codebook: Float64Array, code: number): number {
  const d = vector.length;
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const difference = vector[k] - codebook[code * d + k];
    sum += difference * difference;
  }
  return sum;
}
