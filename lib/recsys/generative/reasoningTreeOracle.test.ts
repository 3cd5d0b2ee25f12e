import { describe, expect, test } from "vitest";
import { type CaseScores, rankCases } from "../caseRanks";
import { markovChainScores } from "../markovChain";
import { rankingMetrics } from "../metrics";
import { itemCounts } from "../popularity";
import { splitTargets } from "../split";
import { type ReasoningTree, reasoningTree } from "./reasoningTree";
import { treeOracle, treeOracleScores } from "./reasoningTreeOracle";

/** P(next item | history) by summing over every persona and every path of moods. */
function enumerated(world: ReasoningTree, history: readonly number[]): Float64Array {
  const { categories, subcategories, leaves, personas, moods, moodStay, noiseProbability } = world.parameters;
  const items = categories * subcategories * leaves;
  const cell = (id: number) => Math.floor((id - 1) / leaves);
  const category = (id: number) => Math.floor(cell(id) / subcategories);
  const chance = (before: readonly number[], id: number, persona: number, mood: number) => {
    const next = world.f1[category(before[before.length - 1]) * personas + persona];
    const older = before.length < 3 ? categories : category(before[before.length - 3]);
    const follows = next * subcategories + world.f2[next * (categories + 1) + older] === cell(id) ? 1 : 0;
    const leaf = world.leafShares[mood * leaves + ((id - 1) % leaves)];
    return (1 - noiseProbability) * follows * leaf + noiseProbability / items;
  };
  const sums = new Float64Array(items);
  const descend = (persona: number, mood: number, event: number, weight: number) => {
    for (let next = 0; next < moods; next++) {
      const moved = weight * (next === mood ? moodStay : (1 - moodStay) / (moods - 1));
      if (event === history.length) {
        for (let item = 0; item < items; item++)
          sums[item] += moved * chance(history, item + 1, persona, next);
      } else {
        const seen = chance(history.slice(0, event), history[event], persona, next);
        descend(persona, next, event + 1, moved * seen);
      }
    }
  };
  for (let persona = 0; persona < personas; persona++)
    for (let mood = 0; mood < moods; mood++) descend(persona, mood, 1, 1 / (personas * moods));
  const total = sums.reduce((sum, x) => sum + x, 0);
  return sums.map((x) => x / total);
}

describe("the oracle", () => {
  const small = reasoningTree({
    seed: 2,
    categories: 3,
    subcategories: 2,
    leaves: 4,
    personas: 3,
    moods: 2,
    users: 6,
  });

  test("is Bayes' rule over all personas and all paths of the mood", () => {
    const { itemIds, offsets } = small.data;
    for (let user = 0; user < 6; user++) {
      const events = [...itemIds.subarray(offsets[user], offsets[user + 1])];
      for (const length of [1, 2, 3, 4, 7]) {
        const history = events.slice(0, length);
        const probabilities = treeOracle(small, history);
        enumerated(small, history).forEach((expected, item) => {
          expect(probabilities[item]).toBeCloseTo(expected, 12);
        });
        expect(probabilities.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12);
      }
    }
  });

  test("of one persona and one mood it is the rule itself", () => {
    const sure = reasoningTree({ seed: 1, personas: 1, moods: 1, users: 5, noiseProbability: 0 });
    const { itemIds, offsets } = sure.data;
    const scores = treeOracleScores(sure, sure.data);
    for (let user = 0; user < 5; user++) {
      for (let event = offsets[user] + 1; event < offsets[user + 1]; event++) {
        const probabilities = scores(event);
        const leaf = (itemIds[event] - 1) % 6;
        expect(probabilities[itemIds[event] - 1]).toBeCloseTo(sure.leafShares[leaf], 12);
      }
    }
  });

  test("refuses a history that cannot be", () => {
    const sure = reasoningTree({ seed: 1, personas: 1, users: 5, noiseProbability: 0 });
    const next = treeOracle(sure, [1]).indexOf(0) + 1;
    expect(() => treeOracle(sure, [1, next, 1])).toThrow("event 2 of the history cannot happen");
  });

  test("reads nothing of what it predicts", () => {
    const world = reasoningTree({ users: 20 });
    const cases = splitTargets(world.data, "test");
    const changed = { ...world.data, itemIds: world.data.itemIds.slice() };
    for (const event of cases) changed.itemIds[event] = 1 + (changed.itemIds[event] % 384);
    for (const event of cases)
      expect(treeOracleScores(world, changed)(event)).toEqual(treeOracleScores(world, world.data)(event));
  });
});

function metrics(world: ReasoningTree) {
  const { data } = world;
  const cases = splitTargets(data, "test");
  const of = (scores: CaseScores) => rankingMetrics(rankCases(data, cases, scores), 10);
  const counts = itemCounts(data).subarray(1);
  return {
    oracle: of(treeOracleScores(world, data)),
    markov: of(markovChainScores(data)),
    popularity: of(() => counts),
  };
}

describe.each(["recall", "ndcg"] as const)("%s@10 on the test split", (metric) => {
  const history = metrics(reasoningTree());
  const flat = metrics(reasoningTree({ structure: "last-item" }));

  test("the oracle is far above the last-item chain, and that above popularity", () => {
    expect(history.oracle[metric]).toBeGreaterThan(1.5 * history.markov[metric]);
    expect(history.markov[metric]).toBeGreaterThan(2 * history.popularity[metric]);
  });

  test("in the flat control the last-item chain is almost the oracle", () => {
    expect(flat.oracle[metric]).toBeGreaterThan(flat.markov[metric]);
    expect(flat.markov[metric]).toBeGreaterThan(0.9 * flat.oracle[metric]);
  });
});
