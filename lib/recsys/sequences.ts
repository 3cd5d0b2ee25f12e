import type { Interactions } from "../data/interactions";

/**
 * Item sequences of all users, flat: user u's events are `offsets[u] .. offsets[u + 1] - 1`, oldest first. An event is named by
 * its index in the flat arrays; so is a prediction case, by the event to be predicted.
 */
export interface SequentialDataset {
  /** Number of users. */
  users: number;
  /** Number of items, V. Item ids are 1..V; 0 is padding. */
  items: number;
  /** [users + 1] */
  offsets: Int32Array;
  /** [events], item ids 1..V. */
  itemIds: Int32Array;
  /** [events], seconds; undefined where the log has no timestamps: then only the order is known, and `requireTimes` throws. */
  times: Float64Array | undefined;
  /** [events], the user of each event, 0-based. */
  eventUsers: Int32Array;
  /** [events], the row of the log that each event came from. */
  rows: Int32Array;
  userNames: string[];
  /** [V + 1]: the name of each item id; `itemNames[0]` is "" (padding). */
  itemNames: string[];
}

export interface SequenceOptions {
  /** Give every item of the log an id, also one without a kept event (a simulator's vocabulary is known). Default false. */
  wholeVocabulary?: boolean;
}

/**
 * Orders the chosen rows by user and time. Equal times keep the order of the file, for every model the same, and so do all events of a log
 * without timestamps.
 * Users and items are numbered in order of first appearance among the rows.
 *
 * @param rows  row numbers of `log`, ascending
 */
export function buildSequences(
  log: Interactions,
  rows: Int32Array,
  { wholeVocabulary = false }: SequenceOptions = {},
): SequentialDataset {
  const { timestamps } = log;
  const userOf = numbering(log.users, rows, log.userNames.length);
  const itemOf = wholeVocabulary
    ? { numbers: Int32Array.from(log.itemNames, (_, i) => i), order: log.itemNames.map((_, i) => i) }
    : numbering(log.items, rows, log.itemNames.length);
  const users = userOf.order.length;

  const offsets = new Int32Array(users + 1);
  for (const row of rows) offsets[userOf.numbers[log.users[row]] + 1]++;
  for (let user = 0; user < users; user++) offsets[user + 1] += offsets[user];

  const sorted = new Int32Array(rows.length);
  const next = offsets.slice();
  for (const row of rows) sorted[next[userOf.numbers[log.users[row]]]++] = row;
  const eventUsers = new Int32Array(rows.length);
  for (let user = 0; user < users; user++) {
    if (timestamps !== undefined) {
      sorted
        .subarray(offsets[user], offsets[user + 1])
        .sort((a, b) => timestamps[a] - timestamps[b] || a - b);
    }
    eventUsers.fill(user, offsets[user], offsets[user + 1]);
  }

  return {
    users,
    items: itemOf.order.length,
    offsets,
    itemIds: sorted.map((row) => itemOf.numbers[log.items[row]] + 1),
    times: timestamps === undefined ? undefined : Float64Array.from(sorted, (row) => timestamps[row]),
    eventUsers,
    rows: sorted,
    userNames: userOf.order.map((user) => log.userNames[user]),
    itemNames: ["", ...itemOf.order.map((item) => log.itemNames[item])],
  };
}

/** [events], seconds. @throws Error where the data set has no timestamps */
export function requireTimes({ times }: Pick<SequentialDataset, "times">): Float64Array {
  if (times !== undefined) return times;
  throw new Error(
    "The data set has no timestamps, only the order of each user's events: choose one that has, or leave out what reads times.",
  );
}

/** Numbers keys from 0 in order of first appearance: `numbers[key]` (-1 where absent) and its inverse, `order`. */
function numbering(
  keys: Int32Array,
  rows: Int32Array,
  size: number,
): { numbers: Int32Array; order: number[] } {
  const numbers = new Int32Array(size).fill(-1);
  const order: number[] = [];
  for (const row of rows) {
    if (numbers[keys[row]] >= 0) continue;
    numbers[keys[row]] = order.length;
    order.push(keys[row]);
  }
  return { numbers, order };
}
