/** A log of who met what and when, in the order of its file. Indices count from 0 in order of first appearance. */
export interface Interactions {
  /** User of each event, an index into `userNames`. */
  users: Int32Array;
  /** Item of each event, an index into `itemNames`. */
  items: Int32Array;
  /** Rating of each event; NaN where the log has none. */
  ratings: Float64Array;
  /**
   * Time of each event in seconds; undefined where the log has none and says by its own order alone what came first.
   * float64: float32 cannot tell two Unix times within 64 s apart.
   */
  timestamps: Float64Array | undefined;
  userNames: string[];
  itemNames: string[];
}

/** What is known about an item, by its name in the log. */
export interface ItemInfo {
  /** Undefined where the data set has none. */
  title: string | undefined;
  year: number | undefined;
  /** Genres of a film, categories of a product, tags of an artist; each once. */
  attributes: string[];
  /** What is written about it, in plain words; left out where the data set has no such words. */
  text?: string;
}

export interface InteractionsBuilder {
  /** Without a timestamp: of a log that has none. */
  add(user: string, item: string, rating: number, timestamp?: number): void;
  /** @throws Error where some events have a time and some have none */
  build(): Interactions;
}

/** Collects events one by one into typed arrays that grow by doubling. */
export function interactionsBuilder(): InteractionsBuilder {
  const userIndex = new Map<string, number>();
  const itemIndex = new Map<string, number>();
  let users = new Int32Array(1024);
  let items = new Int32Array(1024);
  let ratings = new Float64Array(1024);
  let timestamps = new Float64Array(1024);
  let count = 0;
  let timed = 0;

  function add(user: string, item: string, rating: number, timestamp?: number): void {
    if (count === users.length) {
      users = doubled(users, new Int32Array(count * 2));
      items = doubled(items, new Int32Array(count * 2));
      ratings = doubled(ratings, new Float64Array(count * 2));
      timestamps = doubled(timestamps, new Float64Array(count * 2));
    }
    users[count] = indexOf(userIndex, user);
    items[count] = indexOf(itemIndex, item);
    ratings[count] = rating;
    if (timestamp !== undefined) {
      timestamps[count] = timestamp;
      timed++;
    }
    count++;
  }

  function build(): Interactions {
    if (timed !== 0 && timed !== count)
      throw new Error(`${timed} of ${count} events have a time: all must, or none.`);
    return {
      users: users.slice(0, count),
      items: items.slice(0, count),
      ratings: ratings.slice(0, count),
      timestamps: timed === count ? timestamps.slice(0, count) : undefined,
      userNames: [...userIndex.keys()],
      itemNames: [...itemIndex.keys()],
    };
  }

  return { add, build };
}

function indexOf(index: Map<string, number>, name: string): number {
  const known = index.get(name);
  if (known !== undefined) return known;
  // A name cut out of a file's text would keep that whole piece of text in memory: the index holds a copy.
  index.set(Buffer.from(name, "utf16le").toString("utf16le"), index.size);
  return index.size - 1;
}

function doubled<T extends Int32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
