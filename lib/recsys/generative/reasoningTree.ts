import type { Interactions } from "../../data/interactions";
import { createRandom, type Random } from "../../data/random";
import { buildSequences, type SequentialDataset } from "../sequences";
import { type ItemCodes, itemCodes } from "./itemCodes";
import { type DenseMatrix, denseMatrix } from "./matrix";
import {
  REASONING_TREE_DEFAULTS,
  type ReasoningTreeParameters,
  validateReasoningTree,
} from "./reasoningTreeParameters";

export type { ReasoningTreeParameters } from "./reasoningTreeParameters";

/** A simulated log and what was planted in it. Items are numbered along the tree: item id i is leaf (i - 1) mod `leaves` of its cell. */
export interface ReasoningTree {
  readonly parameters: ReasoningTreeParameters;
  /** Every item has an id. There are no times. */
  readonly data: SequentialDataset;
  /** [V, dimensions]; row i - 1 is that of item id i. */
  readonly content: DenseMatrix;
  /** Planted identifiers, 3 codes an item: its place in the tree, or of a hard item another's. No two are equal. */
  readonly codes: ItemCodes;
  /** [V] 1 where content and codes are another item's. */
  readonly hard: Uint8Array;
  /**
   * f1, the next category. "history": [categories, personas], of the last category and the persona; for every persona a permutation of the
   * categories, so that no user is caught in a few of them. "last-item": [cells], of the last cell.
   */
  readonly f1: Int32Array;
  /**
   * f2, the next sub-category. "history": [categories, categories + 1], of the next category and the one seen three steps ago; the last column is for
   * histories shorter than that. "last-item": [cells], of the last cell; with f1 a permutation of the cells.
   */
  readonly f2: Int32Array;
  /** [moods, leaves] */
  readonly leafShares: Float64Array;
  /** [users] */
  readonly persona: Int32Array;
  /** [events] */
  readonly mood: Int32Array;
  /** [events] 1 where the event is any item at all; a user's first one always is. */
  readonly noise: Uint8Array;
}

/** How far back f2 looks. */
export const STEPS_BACK = 3;

/**
 * A catalogue that is a tree, and users whose next item takes several facts in order:
 *
 *     category     = f1(last category, persona)              the persona shows only in how the user has moved before
 *     sub-category = f2(category, category three steps ago)
 *     leaf         ~ Zipf, its ranks shifted by a slow mood
 *
 * with f1 and f2 fixed random tables, and now and then any item at all. An item's content is the sum of a vector for each of its three numbers, and
 * noise.
 */
export function reasoningTree(options: Partial<ReasoningTreeParameters> = {}): ReasoningTree {
  const parameters = { ...REASONING_TREE_DEFAULTS, ...options };
  validateReasoningTree(parameters);
  const { seed, categories, subcategories, leaves } = parameters;
  const items = categories * subcategories * leaves;
  const tables = plantTables(parameters, createRandom(seed, 0));
  const leafShares = shiftedZipf(parameters);
  const { place, hard } = plantPlaces(items, parameters, createRandom(seed, 1));
  const paths = Int32Array.from({ length: items * 3 }, (_, k) => {
    const at = place[Math.floor(k / 3)];
    return [cellOf(parameters, at) / subcategories, cellOf(parameters, at) % subcategories, at % leaves][
      k % 3
    ];
  });
  const walks = walk(parameters, { ...tables, leafShares });
  return {
    parameters,
    data: buildSequences(
      walks.log,
      Int32Array.from(walks.log.users, (_, row) => row),
      { wholeVocabulary: true },
    ),
    content: plantContent(parameters, paths, createRandom(seed, 2)),
    codes: itemCodes(paths, 3, Math.max(categories, subcategories, leaves)),
    hard,
    ...tables,
    leafShares,
    persona: walks.persona,
    mood: walks.mood,
    noise: walks.noise,
  };
}

type Sizes = Pick<ReasoningTreeParameters, "categories" | "subcategories" | "leaves">;

/** The sub-category of an item among all: category · subcategories + sub-category. @param item 0-based */
export function cellOf({ leaves }: Pick<Sizes, "leaves">, item: number): number {
  return Math.floor(item / leaves);
}

/**
 * The cell that the rules lead to, for a user of this persona.
 * @param cells the cells of the user's events so far, oldest first, at least one
 */
export function nextCell(
  { parameters, f1, f2 }: Pick<ReasoningTree, "parameters" | "f1" | "f2">,
  cells: ArrayLike<number>,
  persona: number,
): number {
  const { categories, subcategories, personas, structure } = parameters;
  const last = cells[cells.length - 1];
  if (structure === "last-item") return f1[last] * subcategories + f2[last];
  const categoryOf = (cell: number) => Math.floor(cell / subcategories);
  const older = cells.length < STEPS_BACK ? categories : categoryOf(cells[cells.length - STEPS_BACK]);
  const category = f1[categoryOf(last) * personas + persona];
  return category * subcategories + f2[category * (categories + 1) + older];
}

