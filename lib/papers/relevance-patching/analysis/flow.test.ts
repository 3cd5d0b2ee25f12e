import { describe, expect, test } from "vitest";
import { createRandom } from "../../../data/random";
import { depthProfile, headAgreement } from "./headAgreement";
import { gini, topShare } from "./sparsity";
import { centreOfMass, fallsBelow, massBetween, peak, risesAbove, stageLayers } from "./stageLayers";

const at = (...effects: number[]) => ({ layers: effects.map((_, layer) => layer), effects });

describe("agreement of heads", () => {
  test("of a map with itself is whole, with its reverse the contrary", () => {
    const map = Array.from({ length: 40 }, (_, head) => Math.sin(5 * head));
    const same = headAgreement(map, map, { permutations: 500 });
    expect(same.k).toBe(4);
    expect(same.spearman.value).toBeCloseTo(1, 12);
    expect(same.spearman.pValue).toBeCloseTo(1 / 501, 12);
    expect(same.overlap.value).toBe(1);
    expect(same.overlap.pValue).toBeLessThan(0.02);
    const reverse = headAgreement(
      map,
      map.map((effect) => -effect),
    );
    expect(reverse.spearman.value).toBeCloseTo(-1, 12);
    expect(reverse.spearman.pValue).toBe(1);
    expect(reverse.overlap.value).toBe(0);
  });

  test("has the null of theory: ρ has mean 0 and deviation 1 / √(n − 1), overlap k / n", () => {
    const random = createRandom(1);
    const map = () => Float64Array.from({ length: 101 }, () => random.normal());
    const { spearman, overlap } = headAgreement(map(), map(), { k: 20, permutations: 2000 });
    expect(Math.abs(spearman.expected)).toBeLessThan(0.01);
    expect(Math.abs(spearman.high - 1.645 / 10)).toBeLessThan(0.01);
    expect(Math.abs(overlap.expected - 20 / 101)).toBeLessThan(0.01);
  });

  test("of unrelated maps has p-values that are spread evenly", () => {
    const random = createRandom(2);
    const map = () => Float64Array.from({ length: 30 }, () => random.normal());
    const pValues = Array.from(
      { length: 100 },
      () => headAgreement(map(), map(), { permutations: 39 }).spearman.pValue,
    );
    const share = (limit: number) => pValues.filter((p) => p <= limit).length / 100;
    expect(Math.abs(share(0.5) - 0.5)).toBeLessThan(0.15);
    expect(Math.abs(share(0.1) - 0.1)).toBeLessThan(0.09);
  });

  test("within layers is not owed to the layers", () => {
    // Both maps grow with the layer, and have nothing else in common.
    const random = createRandom(3);
    const layers = Array.from({ length: 60 }, (_, head) => Math.floor(head / 10));
    const map = () => layers.map((layer) => 3 * layer + random.normal());
    const [x, y] = [map(), map()];
    expect(headAgreement(x, y).spearman.pValue).toBeLessThan(0.001);
    const within = headAgreement(x, y, { strata: layers });
    expect(within.spearman.pValue).toBeGreaterThan(0.05);
    expect(within.spearman.expected).toBeGreaterThan(0.8);
  });

  test("repeats by its seed, and refuses maps without ranks", () => {
    const [x, y] = [
      [1, 2, 3, 4, 5],
      [2, 1, 4, 3, 5],
    ];
    // ρ = 1 − 6 Σ d² / (n (n² − 1)) = 1 − 24 / 120
    expect(headAgreement(x, y).spearman.value).toBeCloseTo(0.8, 12);
    expect(headAgreement(x, y, { seed: 1 })).toEqual(headAgreement(x, y, { seed: 1 }));
    expect(() => headAgreement([1, 1, 1], [1, 2, 3])).toThrow(
      "A map of equal effects has no ranks to agree with.",
    );
    expect(() => headAgreement(x, y, { strata: [1] })).toThrow(
      "Each head needs a stratum; got 1 for 5 heads.",
    );
    expect(() => headAgreement(x, y, { k: 6 })).toThrow(/k goes from 1 to 5/);
  });

  test("across models goes by depth", () => {
    const effects = [[0, 2], [2, 4], [5], [7]];
    expect([...depthProfile(effects, 4)]).toEqual([1, 3, 5, 7]);
    // Middles of halves lie between layers 0 and 1, and 2 and 3.
    expect([...depthProfile(effects, 2)]).toEqual([2, 6]);
    // Level beyond the middles of the first and the last layer
    expect([...depthProfile(effects, 8)]).toEqual([1, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7]);
    expect([...depthProfile([[3, 5]], 3)]).toEqual([4, 4, 4]);
    expect(() => depthProfile([[1], []], 2)).toThrow(
      "A profile needs layers with heads; got layers of 1, 0.",
    );
  });
});

