import { describe, expect, it } from "vitest";
import { rankingMetrics } from "../../../recsys/metrics";
import { splitTargets } from "../../../recsys/split";
import { multiDomainWorld } from "./world";
import { CLASSES, cellOf } from "./worldConcepts";
import { oracleChances, oracleRanks } from "./worldOracle";
import { readableText } from "./worldText";

const world = multiDomainWorld({ seed: 2 });
const [domain] = world.domains;
const { data, truth } = domain;

describe("the oracle", () => {
  it("gives chances of all items that sum to 1, and none to the last item", () => {
    for (const knowledge of ["nothing", "history", "class"] as const) {
      for (const event of splitTargets(data, "test").subarray(0, 30)) {
        const chances = oracleChances(domain, event, knowledge);
        expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 10);
        expect([chances[0], chances[data.itemIds[event - 1]]]).toEqual([0, 0]);
      }
    }
  });

  it("is the rule: cell, then class, then popularity", () => {
    const event = data.offsets[7] + 3;
    const last = data.itemIds[event - 1];
    const chances = oracleChances(domain, event, "class");
    const cells = truth.rule.cellChances(cellOf(truth, last));
    const z = truth.userClasses[7];
    for (const item of [1, 17, 80, 200]) {
      const rivals = [...truth.hidden.keys()]
        .map((k) => k + 1)
        .filter(
          (other) =>
            other !== last &&
            cellOf(truth, other) === cellOf(truth, item) &&
            (truth.hidden[other - 1] === z) === (truth.hidden[item - 1] === z),
        );
      const sum = rivals.reduce((total, other) => total + truth.popularity[other - 1], 0);
      const branch = truth.hidden[item - 1] === z ? 0.7 : 0.3;
      const expected =
        item === last ? 0 : (cells[cellOf(truth, item)] * branch * truth.popularity[item - 1]) / sum;
      expect(chances[item]).toBeCloseTo(expected, 12);
      expect(truth.rule.choiceChance(item, z, last) * cells[cellOf(truth, item)]).toBeCloseTo(expected, 12);
    }
  });

  it("learns a user's class from the history: the mean of the chances over the posterior", () => {
    const event = data.offsets[7] + 2;
    const [first, second] = [data.itemIds[event - 2], data.itemIds[event - 1]];
    const { choiceChance, cellChances } = truth.rule;
    const weights = Array.from(
      { length: CLASSES },
      (_, z) => choiceChance(first, z, 0) * choiceChance(second, z, first),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const item = data.itemIds[event];
    const expected = weights.reduce(
      (sum, weight, z) => sum + (weight / total) * choiceChance(item, z, second),
      0,
    );
    const cell = cellChances(cellOf(truth, second))[cellOf(truth, item)];
    expect(oracleChances(domain, event)[item]).toBeCloseTo(cell * expected, 12);
  });

  it("ranks better the more it knows of the class, in log-likelihood and in NDCG", () => {
    const large = multiDomainWorld({ seed: 2, sources: 1, users: 1500, events: 12 }).domains[0];
    const cases = splitTargets(large.data, "test");
    const quality = (["nothing", "history", "class"] as const).map((knowledge) => {
      let sum = 0;
      for (const event of cases)
        sum += Math.log(oracleChances(large, event, knowledge)[large.data.itemIds[event]]);
      return [sum / cases.length, rankingMetrics(oracleRanks(large, knowledge)).ndcg];
    });
    for (const measure of [0, 1]) {
      expect(quality[1][measure]).toBeGreaterThan(quality[0][measure]);
      expect(quality[2][measure]).toBeGreaterThan(quality[1][measure]);
    }
    expect(quality[1][1]).toBeGreaterThan(0.4);
  });

  it("refuses a user's first event", () => {
    expect(() => oracleChances(domain, data.offsets[3])).toThrow("its user's first");
  });
});

describe("a text in words", () => {
  it("begins with maker, style and thing, and leaves no word out", () => {
    const text = domain.text.subarray(0, 12);
    const { title, rest } = readableText(world.lists, text);
    const [maker, style, thing] = title.split(" ").map((word) => world.words.indexOf(word));
    expect(world.lists.domain[0]).toContain(maker);
    expect(world.lists.style[truth.style[0]]).toContain(style);
    expect(world.lists.sub[cellOf(truth, 1)]).toContain(thing);
    const words = `${title} ${rest}`.split(" ").sort();
    expect(words).toEqual([...text].map((id) => world.words[id]).sort());
  });

  it("of padding alone is empty", () => {
    expect(readableText(world.lists, [0, 0])).toEqual({ title: "", rest: "" });
  });
});
