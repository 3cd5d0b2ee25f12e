import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adam } from "../../optim";
import { compile, tf } from "../../tensor";
import { splitTargets } from "../split";
import { MISSED } from "./beamRanks";
import { isPrefix, nextTokens, referenceSearch } from "./beamTesting";
import { createGenerativeEvaluator, type Decoding } from "./generativeEvaluation";
import { type ItemCodes, itemCodes } from "./itemCodes";
import { syntheticCatalogue } from "./syntheticCatalogue";
import { t5Loss } from "./t5";
import type { T5 } from "./t5Parameters";
import { smallT5 } from "./t5Testing";
import { tokenBatch, tokenTensors } from "./tokenBatches";
import { type Collisions, identifier, identifierVocabulary, type TokenMap, tokenMap } from "./tokenMap";

const { data, group, subgroup } = syntheticCatalogue({
  groups: 3,
  subgroups: 2,
  itemsPerCell: 4,
  users: 13,
  events: 6,
});
const WINDOW = 2;
const BEAMS = 12;

/** The planted cells as codes: three digits, or two that four items share. `shift` turns the second. */
function codesOf(shift = 0): ItemCodes {
  const values = Int32Array.from({ length: data.items * 2 }, (_, at) =>
    at % 2 === 0 ? group[at >> 1] : (subgroup[at >> 1] + shift * ((at >> 1) % 3 === 0 ? 1 : 0)) % 4,
  );
  return itemCodes(values, 2, 6);
}
const mapOf = (collisions: Collisions, shift = 0): TokenMap =>
  tokenMap(codesOf(shift), identifierVocabulary(codesOf(), collisions));

const maps = { digit: mapOf("digit"), shared: mapOf("shared") };
const models = { digit: trained(maps.digit), shared: trained(maps.shared) };
const options = { dataset: data, windowLength: WINDOW, beams: BEAMS, batchSize: 5 };

/** Trained until most of its tuples are items, but not all. */
function trained(map: TokenMap): T5 {
  const model = smallT5({ vocabulary: map.vocabulary.size });
  const optimizer = adam(model.weights, { learningRate: 0.02 });
  const batch = tokenTensors(tokenBatch(data, splitTargets(data, "train"), WINDOW, [map]));
  const step = compile(() => optimizer.step(() => t5Loss(model, batch)), { name: "training", xla: false });
  for (let count = 0; count < 25; count++) step().dispose();
  step.dispose();
  optimizer.dispose();
  tf.dispose([batch.inputs, batch.labels]);
  return model;
}

/** The list of items that a case's search makes, 0 for a tuple of no item, and how many of its ten best tuples were none. */
function expectedList(collisions: Collisions, map: TokenMap, target: number, decoding: Decoding) {
  const { inputs } = tokenBatch(data, Int32Array.of(target), WINDOW, [map]);
  const digits = map.vocabulary.widths.length;
  const next = nextTokens(models[collisions], [...inputs], digits);
  const { offsets, widths } = map.vocabulary;
  const isLegal = (tokens: readonly number[]) =>
    tokens.every((token, k) => token >= offsets[k] && token < offsets[k] + widths[k]);
  const allowed = { raw: undefined, filtered: undefined, legal: isLegal, constrained: isPrefix(map) }[
    decoding
  ];
  const tuples = referenceSearch(next, digits, BEAMS, allowed).map(({ tokens }) => {
    const items = Array.from({ length: map.items }, (_, index) => index + 1);
    const same = items.filter((item) => identifier(map, item).join() === tokens.join());
    return same.length === 0 ? [0] : same;
  });
  const list = tuples.flat();
  return {
    list: decoding === "filtered" ? list.filter((item) => item > 0) : list,
    invalid: Array.from({ length: 10 }, (_, k) => tuples[k]?.[0] ?? 0).filter((item) => item === 0).length,
  };
}

describe.each<Decoding>(["raw", "filtered", "legal", "constrained"])(
  "evaluation by beam search, %s",
  (decoding) => {
    it.each<Collisions>(["digit", "shared"])("ranks the target among all items (%s)", (collisions) => {
      const map = maps[collisions];
      const evaluator = createGenerativeEvaluator(models[collisions], { ...options, map, decoding });
      const shares: number[] = [];
      const seen = new Set<number>();
      for (const split of ["validation", "test"] as const) {
        const cases = splitTargets(data, split);
        const expected = Array.from(cases, (target) => expectedList(collisions, map, target, decoding));
        const ranks = expected.map(({ list }, k) => list.indexOf(data.itemIds[cases[k]]) + 1 || MISSED);
        const found = evaluator(split);
        expect([...found.ranks]).toEqual(ranks);
        expect([...found.cases]).toEqual([...cases]);
        const invalid = expected.reduce((sum, one) => sum + one.invalid, 0);
        expect(found.invalidShare).toBeCloseTo(invalid / (10 * cases.length), 12);
        shares.push(found.invalidShare);
        for (const rank of ranks) seen.add(rank);
      }
      evaluator.dispose();
      expect(seen.size).toBeGreaterThan(4);
      // Constrained, there are six shared tuples: the other four of ten are none.
      if (decoding === "constrained") expect(shares).toEqual(collisions === "digit" ? [0, 0] : [0.4, 0.4]);
      else expect(Math.min(...shares)).toBeGreaterThan(0);
    });
  },
);

