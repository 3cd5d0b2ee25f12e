import type { SequentialDataset } from "../sequences";
import { cellOf, nextCell, type ReasoningTree } from "./reasoningTree";

/** What the filter needs of a tree: its parameters and tables, nothing of its users. */
export type PlantedRules = Pick<ReasoningTree, "parameters" | "f1" | "f2" | "leafShares">;

/**
 * P(next item | history) under the true generator: the Bayes-optimal scores, the ceiling for any model.
 *
 * The oracle knows the tables f1 and f2, the Zipf shares and all chances; of the user it knows the items so far, as a recommender does. Persona and mood
 * are hidden: it holds their joint posterior, exact by the forward algorithm, since an event depends on both and on observed items alone:
 *
 *     P(i_t | p, m, i_<t) = (1 - ε) [cell(i_t) = rule(p, i_<t)] zipf_m(leaf(i_t)) + ε / V
 *
 * @param history item ids 1..V, oldest first, at least one
 * @returns [V], summing to 1; entry i - 1 is that of item id i
 */
export function treeOracle(rules: PlantedRules, history: ArrayLike<number>): Float64Array {
  const { parameters, leafShares } = rules;
  const { categories, subcategories, leaves, personas, moods, noiseProbability } = parameters;
  const items = categories * subcategories * leaves;
  const anywhere = noiseProbability / items;
  const cells: number[] = [cellOf(parameters, history[0] - 1)];
  let belief = new Float64Array(personas * moods).fill(1 / (personas * moods)); // the first item tells nothing: it is any
  const destinations = () =>
    Int32Array.from({ length: personas }, (_, persona) => nextCell(rules, cells, persona));

  for (let event = 1; event < history.length; event++) {
    const item = history[event] - 1;
    const [cell, leaf] = [cellOf(parameters, item), item % leaves];
    const expected = destinations();
    const joint = moodStep(belief, parameters).map((share, state) => {
      const follows = expected[Math.floor(state / moods)] === cell ? 1 - noiseProbability : 0;
      return share * (follows * leafShares[(state % moods) * leaves + leaf] + anywhere);
    });
    const evidence = joint.reduce((sum, share) => sum + share, 0);
    if (evidence === 0)
      throw new Error(`treeOracle: event ${event + 1} of the history cannot happen under the rules.`);
    belief = joint.map((share) => share / evidence);
    cells.push(cell);
  }

  const probabilities = new Float64Array(items).fill(anywhere);
  const expected = destinations();
  moodStep(belief, parameters).forEach((share, state) => {
    const first = expected[Math.floor(state / moods)] * leaves;
    const mood = state % moods;
    for (let leaf = 0; leaf < leaves; leaf++)
      probabilities[first + leaf] += (1 - noiseProbability) * share * leafShares[mood * leaves + leaf];
  });
  return probabilities;
}

/** The belief about the next event's mood: each mood keeps `moodStay`, the others share the rest. @param belief [personas, moods] */
function moodStep(
  belief: Float64Array,
  { moods, moodStay }: Pick<PlantedRules["parameters"], "moods" | "moodStay">,
): Float64Array {
  if (moods === 1) return belief;
  const moves = (1 - moodStay) / (moods - 1);
  return belief.map((share, state) => {
    const first = state - (state % moods);
    let persona = 0;
    for (let mood = 0; mood < moods; mood++) persona += belief[first + mood];
    return moodStay * share + moves * (persona - share);
  });
}

/** The oracle's scores of cases, for `rankCases`: of an event it reads the user's items before it. @returns [V] */
export function treeOracleScores(
  rules: PlantedRules,
  { itemIds, offsets, eventUsers }: SequentialDataset,
): (event: number) => Float64Array {
  return (event) => treeOracle(rules, itemIds.subarray(offsets[eventUsers[event]], event));
}
