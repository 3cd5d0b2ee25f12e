import type { Interactions } from "../data/interactions";

export interface FilterOptions {
  /** Events rated below this are dropped; NaN (no rating) stays. Default 3 (RecBole's MovieLens benchmark). */
  minRating?: number;
  /** Every user and every item keeps at least this many events: the k of the k-core. At least 3. Default 10. */
  core?: number;
}

/** Leave-one-out needs a training item, a validation item and a test item of every user. */
export const MINIMUM_SEQUENCE = 3;

/**
 * The rows of a log that the protocol keeps: rating >= `minRating`, then the k-core.
 * @returns row numbers of `log`, ascending
 * @see T2ARec, section 5.1.1; RecBole, `val_interval` and `user_inter_num_interval`
 */
export function filterInteractions(
  log: Interactions,
  { minRating = 3, core = 10 }: FilterOptions = {},
): Int32Array {
  const rated = new Int32Array(log.users.length);
  let count = 0;
  for (let row = 0; row < rated.length; row++) {
    if (!(log.ratings[row] < minRating)) rated[count++] = row;
  }
  return kCore(log, rated.subarray(0, count), core);
}

/**
 * Drops users and items of fewer than k events, again and again until none is left: what remains does not depend on
 * the order of dropping.
 * @throws Error when k < 3 or nothing remains
 */
export function kCore(log: Interactions, rows: Int32Array, k: number): Int32Array {
  if (!Number.isInteger(k) || k < MINIMUM_SEQUENCE) {
    throw new Error(
      `core must be an integer >= ${MINIMUM_SEQUENCE}, or a user has nothing to train on; got ${k}.`,
    );
  }
  let kept = rows;
  for (;;) {
    const userEvents = countBy(log.users, kept, log.userNames.length);
    const itemEvents = countBy(log.items, kept, log.itemNames.length);
    const next = kept.filter((row) => userEvents[log.users[row]] >= k && itemEvents[log.items[row]] >= k);
    if (next.length === 0) {
      throw new Error(
        `The ${k}-core of these ${rows.length} events is empty: choose a smaller core or more data.`,
      );
    }
    if (next.length === kept.length) return next;
    kept = next;
  }
}

function countBy(keys: Int32Array, rows: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size);
  for (const row of rows) counts[keys[row]]++;
  return counts;
}
