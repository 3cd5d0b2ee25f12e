import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tf } from "../../tensor";
import { disposeTree } from "../../tensor/tree";
import { documentMass } from "./analysis/attentionMass";
import { relevanceConfig } from "./config";
import { headEffects, headLists } from "./headLists";
import type { Subject } from "./patching/subject";
import { PAIRWISE, POINTWISE, smallSubject } from "./patching/testing";

const named = ({ layer, head, group }: { layer: number; head: number; group: string }) =>
  `${layer}.${head} ${group}`;

describe("effects of heads", () => {
  // Two layers of two heads at two groups, two pairs.
  const effects = [1, 3, 0, 2, -4, 0, 5, 5, 0, 0, 7, 9, -1, -1, 2, 4];
  it("are means over the pairs, layer by layer, head by head, group by group", () => {
    const found = headEffects({ layers: 2, heads: 2 }, { allGroups: false, format: "plain" }, effects, 2);
    expect(found.map((effect) => `${named(effect)} ${effect.effect}`)).toEqual([
      ...["0.0 query_all 2", "0.0 last 1", "0.1 query_all -2", "0.1 last 5"],
      ...["1.0 query_all 0", "1.0 last 8", "1.1 query_all -1", "1.1 last 3"],
    ]);
  });
  it("have the other sign where yes is the answer of documents that do not answer", () => {
    const found = headEffects({ layers: 2, heads: 2 }, { allGroups: false, format: "reversed" }, effects, 2);
    expect(found.map(({ effect }) => effect)).toEqual([-2, -1, 2, -5, -0, -8, 1, -3]);
  });
  it("at four groups have four a head", () => {
    const found = headEffects({ layers: 1, heads: 2 }, { allGroups: true, format: "plain" }, effects, 2);
    expect(found.map(named)).toEqual(
      [0, 1].flatMap((head) =>
        ["doc_all", "query_all", "inst_all", "last"].map((group) => `0.${head} ${group}`),
      ),
    );
    expect(found.map(({ effect }) => effect)).toEqual([2, 1, -2, 5, 0, 8, -1, 3]);
  });
});

describe("the lists of a run", () => {
  let subject: Subject;
  beforeAll(() => {
    subject = smallSubject();
  });
  afterAll(() => disposeTree(subject.model.weights));
  const config = relevanceConfig("smoke", { allGroups: false });
  // Three layers of four heads at query and last token: an effect each, of either sign, none like another.
  const pairs = [POINTWISE, PAIRWISE];
  const site = Array.from({ length: 24 }, (_, i) => ((i * 7) % 24) - 11.3);
  const effects = site.flatMap((effect) => [effect - 1, effect + 1]);
  const sorted = (key: (effect: number) => number) =>
    [...site.keys()]
      .sort((a, b) => key(site[a]) - key(site[b]))
      .map((i) => `${Math.floor(i / 8)}.${Math.floor(i / 2) % 4} ${["query_all", "last"][i % 2]}`);

  it("are the greatest effects first, and those nearest to 0", () => {
    const before = tf.memory().numTensors;
    const { found, others } = headLists(subject, pairs, config, effects);
    expect(tf.memory().numTensors).toBe(before);
    expect(found.map(named)).toEqual(sorted((effect) => -effect));
    expect(others.weakest.map(named)).toEqual(sorted(Math.abs));
  });
  it("under the reversed format the least effects first", () => {
    const { found } = headLists(subject, pairs, { ...config, format: "reversed" }, effects);
    expect(found.map(named)).toEqual(sorted((effect) => effect));
  });
  it("of attention have every head once, those that look most at the documents of both prompts first", () => {
    const { attention } = headLists(subject, pairs, config, effects).others;
    expect(new Set(attention.map(named)).size).toBe(12);
    expect(new Set(attention.map(({ group }) => group))).toEqual(new Set(["last"]));
    const masses = pairs.map((pair) => documentMass(subject, pair, "last"));
    const mass = attention.map(({ layer, head }) =>
      masses.reduce((sum, { positive, negative }) => sum + positive[layer][head] + negative[layer][head], 0),
    );
    expect(mass).toEqual([...mass].sort((a, b) => b - a));
    expect(mass[0]).toBeGreaterThan(mass[11]);
  });
});
