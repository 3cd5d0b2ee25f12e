import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { createGenerativeEvaluator } from "../../../recsys/generative/generativeEvaluation";
import { itemCodes } from "../../../recsys/generative/itemCodes";
import { t5 } from "../../../recsys/generative/t5Parameters";
import { tokenBatch } from "../../../recsys/generative/tokenBatches";
import { identifier } from "../../../recsys/generative/tokenMap";
import { buildTrie, findItem } from "../../../recsys/generative/trie";
import { splitTargets } from "../../../recsys/split";
import { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { multiDomainWorld } from "../world/world";
import { codeVocabulary, domainTokens, uniteDomains } from "./domainTokens";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SIZES = { books: "tree", rootCodes: 8, leafCodes: 12, levels: 3 } as const;

/** Codes of a root of 8 and leaves of 12, all different. */
function differentCodes(items: number, seed: number) {
  const all = Int32Array.from({ length: 8 * 12 * 12 }, (_, tuple) => tuple);
  const chosen = createRandom(seed).shuffle(all).subarray(0, items);
  const values = [...chosen].flatMap((tuple) => [
    Math.floor(tuple / 144),
    Math.floor(tuple / 12) % 12,
    tuple % 12,
  ]);
  return itemCodes(Int32Array.from(values), 3, 12);
}

describe("the tokens of codes", () => {
  it("are 768 for a root of 256 and one leaf book of 512, whatever the number of positions", () => {
    const published = { books: "tree", rootCodes: 256, leafCodes: 512 } as const;
    for (const levels of [3, 4, 5]) {
      const { widths, offsets, user, size } = codeVocabulary({ ...published, levels });
      expect(widths).toEqual([256, ...new Array(levels - 1).fill(512)]);
      expect(offsets).toEqual([1, ...new Array(levels - 1).fill(257)]); // padding is 0: the code's number + 1, or 256 + it + 1
      expect([user - 1, size]).toEqual([768, 771]);
    }
  });

  it("of flat books are each position's own", () => {
    const flat = codeVocabulary({ books: "flat", rootCodes: 256, leafCodes: 512, levels: 3 });
    expect([flat.widths, flat.offsets]).toEqual([
      [256, 256, 256],
      [1, 257, 513],
    ]);
    expect(flat.user - 1).toBe(768);
  });
});

describe("the identifiers of domains", () => {
  const shared = codeVocabulary(SIZES);
  const codes = [1, 2].map((seed) => differentCodes(300, seed));
  const maps = codes.map((each) => domainTokens(each, shared));

  it("lead back to the items of their own domain, also where two domains have the same", () => {
    const tries = maps.map(buildTrie);
    let both = 0;
    maps.forEach((map, k) => {
      for (let item = 1; item <= 300; item++) {
        expect(findItem(tries[k], identifier(map, item))).toBe(item);
        if (findItem(tries[1 - k], identifier(map, item)) > 0) both++;
      }
    });
    expect(both).toBeGreaterThan(50);
  });

  it("have root tokens first, then leaf tokens, and no others", () => {
    for (let item = 1; item <= 300; item++) {
      const [root, ...leaves] = identifier(maps[0], item);
      expect(root).toBeGreaterThanOrEqual(1);
      expect(root).toBeLessThan(9);
      for (const leaf of leaves) {
        expect(leaf).toBeGreaterThanOrEqual(9);
        expect(leaf).toBeLessThan(21);
      }
    }
  });

  it("are refused while items still collide", () => {
    const colliding = itemCodes(Int32Array.of(1, 2, 3, 0, 0, 0, 1, 2, 3), 3, 12);
    expect(() => domainTokens(colliding, shared)).toThrow("items 1, 3 have the codes (1,2,3): repair");
  });
});

describe("a union of domains", () => {
  const { domains } = multiDomainWorld({ seed: 1, sources: 2, users: 30, targetUsers: 20 });
  const datasets = domains.map(({ data }) => data);
  const shared = codeVocabulary(SIZES);
  const maps = datasets.map(({ items }, k) => domainTokens(differentCodes(items, k), shared));

  it("writes every case as its own domain does", () => {
    const { data, map, firstItems } = uniteDomains(datasets, maps);
    expect(map.items).toBe(600);
    expect(firstItems).toEqual([0, 200, 400]);
    const parts = datasets.map((each, k) => tokenBatch(each, splitTargets(each, "train"), 4, [maps[k]]));
    const all = tokenBatch(data, splitTargets(data, "train"), 4, [map]);
    expect([...all.inputs]).toEqual(parts.flatMap(({ inputs }) => [...inputs]));
    expect([...all.labels]).toEqual(parts.flatMap(({ labels }) => [...labels]));
    expect(all.size).toBe(30 * 4 * 2 + 20 * 3);
  });

  it("refuses maps of other items or another vocabulary, and none at all", () => {
    expect(() => uniteDomains(datasets, maps.slice(1))).toThrow("domain 3 has 200 items, its map 0");
    const other = domainTokens(differentCodes(200, 1), codeVocabulary({ ...SIZES, leafCodes: 14 }));
    expect(() => uniteDomains(datasets, [...maps.slice(0, 2), other])).toThrow(
      "map 3 has another vocabulary",
    );
    expect(() => uniteDomains([], [])).toThrow("there is no map");
  });

  it("is read by a recommender that then reads a new domain: the vocabulary is the same", () => {
    const { data, map } = uniteDomains(datasets.slice(0, 2), maps.slice(0, 2));
    const model = t5(
      { vocabulary: map.vocabulary.size, dimensions: 8, inner: 8, heads: 2, headDimensions: 4, layers: 1 },
      Rng.key(1),
    );
    const options = { windowLength: 4, beams: 10, decoding: "constrained" } as const;
    const target = datasets[2];
    for (const [dataset, own] of [
      [data, map],
      [target, maps[2]],
    ] as const) {
      const evaluate = createGenerativeEvaluator(model, { ...options, dataset, map: own });
      const { ranks, invalidShare } = evaluate("test");
      expect(ranks).toHaveLength(dataset.users);
      expect(invalidShare).toBe(0);
      evaluate.dispose();
    }
  });
});
