/** Which events of a history the next one depends on; see `reasoningTree`. */
export type Structure = "history" | "last-item";

/** What is planted. Every value can be overridden. */
export interface ReasoningTreeParameters {
  /** All randomness comes from it. */
  seed: number;
  /** Default 8. */
  categories: number;
  /** Sub-categories a category. Default 8. */
  subcategories: number;
  /** Items a sub-category. Default 6. */
  leaves: number;
  /** Default "history"; "last-item" is the control in which one look at the last item is enough. */
  structure: Structure;
  /** Kinds of users. Default 6. */
  personas: number;
  /** States of a user's mood, and the chance that it stays from one event to the next; else it becomes any of the others. Defaults 3 and 0.9. */
  moods: number;
  moodStay: number;
  /** P(leaf of rank k) ∝ k^-exponent; the mood shifts the ranks. Default 1. */
  zipfExponent: number;
  /** Chance that an event is any item at all. Default 0.15. */
  noiseProbability: number;
  /** Default 2,000. */
  users: number;
  /** Fewest and most events a user; uniform between. Defaults 8 and 20. */
  minEvents: number;
  maxEvents: number;
  /** Width of a content vector. Default 32. */
  dimensions: number;
  /** Weights of the sub-category's and of the leaf's vector beside the category's, whose weight is 1. Defaults 0.5 and 0.25. */
  subcategoryWeight: number;
  leafWeight: number;
  /** Deviation of the noise on every coordinate. Default 0.05. */
  contentNoise: number;
  /** Share of the items whose content and planted codes are those of another place in the tree. Default 0; the hard variant: 0.3. */
  hardShare: number;
}

export const REASONING_TREE_DEFAULTS: ReasoningTreeParameters = {
  seed: 1,
  categories: 8,
  subcategories: 8,
  leaves: 6,
  structure: "history",
  personas: 6,
  moods: 3,
  moodStay: 0.9,
  zipfExponent: 1,
  noiseProbability: 0.15,
  users: 2000,
  minEvents: 8,
  maxEvents: 20,
  dimensions: 32,
  subcategoryWeight: 0.5,
  leafWeight: 0.25,
  contentNoise: 0.05,
  hardShare: 0,
};

/** @throws RangeError that names the value and its range */
export function validateReasoningTree(parameters: ReasoningTreeParameters): void {
  const { categories, subcategories, leaves, personas, moods, users, dimensions } = parameters;
  const sizes = { categories, subcategories, leaves, personas, moods, users, dimensions };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`reasoningTree: ${name} must be a whole number >= 1; got ${size}.`);
  }
  const { moodStay, noiseProbability, hardShare, minEvents, maxEvents } = parameters;
  for (const [name, share] of Object.entries({ moodStay, noiseProbability, hardShare })) {
    if (!(share >= 0 && share <= 1))
      throw new RangeError(`reasoningTree: ${name} must be between 0 and 1; got ${share}.`);
  }
  if (!Number.isInteger(minEvents) || !Number.isInteger(maxEvents) || minEvents < 3 || maxEvents < minEvents)
    throw new RangeError(
      `reasoningTree: a user has ${minEvents} to ${maxEvents} events: choose whole numbers with 3 <= minEvents <= maxEvents.`,
    );
}