describe("stages", () => {
  test("begin and end where a profile crosses the level, between layers", () => {
    expect(fallsBelow(at(1, 0.75, 0.25, 0))).toBe(1.5);
    expect(risesAbove(at(0, 0.2, 0.7, 1))).toBeCloseTo(1.6, 12);
    expect(fallsBelow(at(1, 0.9, 0.1, 0), 0.9)).toBe(1);
    const everySecond = { layers: [0, 2, 4], effects: [1, 0.75, 0.25] };
    expect(fallsBelow(everySecond)).toBe(3);
  });

  test("are for good: the last crossing counts", () => {
    expect(fallsBelow(at(1, 0.4, 0.6, 0.4, 0))).toBe(2.5);
    expect(risesAbove(at(0, 0.6, 0.4, 0.6, 1))).toBe(2.5);
  });

  test("are undefined where the profile never crosses", () => {
    expect(fallsBelow(at(0.4, 0.2, 0))).toBeUndefined();
    expect(fallsBelow(at(1, 0.2, 0.5))).toBeUndefined();
    expect(risesAbove(at(0, 0.9, 0.4))).toBeUndefined();
    expect(risesAbove(at(0.5, 0.9, 1))).toBe(0);
    expect(risesAbove(at(0.5, 0.2, 1))).toBeCloseTo(1.375, 12);
  });

  test("have a peak, a centre, and shares of layers; what is negative has no weight", () => {
    expect(peak(at(0.1, 0.7, 0.7, 0))).toEqual({ layer: 1, effect: 0.7 });
    expect(centreOfMass(at(1, 0, -5, 3))).toBe((0 + 3 * 3) / 4);
    expect(centreOfMass(at(-1, 0))).toBeUndefined();
    expect(massBetween(at(1, 2, -1, 3, 4), 1, 4)).toBe(0.5);
    expect(massBetween(at(-1), 0, 1)).toBeUndefined();
    expect(() => peak({ layers: [0, 0], effects: [1, 2] })).toThrow(
      "A profile needs an effect for each of ascending layers; got 2 for [0, 0].",
    );
    expect(() => fallsBelow(at())).toThrow(/got 0 for \[\]/);
  });

  const flow = {
    layers: [0, 1, 2, 3, 4],
    document: [1, 0.6, 0.4, 0.1, 0],
    query: [0, 0.2, 0.3, 0.1, 0],
    instruction: [0, 0.1, 0.3, 0.2, 0],
    last: [0, 0, 0.1, 0.7, 1],
  };

  test("are staged where content falls, the instruction peaks, and the last position rises", () => {
    const stages = stageLayers(flow);
    expect(stages.documentFalls).toBeCloseTo(1.5, 12);
    expect(stages.queryFalls).toBeUndefined();
    expect(stages.contentFalls).toBe(stages.documentFalls);
    expect(stages.instructionPeak).toEqual({ layer: 2, effect: 0.3 });
    expect(stages.lastRises).toBeCloseTo(2 + 0.4 / 0.6, 12);
    expect(stages.staged).toBe(true);
  });

  test("are not staged in another order, and undecided where a stage never ends", () => {
    expect(stageLayers({ ...flow, instruction: [0, 0.5, 0.3, 0, 0] }).staged).toBe(false);
    expect(stageLayers({ ...flow, last: [0, 0.9, 0.9, 1, 1] }).staged).toBe(false);
    // The later of the two
    expect(stageLayers({ ...flow, query: [0, 0, 0.9, 0.1, 0] }).contentFalls).toBeCloseTo(2.5, 12);
    const lasting = stageLayers({ ...flow, query: [0, 0, 0.9, 0.9, 0.9] });
    expect([lasting.contentFalls, lasting.staged]).toEqual([undefined, undefined]);
    expect(stageLayers({ ...flow, document: [0, 0, 0, 0, 0] }).contentFalls).toBeUndefined();
    expect(stageLayers({ ...flow, last: [0, 0, 0, 0, 0.4] }).staged).toBeUndefined();
  });
});

describe("sparsity", () => {
  test("is the part that the greatest have of the positive effects", () => {
    const effects = [4, 1, 1, 1, 1, -9, 0, 0, 0, 0];
    expect(topShare(effects, 0.1)).toBe(0.5);
    expect(topShare(effects, 0.29)).toBe(5 / 8);
    expect(topShare(effects)).toBe(0.5); // half a head counts as one
    expect(topShare(effects, 1)).toBe(1);
    expect(topShare(Array(100).fill(2))).toBeCloseTo(0.05, 12);
    expect(() => topShare([0, -1])).toThrow("Of 2 effects none is positive: there is nothing to share.");
    expect(() => topShare([1], 0)).toThrow("A share of heads is in (0, 1]; got 0.");
  });

  test("is Gini's coefficient: half the mean difference of two heads, relative to their mean", () => {
    expect(gini([1, 1, 1, 1])).toBeCloseTo(0, 12);
    expect(gini([0, 0, 0, 5])).toBeCloseTo(0.75, 12);
    const effects = [3, -1, 2, 7, 0.5];
    const positive = effects.map((x) => Math.max(0, x));
    const differences = positive.flatMap((x) => positive.map((y) => Math.abs(x - y)));
    const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    expect(gini(effects)).toBeCloseTo(mean(differences) / (2 * mean(positive)), 12);
    expect(() => gini([-1])).toThrow("Of 1 effects none is positive");
  });
});
