import type { Interactions } from "../../data/interactions";
import { createRandom, type Random } from "../../data/random";
import { buildSequences, type SequentialDataset } from "../sequences";

/** What is planted. Every value can be overridden. */
export interface CatalogueParameters {
  /** All randomness comes from it. */
  seed: number;
  /** Default 6. */
  groups: number;
  /** Default 5; a cell is a subgroup of a group, and there are groups · subgroups of them. */
  subgroups: number;
  /** Default 10. */
  itemsPerCell: number;
  /** Width of a content vector. Default 32. */
  dimensions: number;
  /** Weights of the subgroup's vector and of the noise beside the group's, whose weight is 1. Defaults 0.6 and 0.25. */
  subgroupWeight: number;
  noise: number;
  /** Popularity inside a cell: P(k-th item) ∝ k^-exponent. Default 1. */
  zipfExponent: number;
  /** Default 800. */
  users: number;
  /** Events a user. Default 8. */
  events: number;
  /** Chance that a user stays in the cell, and of going to one of the cell's fixed neighbours; the rest: any cell at all. Defaults 0.6 and 0.3. */
  stayProbability: number;
  neighbourProbability: number;
  /** Fixed neighbours of a cell. Default 2. */
  neighbours: number;
}

export const CATALOGUE_DEFAULTS: CatalogueParameters = {
  seed: 1,
  groups: 6,
  subgroups: 5,
  itemsPerCell: 10,
  dimensions: 32,
  subgroupWeight: 0.6,
  noise: 0.25,
  zipfExponent: 1,
  users: 800,
  events: 8,
  stayProbability: 0.6,
  neighbourProbability: 0.3,
  neighbours: 2,
};

export interface Catalogue {
  readonly parameters: CatalogueParameters;
  /** Every item has an id: id i is row i - 1 of what follows. There are no times. */
  readonly data: SequentialDataset;
  /** [items, dimensions] */
  readonly content: Float32Array;
  /** [items], each 0-based. Items are numbered cell by cell, the most popular of a cell first. */
  readonly group: Int32Array;
  readonly subgroup: Int32Array;
  /** [items] group · subgroups + subgroup */
  readonly cell: Int32Array;
  /** [items] chance of the item in its cell. */
  readonly popularity: Float64Array;
  /** [cells, cells] chance of the column's cell after the row's. */
  readonly transitions: Float64Array;
}

/**
 * Items with content and users who walk among them: an item's content is the vector of its group, plus that of its subgroup (the same
 * in all groups) in a smaller weight, plus noise; a user goes from cell to cell by a sparse transition matrix and takes an item of each by
 * popularity. A hierarchy of codes fits the content, and the codes of one item foretell those of the next.
 */
export function syntheticCatalogue(options: Partial<CatalogueParameters> = {}): Catalogue {
  const parameters = { ...CATALOGUE_DEFAULTS, ...options };
  validate(parameters);
  const { seed, groups, subgroups, itemsPerCell } = parameters;
  const cells = groups * subgroups;
  const cell = Int32Array.from({ length: cells * itemsPerCell }, (_, item) =>
    Math.floor(item / itemsPerCell),
  );
  const group = cell.map((of) => Math.floor(of / subgroups));
  const subgroup = cell.map((of) => of % subgroups);
  const shares = zipf(parameters);
  const transitions = plantTransitions(parameters, createRandom(seed, 1));
  const log = walk(parameters, transitions, shares);
  const rows = Int32Array.from(log.users, (_, row) => row);
  return {
    parameters,
    data: buildSequences(log, rows, { wholeVocabulary: true }),
    content: plantContent(parameters, group, subgroup, createRandom(seed, 0)),
    group,
    subgroup,
    cell,
    popularity: Float64Array.from(cell, (_, item) => shares[item % itemsPerCell]),
    transitions,
  };
}