describe("an evaluator of a generative recommender", () => {
  const evaluator = createGenerativeEvaluator(models.digit, {
    ...options,
    map: maps.digit,
    decoding: "constrained",
  });
  let found: ReturnType<typeof evaluator>;
  const heard: number[][] = [];
  beforeAll(() => {
    found = evaluator("test", (done, total) => heard.push([done, total]));
  });
  afterAll(() => evaluator.dispose());

  it("has the metrics of the ranks, each case's and their means", () => {
    const ranks = [...found.ranks];
    const share = (K: number) => ranks.filter((rank) => rank <= K).length / ranks.length;
    const gain = (K: number) =>
      ranks.reduce((sum, rank) => sum + (rank <= K ? 1 / Math.log2(rank + 1) : 0), 0) / ranks.length;
    expect(share(10)).toBeGreaterThan(0);
    expect(share(10)).toBeLessThan(1);
    expect(found.metrics["Recall@5"]).toBeCloseTo(share(5), 12);
    expect(found.metrics["Recall@10"]).toBeCloseTo(share(10), 12);
    expect(found.metrics["NDCG@5"]).toBeCloseTo(gain(5), 12);
    expect(found.metrics["NDCG@10"]).toBeCloseTo(gain(10), 12);
    const values = found.perCase["NDCG@10"];
    expect(values).toHaveLength(data.users);
    ranks.forEach((rank, k) => {
      expect(values[k]).toBe(rank <= 10 ? 1 / Math.log2(rank + 1) : 0);
    });
    expect(heard).toEqual([
      [5, 13],
      [10, 13],
      [13, 13],
    ]);
  });

  it("gives the same whatever the batch size, and for a list of cases what it gives for them in a split", () => {
    const whole = createGenerativeEvaluator(models.digit, {
      ...options,
      map: maps.digit,
      decoding: "constrained",
      batchSize: 13,
    });
    expect([...whole("test").ranks]).toEqual([...found.ranks]);
    whole.dispose();
    const some = evaluator(found.cases.subarray(3, 6));
    expect([...some.ranks]).toEqual([...found.ranks.subarray(3, 6)]);
  });

  it("takes another tokenizer without another program", () => {
    const other = mapOf("digit", 1);
    const fresh = createGenerativeEvaluator(models.digit, {
      ...options,
      map: other,
      decoding: "constrained",
    });
    const expected = fresh("test");
    fresh.dispose();
    expect([...expected.ranks]).not.toEqual([...found.ranks]);
    evaluator.use(other);
    expect([...evaluator("test").ranks]).toEqual([...expected.ranks]);
    evaluator.use(maps.digit);
    expect([...evaluator("test").ranks]).toEqual([...found.ranks]);
    expect(evaluator.report()).toHaveLength(1);
  });

  it("reads the weights anew, and says where they have diverged", () => {
    const { table } = models.digit.weights.embedding;
    const [kept, negated, broken] = tf.tidy(() => [
      table.clone(),
      table.mul(-1),
      tf.fill(table.shape, Number.NaN),
    ]);
    const before = tf.memory().numTensors;
    try {
      table.assign(negated);
      expect([...evaluator("test").ranks]).not.toEqual([...found.ranks]);
      table.assign(broken);
      expect(() => evaluator("test")).toThrow(/best score is NaN.*diverged/);
      expect(tf.memory().numTensors).toBe(before);
    } finally {
      table.assign(kept);
      tf.dispose([kept, negated, broken]);
    }
    expect([...evaluator("test").ranks]).toEqual([...found.ranks]);
  });

  it("leaks no tensor, and frees what it holds", () => {
    const before = tf.memory().numTensors;
    const own = createGenerativeEvaluator(models.digit, { ...options, map: maps.digit, decoding: "raw" });
    own("validation");
    const held = tf.memory().numTensors;
    own("test");
    own.use(mapOf("digit", 1));
    own("test");
    expect(tf.memory().numTensors).toBe(held);
    own.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses what does not fit, and stays as it was", () => {
    const make = (changed: object) => () =>
      createGenerativeEvaluator(models.digit, {
        ...options,
        map: maps.digit,
        decoding: "raw",
        ...changed,
      });
    expect(make({ beams: 9 })).toThrow(/beams must be an integer >= 10.*9/);
    expect(make({ batchSize: 0 })).toThrow(/batchSize.*0/);
    expect(make({ map: maps.shared })).toThrow(/15 ids, the model's 21/);
    const fewer = { ...maps.digit, items: 20 };
    expect(() => evaluator.use(fewer)).toThrow(/20 items, the data have 24/);
    expect(() => evaluator(Int32Array.of())).toThrow("no cases");
    expect([...evaluator("test").ranks]).toEqual([...found.ranks]);
  });
});
