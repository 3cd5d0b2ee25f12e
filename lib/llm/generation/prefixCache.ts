import type { tf } from "../../tensor";
import type { DecodeState } from "../model";

/** A sequence that a model has read, and what it makes of it. */
export interface Reading {
  readonly tokens: readonly number[];
  /** [1, V], of the token that follows */
  readonly logits: tf.Tensor2D;
  readonly state: DecodeState;
}

/** A reading that is kept at least until it is released. */
export interface Lease extends Reading {
  /** To call it again does nothing. */
  release(): void;
}

export interface FoundPrefix {
  readonly lease: Lease;
  /** How many tokens the two have in common from the beginning. */
  readonly shared: number;
}

/** What has been read lately, so that it need not be read again. */
export interface PrefixCache {
  /** The reading that has most in common with these tokens, where it is enough to be worth it. */
  longest(tokens: readonly number[]): FoundPrefix | undefined;
  /** Hands a reading over to the cache. */
  keep(reading: Reading): Lease;
  /** Bytes of what is kept. */
  readonly bytes: number;
  /** Forgets all; what is leased is freed when it is released. */
  dispose(): void;
}

export interface PrefixCacheOptions {
  /** What is kept takes no more; the readings that were used least recently go first. 0: nothing is kept. */
  readonly maxBytes: number;
  /** Of the reading of so many tokens. */
  readonly bytesOf: (tokens: number) => number;
  /** Below this many common tokens it is quicker to read them again. */
  readonly fewestShared: number;
}

interface Entry {
  readonly reading: Reading;
  readonly bytes: number;
  leases: number;
  isKept: boolean;
}

export function prefixCache({ maxBytes, bytesOf, fewestShared }: PrefixCacheOptions): PrefixCache {
  /** Least recently used first. */
  let entries: Entry[] = [];
  const total = () => entries.reduce((sum, { bytes }) => sum + bytes, 0);

  function free(entry: Entry): void {
    if (entry.isKept || entry.leases > 0) return;
    entry.reading.state.dispose();
    entry.reading.logits.dispose();
  }

  function forget(entry: Entry): void {
    entries = entries.filter((other) => other !== entry);
    entry.isKept = false;
    free(entry);
  }

  function lease(entry: Entry): Lease {
    entry.leases++;
    let isHeld = true;
    return {
      ...entry.reading,
      release() {
        if (!isHeld) return;
        isHeld = false;
        entry.leases--;
        free(entry);
      },
    };
  }

  return {
    get bytes() {
      return total();
    },
    longest(tokens) {
      let best: Entry | undefined;
      let shared = fewestShared - 1;
      for (const entry of entries) {
        const common = commonLength(entry.reading.tokens, tokens);
        // Of two with as much in common the one that ends there: it may be the very same.
        const isNearer =
          best !== undefined && common === shared && entry.reading.tokens.length < best.reading.tokens.length;
        if (common <= shared && !isNearer) continue;
        best = entry;
        shared = common;
      }
      if (best === undefined) return undefined;
      const found = best;
      entries = [...entries.filter((entry) => entry !== found), found];
      return { lease: lease(found), shared };
    },
    keep(reading) {
      const { tokens } = reading;
      const same = entries.find(
        (entry) =>
          entry.reading.tokens.length === tokens.length &&
          commonLength(entry.reading.tokens, tokens) === tokens.length,
      );
      if (same) forget(same);
      const entry: Entry = { reading, bytes: bytesOf(tokens.length), leases: 0, isKept: true };
      const held = lease(entry);
      entries.push(entry);
      while (entries.length > 0 && total() > maxBytes) forget(entries[0]);
      return held;
    },
    dispose() {
      for (const entry of entries) forget(entry);
    },
  };
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
