import type { Random } from "../../../data/random";
import { CELLS, CLASSES, cellOf, cellsOf, type ItemConcepts, SUBS } from "./worldConcepts";

/** How users go from item to item. */
export interface RuleParameters {
  /** Chance that the next item is of the same cell as the last one. */
  readonly stay: number;
  /** Chance that it is of the partner of that cell; the rest: of any cell of the domain, each as likely. */
  readonly partner: number;
  /** Chance that, inside the cell, it is of the user's own hidden class. */
  readonly sameClass: number;
}

/**
 * The partners of each cell, one table for all domains: first a cell of another coarse concept, then one of the same, for domains that do not have the first.
 * @returns [32, 2] cells
 */
export function plantPartners(random: Random): Int32Array {
  const partners = new Int32Array(CELLS * 2);
  for (let cell = 0; cell < CELLS; cell++) {
    const coarse = Math.floor(cell / SUBS);
    const other = random.integer(CELLS - SUBS);
    partners[2 * cell] = other < coarse * SUBS ? other : other + SUBS;
    partners[2 * cell + 1] = coarse * SUBS + ((cell + 1 + random.integer(SUBS - 1)) % SUBS);
  }
  return partners;
}

/** The rule in a domain: what a user of a hidden class takes next. */
export interface Rule {
  /** The cells that the domain has, ascending. */
  readonly cells: readonly number[];
  /** The partner that a cell has in this domain. */
  partnerOf(cell: number): number;
  /** [32] chances of the next item's cell. */
  cellChances(from: number): Float64Array;
  /**
   * Chance of an item among those of its cell, for each unit of its popularity: of the user's class with `sameClass`, else of another one; among these by
   * popularity. An item is never taken twice in a row.
   * @param hidden   the item's class
   * @param user     the user's class
   * @param previous the user's last item; 0 for none
   */
  choiceRate(cell: number, hidden: number, user: number, previous: number): number;
  /** Chance of an item among those of its cell. */
  choiceChance(item: number, user: number, previous: number): number;
}

/**
 * @param coarse the coarse concepts of the domain
 * @throws Error where a cell has no two items of a class, so that one could not follow another
 */
export function plantedRule(
  partners: Int32Array,
  coarse: readonly number[],
  concepts: ItemConcepts,
  { stay, partner, sameClass }: RuleParameters,
): Rule {
  const { hidden: classes, popularity } = concepts;
  const cells = cellsOf(coarse);
  const weights = new Float64Array(CELLS * CLASSES); // of all items of a cell and class
  const counts = new Int32Array(CELLS * CLASSES);
  popularity.forEach((weight, k) => {
    const at = cellOf(concepts, k + 1) * CLASSES + classes[k];
    weights[at] += weight;
    counts[at]++;
  });
  for (const cell of cells)
    for (let z = 0; z < CLASSES; z++)
      if (counts[cell * CLASSES + z] < 2)
        throw new Error(
          `plantedRule: cell ${cell} has ${counts[cell * CLASSES + z]} items of class ${z}, and needs 2: ` +
            `take ${2 * CLASSES * cells.length} items or more.`,
        );
  const totals = Float64Array.from({ length: CELLS }, (_, cell) =>
    weights.subarray(cell * CLASSES, (cell + 1) * CLASSES).reduce((sum, weight) => sum + weight, 0),
  );

  function partnerOf(cell: number): number {
    const first = partners[2 * cell];
    return coarse.includes(Math.floor(first / SUBS)) ? first : partners[2 * cell + 1];
  }

  function cellChances(from: number): Float64Array {
    const chances = new Float64Array(CELLS);
    for (const cell of cells) chances[cell] = (1 - stay - partner) / cells.length;
    chances[from] += stay;
    chances[partnerOf(from)] += partner;
    return chances;
  }

  function choiceRate(cell: number, hidden: number, user: number, previous: number): number {
    const own = weights[cell * CLASSES + user];
    const isOwn = hidden === user;
    let rivals = isOwn ? own : totals[cell] - own; // the popularity of all that the item is chosen among
    const isRival =
      previous > 0 && cellOf(concepts, previous) === cell && (classes[previous - 1] === user) === isOwn;
    if (isRival) rivals -= popularity[previous - 1];
    return (isOwn ? sameClass : 1 - sameClass) / rivals;
  }

  function choiceChance(item: number, user: number, previous: number): number {
    if (item === previous) return 0;
    return popularity[item - 1] * choiceRate(cellOf(concepts, item), classes[item - 1], user, previous);
  }

  return { cells, partnerOf, cellChances, choiceRate, choiceChance };
}