/** [itemsPerCell], sums to 1. */
function zipf({ itemsPerCell, zipfExponent }: CatalogueParameters): Float64Array {
  const weights = Float64Array.from({ length: itemsPerCell }, (_, k) => (k + 1) ** -zipfExponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function plantContent(
  { groups, subgroups, dimensions, subgroupWeight, noise }: CatalogueParameters,
  group: Int32Array,
  subgroup: Int32Array,
  random: Random,
): Float32Array {
  const ofGroup = Float64Array.from({ length: groups * dimensions }, () => normal(random));
  const ofSubgroup = Float64Array.from({ length: subgroups * dimensions }, () => normal(random));
  return Float32Array.from({ length: group.length * dimensions }, (_, k) => {
    const [item, column] = [Math.floor(k / dimensions), k % dimensions];
    const planted =
      ofGroup[group[item] * dimensions + column] +
      subgroupWeight * ofSubgroup[subgroup[item] * dimensions + column];
    return planted + noise * normal(random);
  });
}

/** Rows sum to 1; a cell's neighbours are others, all different. */
function plantTransitions(
  { groups, subgroups, stayProbability, neighbourProbability, neighbours }: CatalogueParameters,
  random: Random,
): Float64Array {
  const cells = groups * subgroups;
  const anywhere = (1 - stayProbability - neighbourProbability) / cells;
  const transitions = new Float64Array(cells * cells).fill(anywhere);
  for (let from = 0; from < cells; from++) {
    transitions[from * cells + from] += stayProbability;
    const others = Int32Array.from({ length: cells - 1 }, (_, k) => (k < from ? k : k + 1));
    for (const to of random.shuffle(others).subarray(0, neighbours))
      transitions[from * cells + to] += neighbourProbability / neighbours;
  }
  return transitions;
}

function walk(
  { seed, users, events, itemsPerCell }: CatalogueParameters,
  transitions: Float64Array,
  shares: Float64Array,
): Interactions {
  const cells = Math.sqrt(transitions.length);
  const moves = Array.from({ length: cells }, (_, from) =>
    cumulative(transitions.subarray(from * cells, (from + 1) * cells)),
  );
  const popularity = cumulative(shares);
  const items = new Int32Array(users * events);
  for (let user = 0; user < users; user++) {
    const random = createRandom(seed, 2, user); // a user's walk does not depend on how many users there are
    let cell = random.integer(cells);
    for (let event = 0; event < events; event++) {
      if (event > 0) cell = random.categorical(moves[cell]);
      items[user * events + event] = cell * itemsPerCell + random.categorical(popularity);
    }
  }
  return {
    users: Int32Array.from(items, (_, row) => Math.floor(row / events)),
    items,
    ratings: new Float64Array(items.length).fill(Number.NaN),
    timestamps: undefined,
    userNames: Array.from({ length: users }, (_, user) => `u${user + 1}`),
    itemNames: Array.from(
      { length: cells * itemsPerCell },
      (_, item) => `c${Math.floor(item / itemsPerCell)}-${(item % itemsPerCell) + 1}`,
    ),
  };
}

function cumulative(shares: Float64Array): Float64Array {
  let sum = 0;
  return shares.map((share) => {
    sum += share;
    return sum;
  });
}

/** N(0, 1), by Box and Muller's transform. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log1p(-random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

function validate(parameters: CatalogueParameters): void {
  const { groups, subgroups, itemsPerCell, dimensions, users, events, neighbours } = parameters;
  const sizes = { groups, subgroups, itemsPerCell, dimensions, users, events, neighbours };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`syntheticCatalogue: ${name} must be a whole number >= 1; got ${size}.`);
  }
  const { stayProbability, neighbourProbability } = parameters;
  if (!(stayProbability >= 0) || !(neighbourProbability >= 0) || stayProbability + neighbourProbability > 1)
    throw new RangeError(
      `syntheticCatalogue: the chances of staying, ${stayProbability}, and of a neighbour, ${neighbourProbability}, must be >= 0 and together at most 1.`,
    );
  if (neighbours >= groups * subgroups)
    throw new RangeError(
      `syntheticCatalogue: ${neighbours} neighbours need more than ${groups * subgroups} cells.`,
    );
}
