import { createRandom } from "../../../data/random";
import { buildSequences, type SequentialDataset } from "../../../recsys/sequences";
import { CELLS, CLASSES, cellOf, type ItemConcepts } from "./worldConcepts";
import type { Rule, RuleParameters } from "./worldRule";

export interface WalkOptions {
  readonly users: number;
  /** Events a user. */
  readonly events: number;
  readonly sameClass: RuleParameters["sameClass"];
  /** Of the walks of this domain; each user's does not depend on how many users there are. */
  readonly seeds: readonly [number, ...number[]];
  /** Names the items and users. */
  readonly name: string;
}

export interface PlantedUsers {
  readonly data: SequentialDataset;
  /** [users] each one's class. */
  readonly classes: Int32Array;
}

/** Users who walk among the items by the rule, each from a cell of its own as home. Every item has an id, also one that nobody takes. */
export function walk(rule: Rule, concepts: ItemConcepts, options: WalkOptions): PlantedUsers {
  const { users, events, sameClass, seeds, name } = options;
  const moves = new Map(rule.cells.map((from) => [from, cumulative(rule.cellChances(from))]));
  const shelves = shelvesOf(concepts, rule.cells);
  const items = new Int32Array(users * events);
  const classes = new Int32Array(users);
  for (let user = 0; user < users; user++) {
    const random = createRandom(...seeds, user);
    classes[user] = random.integer(CLASSES);
    let cell = rule.cells[random.integer(rule.cells.length)];
    for (let event = user * events; event < (user + 1) * events; event++) {
      if (event > user * events) cell = random.categorical(moves.get(cell) as Float64Array);
      const shelf = shelves[cell * CLASSES + classes[user]];
      const { ids, weights } = random.uniform() < sameClass ? shelf.own : shelf.others;
      // An item is never taken twice in a row; to draw again is to choose among the rest.
      do items[event] = ids[random.categorical(weights)] - 1;
      while (event > user * events && items[event] === items[event - 1]);
    }
  }
  const log = {
    users: Int32Array.from(items, (_, row) => Math.floor(row / events)),
    items,
    ratings: new Float64Array(items.length).fill(Number.NaN),
    timestamps: undefined,
    userNames: Array.from({ length: users }, (_, user) => `${name} user ${user + 1}`),
    itemNames: Array.from(concepts.coarse, (_, item) => `${name} ${item + 1}`),
  };
  const rows = Int32Array.from(items, (_, row) => row);
  return { data: buildSequences(log, rows, { wholeVocabulary: true }), classes };
}

/** Items to choose among. */
interface Shelf {
  readonly ids: readonly number[];
  /** Cumulative. */
  readonly weights: Float64Array;
}

/** The items of each cell, by whether they are of the class: index 4 cell + class. */
function shelvesOf(concepts: ItemConcepts, cells: readonly number[]): { own: Shelf; others: Shelf }[] {
  const ofCell = new Map<number, number[]>(cells.map((cell) => [cell, []]));
  for (let item = 1; item <= concepts.coarse.length; item++) ofCell.get(cellOf(concepts, item))?.push(item);
  const shelf = (ids: readonly number[]) => ({
    ids,
    weights: cumulative(Float64Array.from(ids, (item) => concepts.popularity[item - 1])),
  });
  return Array.from({ length: CELLS * CLASSES }, (_, at) => {
    const ids = ofCell.get(Math.floor(at / CLASSES)) ?? [];
    const isOwn = (item: number) => concepts.hidden[item - 1] === at % CLASSES;
    return { own: shelf(ids.filter(isOwn)), others: shelf(ids.filter((item) => !isOwn(item))) };
  });
}

function cumulative(shares: Float64Array): Float64Array {
  let sum = 0;
  return shares.map((share) => {
    sum += share;
    return sum;
  });
}