function plantTables(
  { categories, subcategories, personas, structure }: ReasoningTreeParameters,
  random: Random,
): Pick<ReasoningTree, "f1" | "f2"> {
  if (structure === "last-item") {
    const next = random.shuffle(Int32Array.from({ length: categories * subcategories }, (_, cell) => cell));
    return {
      f1: next.map((cell) => Math.floor(cell / subcategories)),
      f2: next.map((cell) => cell % subcategories),
    };
  }
  const f1 = new Int32Array(categories * personas);
  for (let persona = 0; persona < personas; persona++) {
    random
      .shuffle(Int32Array.from({ length: categories }, (_, category) => category))
      .forEach((next, category) => {
        f1[category * personas + persona] = next;
      });
  }
  const f2 = Int32Array.from({ length: categories * (categories + 1) }, () => random.integer(subcategories));
  return { f1, f2 };
}

/** A leaf's rank in a mood is its number less the mood's shift, around the ring of leaves. @returns [moods, leaves], rows sum to 1 */
function shiftedZipf({ moods, leaves, zipfExponent }: ReasoningTreeParameters): Float64Array {
  const weights = Float64Array.from({ length: leaves }, (_, k) => (k + 1) ** -zipfExponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float64Array.from({ length: moods * leaves }, (_, k) => {
    const shift = Math.floor((Math.floor(k / leaves) * leaves) / moods);
    return weights[((k % leaves) - shift + leaves) % leaves] / total;
  });
}

/** The place in the tree whose content and codes each item has: its own, but hard items pass theirs on in a ring. */
function plantPlaces(items: number, { hardShare }: ReasoningTreeParameters, random: Random) {
  const place = Int32Array.from({ length: items }, (_, item) => item);
  const hard = new Uint8Array(items);
  const ring = random.shuffle(place.slice()).subarray(0, Math.round(hardShare * items));
  ring.forEach((item, k) => {
    hard[item] = 1;
    place[item] = ring[(k + 1) % ring.length];
  });
  return { place, hard };
}

function plantContent(parameters: ReasoningTreeParameters, paths: Int32Array, random: Random): DenseMatrix {
  const { categories, subcategories, leaves, dimensions, contentNoise } = parameters;
  const weights = [1, parameters.subcategoryWeight, parameters.leafWeight];
  const vectors = [categories, subcategories, leaves].map((size, level) =>
    Float64Array.from({ length: size * dimensions }, () => weights[level] * random.normal()),
  );
  const values = new Float32Array((paths.length / 3) * dimensions);
  for (let k = 0; k < values.length; k++) {
    const [item, column] = [Math.floor(k / dimensions), k % dimensions];
    let sum = contentNoise * random.normal();
    vectors.forEach((ofLevel, level) => {
      sum += ofLevel[paths[item * 3 + level] * dimensions + column];
    });
    values[k] = sum;
  }
  return denseMatrix(paths.length / 3, dimensions, values);
}

function walk(parameters: ReasoningTreeParameters, planted: Pick<ReasoningTree, "f1" | "f2" | "leafShares">) {
  const { seed, users, minEvents, maxEvents, categories, subcategories, leaves, personas, moods } =
    parameters;
  const total = categories * subcategories * leaves;
  const leafDraws = Array.from({ length: moods }, (_, mood) =>
    cumulative(planted.leafShares.subarray(mood * leaves, (mood + 1) * leaves)),
  );
  const persona = new Int32Array(users);
  const events = {
    users: [] as number[],
    items: [] as number[],
    mood: [] as number[],
    noise: [] as number[],
  };
  for (let user = 0; user < users; user++) {
    const random = createRandom(seed, 3, user); // a user's walk does not depend on how many users there are
    persona[user] = random.integer(personas);
    const length = minEvents + random.integer(maxEvents - minEvents + 1);
    const cells: number[] = [];
    let mood = random.integer(moods);
    for (let event = 0; event < length; event++) {
      if (event > 0 && random.uniform() >= parameters.moodStay && moods > 1)
        mood = (mood + 1 + random.integer(moods - 1)) % moods;
      const noisy = random.uniform() < parameters.noiseProbability || event === 0;
      const item = noisy
        ? random.integer(total)
        : nextCell({ parameters, ...planted }, cells, persona[user]) * leaves +
          random.categorical(leafDraws[mood]);
      cells.push(cellOf(parameters, item));
      events.users.push(user);
      events.items.push(item);
      events.mood.push(mood);
      events.noise.push(noisy ? 1 : 0);
    }
  }
  const log: Interactions = {
    users: Int32Array.from(events.users),
    items: Int32Array.from(events.items),
    ratings: new Float64Array(events.items.length).fill(Number.NaN),
    timestamps: undefined,
    userNames: Array.from({ length: users }, (_, user) => `u${user + 1}`),
    itemNames: Array.from({ length: total }, (_, item) => {
      const cell = cellOf(parameters, item);
      return `t${Math.floor(cell / subcategories)}-${cell % subcategories}-${item % leaves}`;
    }),
  };
  return { log, persona, mood: Int32Array.from(events.mood), noise: Uint8Array.from(events.noise) };
}

function cumulative(shares: Float64Array): Float64Array {
  let sum = 0;
  return shares.map((share) => {
    sum += share;
    return sum;
  });
}
