import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../../data/random";
import { tf } from "../../../tensor";
import { smallSubject } from "../patching/testing";
import type { PositionGroup } from "../prompts/positionGroups";
import { ablate } from "./ablate";
import { ablationCurve, curveRows } from "./curve";
import { type HeadEffect, headsAbove, layerMatchedRandom, rankHeads } from "./headLists";
import { everyModule, type HeadModule } from "./modules";
import { queryMean, zeros } from "./replacement";
import { summarize } from "./summary";
import { smallPairs } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const EFFECTS = [0.5, -0.4, 0.02, 0.03, -0.01, 0.5].map(
  (effect, head): HeadEffect => ({ layer: 0, head, group: "last", effect }),
);
const headsOf = (list: readonly HeadModule[]) => list.map(({ head }) => head);

describe("head lists", () => {
  test("are ranked by their effects, ties in their order", () => {
    expect(headsOf(rankHeads(EFFECTS))).toEqual([0, 5, 3, 2, 4, 1]);
    expect(headsOf(rankHeads(EFFECTS, "least"))).toEqual([1, 4, 2, 3, 0, 5]);
    expect(headsOf(rankHeads(EFFECTS, "weakest"))).toEqual([4, 2, 3, 1, 0, 5]);
    expect(headsOf(headsAbove(EFFECTS))).toEqual([0, 5, 3]);
    expect(headsOf(headsAbove(EFFECTS, -0.1))).toEqual([0, 5, 3, 2, 4]);
    expect(() => rankHeads([{ ...EFFECTS[1], effect: Number.NaN }])).toThrow(
      "Head 1 of layer 0 has the effect NaN.",
    );
  });

  const config = { layers: 5, heads: 9 };
  const list = (
    [
      [3, 1, "last"],
      [0, 4, "last"],
      [3, 2, "last"],
      [3, 2, "doc_all"],
      [3, 8, "last"],
    ] as const
  ).map(([layer, head, group]): HeadModule => ({ layer, head, group }));

  test("at random have as many heads in every layer and group, none twice, and repeat by their seed", () => {
    const draw = (seed: number) => layerMatchedRandom(list, config, createRandom(seed));
    const places = (heads: readonly HeadModule[]) => heads.map(({ layer, group }) => `${layer} ${group}`);
    const used = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const drawn = draw(seed);
      expect(places(drawn)).toEqual(places(list));
      expect(new Set(drawn.map((head) => JSON.stringify(head))).size).toBe(list.length);
      for (const { layer, head } of drawn) {
        expect(head >= 0 && head < config.heads).toBe(true);
        if (layer === 0) used.add(head);
      }
    }
    expect(used.size).toBe(9);
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
    const whole = Array.from({ length: 9 }, (_, head): HeadModule => ({ layer: 1, head, group: "last" }));
    expect(headsOf(layerMatchedRandom(whole, config, createRandom(1))).sort()).toEqual(headsOf(whole));
  });

  test("at random refuse a head that is listed twice, and one that is not there", () => {
    const of = (...heads: HeadModule[]) => layerMatchedRandom(heads, config, createRandom(0));
    expect(() => of(list[0], list[1], list[0])).toThrow("The list has head 1 of layer 3 at last twice.");
    expect(() => of({ layer: 5, head: 0, group: "last" })).toThrow("The model has no head 0 of layer 5.");
    expect(() => of({ layer: 0, head: 9, group: "last" })).toThrow("The model has no head 9 of layer 0.");
  });
});

describe("summarize", () => {
  test("has the measures of an ablated model", () => {
    const intact = { clean: [3, 1], corrupted: [-1, -1] };
    const ablated = { clean: [2, -1], corrupted: [0.5, -1.5] };
    expect(summarize(ablated, intact)).toEqual({
      accuracy: 0.5,
      orderAccuracy: 1,
      areaUnderCurve: 0.75,
      cleanMean: 0.5,
      corruptedMean: -0.5,
      gap: 1,
      faithfulness: 1 / 3,
    });
  });
});

describe("ablationCurve", () => {
  const heads = (group: PositionGroup): HeadModule[] =>
    [0, 1, 2].flatMap((layer) => [3, 1].map((head): HeadModule => ({ layer, head, group })));

  test("has the first k of each list, and as many random heads of the same layers", () => {
    const subject = smallSubject();
    const pairs = smallPairs(1);
    const [found, mass] = [heads("last"), heads("last").reverse()];
    const { mlps } = everyModule(subject.model.config);
    for (const mode of ["knockOut", "keepOnly"] as const) {
      const beside = mode === "keepOnly" ? { mlps } : undefined;
      const options = { replacement: queryMean, mode, beside };
      const curve = ablationCurve(subject, pairs, found, {
        ...options,
        ks: [1, 4],
        draws: 3,
        seed: 8,
        others: { mass },
      });
      expect(curve.points.map(({ k, random }) => [k, random.length])).toEqual([
        [1, 3],
        [4, 3],
      ]);
      for (const { k, found: first, others, random } of curve.points) {
        const drawn = [0, 1, 2].map((draw) =>
          layerMatchedRandom(found.slice(0, k), subject.model.config, createRandom(8, k, draw)),
        );
        const lists = [found.slice(0, k), mass.slice(0, k), ...drawn].map((list) => ({
          heads: list,
          ...beside,
        }));
        const { intact, ablated } = ablate(subject, pairs, lists, options);
        expect(curve.intact).toEqual(intact);
        for (const [i, judgements] of [first, others.mass, ...random].entries())
          for (const side of ["clean", "corrupted"] as const)
            for (const [pair, d] of Array.from(judgements[side]).entries())
              expect(d).toBeCloseTo(ablated[i][side][pair], 4);
      }
    }
  });

  test("becomes rows: a list's number, and mean and interval of the draws", () => {
    const judged = (gap: number) => ({ clean: [gap], corrupted: [0] });
    const random = Array.from({ length: 21 }, (_, i) => judged((20 - i) / 10)); // 2.0, 1.9, … 0
    const point = { k: 2, found: judged(0.5), others: { weakest: judged(3) }, random };
    const rows = curveRows({ intact: judged(4), points: [point, { ...point, k: 5, random: [] }] }, "gap");
    expect(rows).toEqual([
      { k: 2, list: "found", value: 0.5, low: 0.5, high: 0.5 },
      { k: 2, list: "weakest", value: 3, low: 3, high: 3 },
      { k: 2, list: "random", value: expect.closeTo(1, 12), low: expect.closeTo(0.05, 12), high: 1.95 },
      { k: 5, list: "found", value: 0.5, low: 0.5, high: 0.5 },
      { k: 5, list: "weakest", value: 3, low: 3, high: 3 },
    ]);
    const curve = { intact: judged(4), points: [point] };
    expect(curveRows(curve, "faithfulness")[0].value).toBe(0.125);
    expect(curveRows(curve, "accuracy")[0].value).toBe(0.5);
  });

  test("refuses more heads than a list has", () => {
    const of = (ks: number[], others = {}) =>
      ablationCurve(smallSubject(), smallPairs(1), heads("last"), { replacement: zeros, ks, others });
    expect(() => of([7])).toThrow("found heads: there are 6 heads, and 7 are asked for.");
    expect(() => of([2], { mass: heads("last").slice(5) })).toThrow(
      "mass: there are 1 heads, and 2 are asked for.",
    );
  });
});
