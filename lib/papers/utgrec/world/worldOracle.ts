import { splitTargets } from "../../../recsys/split";
import type { Domain } from "./world";
import { CELLS, CLASSES, cellOf, SUBS } from "./worldConcepts";

/**
 * What is known about a user's hidden class.
 * - `nothing`: each class is as likely, whatever the items so far.
 * - `history`: what the items so far tell about it, by Bayes' rule; no model can do better.
 * - `class`: the class itself.
 */
export type OracleKnowledge = "nothing" | "history" | "class";

/**
 * The planted rule as a recommender: the chance of every item to be a user's next.
 * @param event the event to be foretold; those before it are the history, of one item or more
 * @returns [V + 1]; 0 at 0, padding
 * @throws RangeError where the event is its user's first
 */
export function oracleChances(
  domain: Pick<Domain, "data" | "truth">,
  event: number,
  knowledge: OracleKnowledge = "history",
): Float64Array {
  const { data, truth } = domain;
  const { rule, coarse, sub, hidden, popularity } = truth;
  const last = data.itemIds[event - 1];
  if (event === data.offsets[data.eventUsers[event]])
    throw new RangeError(`oracleChances: event ${event} is its user's first: there is no history before it.`);
  const classes = userClass(domain, event, knowledge);
  const cells = rule.cellChances(cellOf(truth, last));
  // P(cell, item) = P(cell) · popularity · Σ_z P(z) rate(cell, class of the item, z): all but the popularity is the same for many items.
  const rates = new Float64Array(CELLS * CLASSES);
  for (const cell of rule.cells)
    for (let own = 0; own < CLASSES; own++)
      for (let z = 0; z < CLASSES; z++)
        rates[cell * CLASSES + own] += cells[cell] * classes[z] * rule.choiceRate(cell, own, z, last);
  const chances = new Float64Array(data.items + 1);
  for (let k = 0; k < data.items; k++)
    chances[k + 1] = popularity[k] * rates[(coarse[k] * SUBS + sub[k]) * CLASSES + hidden[k]];
  chances[last] = 0; // no item twice in a row
  return chances;
}

/** [4] P(z) before an event. */
function userClass(
  domain: Pick<Domain, "data" | "truth">,
  event: number,
  knowledge: OracleKnowledge,
): Float64Array {
  if (knowledge === "history") return classPosterior(domain, event);
  const { data, truth } = domain;
  const known = truth.userClasses[data.eventUsers[event]];
  return Float64Array.from({ length: CLASSES }, (_, z) =>
    knowledge === "nothing" ? 1 / CLASSES : Number(z === known),
  );
}

/** P(z | items before the event): each class is as likely before any; which cells a user visits tells nothing. */
function classPosterior({ data, truth }: Pick<Domain, "data" | "truth">, event: number): Float64Array {
  const start = data.offsets[data.eventUsers[event]];
  const posterior = new Float64Array(CLASSES).fill(1);
  for (let past = start; past < event; past++) {
    const previous = past > start ? data.itemIds[past - 1] : 0;
    for (let z = 0; z < CLASSES; z++)
      posterior[z] *= truth.rule.choiceChance(data.itemIds[past], z, previous);
    const sum = posterior.reduce((total, value) => total + value, 0);
    for (let z = 0; z < CLASSES; z++) posterior[z] /= sum; // after each item, so that no product vanishes
  }
  return posterior;
}

/**
 * The rank of each case's target in the oracle's list of all items, 1 is best; items of equal chance count as before it.
 * @param cases the events to be foretold; default: the test's
 */
export function oracleRanks(
  domain: Pick<Domain, "data" | "truth">,
  knowledge: OracleKnowledge = "history",
  cases: Int32Array = splitTargets(domain.data, "test"),
): Int32Array {
  return cases.map((event) => {
    const chances = oracleChances(domain, event, knowledge);
    const own = chances[domain.data.itemIds[event]];
    let rank = 0; // the target itself is counted too; it is never of chance 0, as padding is
    for (const chance of chances) if (chance >= own) rank++;
    return rank;
  });
}
