import { createRandom } from "../../data/random";
import { type DenseMatrix, denseMatrix } from "../generative/matrix";
import type { SequentialDataset } from "../sequences";
import type { ContentDomain } from "./domains";

/** Sequences of item ids as a data set without times. */
export function sequencesOf(items: number, sequences: readonly (readonly number[])[]): SequentialDataset {
  const offsets = [0];
  for (const sequence of sequences) offsets.push(offsets[offsets.length - 1] + sequence.length);
  const itemIds = Int32Array.from(sequences.flat());
  return {
    users: sequences.length,
    items,
    offsets: Int32Array.from(offsets),
    itemIds,
    times: undefined,
    eventUsers: Int32Array.from(sequences.flatMap((sequence, user) => sequence.map(() => user))),
    rows: itemIds.map((_, event) => event),
    userNames: sequences.map((_, user) => `u${user}`),
    itemNames: ["", ...Array.from({ length: items }, (_, item) => `i${item + 1}`)],
  };
}

export interface CycleOptions {
  readonly seed: number;
  readonly items: number;
  readonly users: number;
  readonly events: number;
}

/** Types of items in a domain of `cycleDomain`. */
export const TYPES = 6;

/**
 * A domain whose users go round: after an item of type t they take one of type t + 1, whichever. The text of an item tells its type, and so do pictures, in another
 * language; both are noisy. Who knows the rule from one domain knows it in all.
 */
export function cycleDomain({ seed, items, users, events }: CycleOptions): ContentDomain {
  const random = createRandom(seed);
  const typeOf = (item: number) => (item - 1) % TYPES;
  const ofType = (type: number) =>
    Array.from({ length: items }, (_, k) => k + 1).filter((item) => typeOf(item) === type);
  const sequences = Array.from({ length: users }, () => {
    const start = random.integer(TYPES);
    return Array.from({ length: events }, (_, k) => {
      const candidates = ofType((start + k) % TYPES);
      return candidates[random.integer(candidates.length)];
    });
  });
  const content = (width: number, place: (type: number) => number): DenseMatrix => {
    const values = Float32Array.from({ length: items * width }, () => 0.6 * (random.uniform() - 0.5));
    for (let item = 1; item <= items; item++) values[(item - 1) * width + place(typeOf(item))] += 1;
    return denseMatrix(items, width, values);
  };
  return {
    data: sequencesOf(items, sequences),
    text: content(TYPES + 2, (type) => type),
    image: content(TYPES + 1, (type) => TYPES - type),
    hasImage: Uint8Array.from({ length: items }, (_, row) => (row % 7 === 3 ? 0 : 1)),
  };
}
