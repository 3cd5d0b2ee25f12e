import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { compile, tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import {
  type BeamSearchOptions,
  type BeamSearchResult,
  beamSearch,
  beamSearchFrom,
  DEAD,
  largest,
} from "./beamSearch";
import { type Candidate, isPrefix, nextTokens, referenceSearch } from "./beamTesting";
import { itemCodes } from "./itemCodes";
import { decode, encode } from "./t5";
import { decoderMemory, decodeStep, EMPTY_CACHE, readPrefix, reorderCache } from "./t5Cache";
import { smallT5 } from "./t5Testing";
import { type TokenMap, tokenMap } from "./tokenMap";
import { buildTrie, findItem } from "./trie";
import { trieTensors } from "./trieTensors";
import { type Vocabulary, vocabulary } from "./vocabulary";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [DIGITS, CODES] = [4, 5];
const VOCABULARY = vocabulary(new Array(DIGITS).fill(CODES));
const { user: USER, end: END, size: V } = VOCABULARY;
/** A user, two items and the end; a user, one item and the end, padded. */
const ROWS = [
  [USER, 2, 6, 15, 16, 4, 9, 11, 20, END],
  [USER, 5, 8, 12, 18, END, 0, 0, 0, 0],
];
const model = smallT5({ vocabulary: V });
const nexts = ROWS.map((row) => nextTokens(model, row, DIGITS));

/** Every one of the 625 tuples is an item. */
const FULL = mapOf(Array.from({ length: CODES ** DIGITS }, (_, index) => index));
/** 60 of the tuples are items. */
const SPARSE = sparseMap(7);

/** @param tuples the items' tuples, as numbers in base 5 */
function mapOf(tuples: readonly number[]): TokenMap {
  const values = tuples.flatMap((tuple) => [125, 25, 5, 1].map((place) => Math.floor(tuple / place) % CODES));
  return tokenMap(itemCodes(Int32Array.from(values), DIGITS, CODES), VOCABULARY);
}

function sparseMap(seed: number): TokenMap {
  const random = createRandom(seed);
  const tuples = new Set<number>();
  while (tuples.size < 60) tuples.add(random.integer(CODES ** DIGITS));
  return mapOf([...tuples]);
}

const inputs = (rows = ROWS) => tf.tensor2d(rows, [rows.length, rows[0].length], "int32");
const search = (map: TokenMap, options: BeamSearchOptions, rows = ROWS) =>
  beamSearch(model, inputs(rows), trieTensors(map), options);

/** The result is the candidates, and its items are theirs. */
function expectSame(
  { items, tokens, scores }: BeamSearchResult,
  row: number,
  expected: Candidate[],
  map: TokenMap,
) {
  const count = expected.length;
  expect((tokens.arraySync() as number[][][])[row].slice(0, count)).toEqual(
    expected.map((one) => one.tokens),
  );
  const found = scores.slice([row, 0], [1, count]).reshape([count]);
  assertClose(found, tf.tensor1d(expected.map(({ score }) => score)), { absolute: 2e-5 });
  const trie = buildTrie(map);
  expect(items.arraySync()[row].slice(0, count)).toEqual(expected.map((one) => findItem(trie, one.tokens)));
}

describe("beam search", () => {
  test("with a beam for every prefix is the enumeration of all tuples", () => {
    const found = search(SPARSE, { beams: V ** (DIGITS - 1), constrained: false });
    nexts.forEach((next, row) => {
      expectSame(found, row, referenceSearch(next, DIGITS, V ** (DIGITS - 1)).slice(0, 10), SPARSE);
    });
  });

  test.each([
    ["all tuples", FULL],
    ["some tuples", SPARSE],
  ])("with a beam for every prefix of an identifier is their enumeration: %s", (_, map) => {
    const found = search(map, { beams: CODES ** (DIGITS - 1), constrained: true });
    nexts.forEach((next, row) => {
      const allowed = isPrefix(map);
      const all = referenceSearch(next, DIGITS, Number.POSITIVE_INFINITY, allowed);
      expect(all).toHaveLength(map.items);
      expectSame(found, row, all.slice(0, 10), map);
    });
  });

  test.each([1, 2, 7, 20])("with %i beams is the plain one", (beams) => {
    for (const constrained of [false, true]) {
      const found = search(SPARSE, { beams, constrained });
      nexts.forEach((next, row) => {
        const allowed = constrained ? isPrefix(SPARSE) : undefined;
        expectSame(found, row, referenceSearch(next, DIGITS, beams, allowed), SPARSE);
      });
    }
  });

  test("with one beam is greedy", () => {
    const { tokens } = search(FULL, { beams: 1, constrained: false });
    nexts.forEach((next, row) => {
      const greedy: number[] = [];
      for (let digit = 0; digit < DIGITS; digit++) {
        const values = [...Array.from(next(greedy))];
        greedy.push(values.indexOf(Math.max(...values)));
      }
      expect(tokens.arraySync()[row][0]).toEqual(greedy);
    });
  });

  test("finds distinct tuples, best first; constrained, items only", () => {
    for (const constrained of [false, true]) {
      const { items, tokens, scores } = search(SPARSE, { beams: 12, constrained });
      for (const row of tokens.arraySync()) expect(new Set(row.map((tuple) => tuple.join())).size).toBe(12);
      for (const row of scores.arraySync()) expect(row).toEqual([...row].sort((a, b) => b - a));
      const isItem = items.arraySync().map((row) => row.every((item) => item > 0));
      expect(isItem).toEqual([constrained, constrained]);
    }
  });

  test("beams that no tuple is left for are dead, and come last", () => {
    const map = mapOf([7, 433, 434]);
    const found = search(map, { beams: 6, constrained: true });
    nexts.forEach((next, row) => {
      expectSame(found, row, referenceSearch(next, DIGITS, 6, isPrefix(map)), map);
    });
    const dead = [DEAD, DEAD, DEAD].map(Math.fround);
    for (const row of found.scores.arraySync()) expect(row.slice(3)).toEqual(dead);
    for (const row of found.items.arraySync()) {
      expect([...row.slice(0, 3)].sort()).toEqual([1, 2, 3]);
      expect(row.slice(3)).toEqual([0, 0, 0]);
    }
  });

  test("a dead beam's score stays what it is, however improbable its tokens", () => {
    const sharp = smallT5({ vocabulary: V });
    const { table } = sharp.weights.embedding;
    table.assign(table.mul(100));
    const { scores } = beamSearch(sharp, inputs(), trieTensors(mapOf([7])), {
      beams: 625,
      constrained: true,
    });
    for (const row of scores.arraySync()) expect(new Set(row.slice(1))).toEqual(new Set([Math.fround(DEAD)]));
  });

  test("a row's result does not depend on the others, nor on padding", () => {
    const options = { beams: 9, constrained: false };
    const together = search(FULL, options);
    const [long, short] = ROWS;
    const padded = search(FULL, options, [[...short, 0, 0, 0]]);
    const alone = search(FULL, options, [long]);
    for (const [row, single] of [
      [0, alone],
      [1, padded],
    ] as const) {
      expect(single.tokens.arraySync()[0]).toEqual(together.tokens.arraySync()[row]);
      assertClose(single.scores, together.scores.slice([row, 0], [1, 9]), { absolute: 1e-5 });
    }
    expect(together.tokens.arraySync()[0]).not.toEqual(together.tokens.arraySync()[1]);
  });

  test.each([false, true])("compiled is one program for all tokenizers (constrained: %s)", (constrained) => {
    const options = { beams: 8, constrained };
    const compiled = compile(
      (ids: tf.Tensor2D, trie: ReturnType<typeof trieTensors>) => beamSearch(model, ids, trie, options),
      { xla: false },
    );
    for (const map of [SPARSE, sparseMap(8)]) {
      const [ours, plain] = [compiled(inputs(), trieTensors(map)), search(map, options)];
      expect(ours.items.arraySync()).toEqual(plain.items.arraySync());
      expect(ours.tokens.arraySync()).toEqual(plain.tokens.arraySync());
      assertClose(ours.scores, plain.scores, { absolute: 1e-5 });
    }
    expect(compiled.traces).toBe(1);
    compiled.dispose();
  });

  test("leaves its three results, nothing else", () => {
    const [ids, trie] = [inputs(), trieTensors(SPARSE)];
    for (const constrained of [false, true]) {
      const before = tf.memory().numTensors;
      const result = beamSearch(model, ids, trie, { beams: 4, constrained });
      expect(tf.memory().numTensors).toBe(before + 3);
      tf.dispose(Object.values(result));
    }
  });

  test("refuses more beams than tuples", () => {
    expect(() => search(FULL, { beams: 626, constrained: true })).toThrow(/626 beams .* 625 tuples/);
    expect(search(FULL, { beams: 625, constrained: true }).items.shape).toEqual([2, 625]);
  });
});

describe("legal decoding", () => {
  /** Digit d's tokens are those of its own range. */
  const legal = (vocabularyOf: Vocabulary) => (tokens: readonly number[]) =>
    tokens.every((token, digit) => {
      const value = token - vocabularyOf.offsets[digit];
      return value >= 0 && value < vocabularyOf.widths[digit];
    });

  test("is the enumeration of all tuples of the digits' ranges, items or not", () => {
    const found = search(SPARSE, { beams: CODES ** (DIGITS - 1), constrained: "legal" });
    nexts.forEach((next, row) => {
      const all = referenceSearch(next, DIGITS, Number.POSITIVE_INFINITY, legal(VOCABULARY));
      expect(all).toHaveLength(CODES ** DIGITS);
      expectSame(found, row, all.slice(0, 20), SPARSE);
    });
    const isItem = found.items.arraySync().map((row) => new Set(row.map((item) => item > 0)));
    expect(isItem).toEqual([new Set([true, false]), new Set([true, false])]);
  });

  test.each([1, 3, 20])("with %i beams is the plain search, where digits share a range", (beams) => {
    const shared = vocabulary([4, 5, 5], { ranges: [0, 1, 1] });
    const codes = itemCodes(Int32Array.of(0, 1, 2, 3, 4, 4, 1, 2, 1, 0, 2, 1), 3, 5);
    const map = tokenMap(codes, shared);
    const small = smallT5({ vocabulary: shared.size });
    const row = [1, 6, 7, 4, 9, 9, shared.end];
    const found = beamSearch(small, inputs([row]), trieTensors(map), { beams, constrained: "legal" });
    const expected = referenceSearch(nextTokens(small, row, 3), 3, beams, legal(shared));
    expectSame(found, 0, expected, map);
  });

  test("refuses more beams than tuples of the ranges", () => {
    expect(() => search(SPARSE, { beams: 626, constrained: "legal" })).toThrow(/626 beams .* 625 tuples/);
  });
});

describe("a search from what the decoder has read", () => {
  const options = { beams: 6, constrained: true };

  test("behind a prefix ranks by the probabilities of the digits alone", () => {
    const prefix = [3, 9, 14];
    const trie = trieTensors(SPARSE);
    const { tokens, scores } = beamSearch(model, inputs(), trie, { ...options, prefix });
    const encoded = encode(model, inputs());
    for (let beam = 0; beam < options.beams; beam++) {
      const tuple = tokens.slice([0, beam, 0], [2, 1, DIGITS]).reshape<tf.Tensor2D>([2, DIGITS]);
      const read = tf.tile(tf.tensor2d([prefix], [1, 3], "int32"), [2, 1]);
      const ids = tf.concat([read, tuple.slice([0, 0], [2, DIGITS - 1])], 1) as tf.Tensor2D;
      const logits = decode(model, ids, encoded).slice([0, prefix.length - 1, 0], [2, DIGITS, V]);
      const expected = tf.logSoftmax(logits).mul(tf.oneHot(tuple, V)).sum([1, 2]);
      assertClose(scores.slice([0, beam], [2, 1]).reshape([2]), expected, { absolute: 2e-5 });
    }
    const zero = beamSearch(model, inputs(), trie, { ...options, prefix: [0] });
    expect(zero.tokens.arraySync()).toEqual(search(SPARSE, options).tokens.arraySync());
    expect(tokens.arraySync()).not.toEqual(zero.tokens.arraySync());
  });

  test("goes on from several beams with their scores, each row's own", () => {
    const memory = decoderMemory(model, encode(model, inputs()));
    const first = decodeStep(model, memory, ...firstArguments());
    const best = largest(tf.logSoftmax(first.logits), 3);
    const cache = reorderCache(first.cache, best.parents);
    const start = { memory, cache, last: best.columns, scores: best.values };
    const found = beamSearchFrom(model, start, trieTensors(SPARSE), options);
    const pooled = [0, 1, 2].map((beam) => {
      const [parent, single] = [tf.fill<tf.Rank.R2>([2, 1], beam, "int32"), [2, 1] as [number, number]];
      return beamSearchFrom(
        model,
        {
          memory,
          cache: reorderCache(cache, parent),
          last: best.columns.slice([0, beam], single),
          scores: best.values.slice([0, beam], single),
        },
        trieTensors(SPARSE),
        { ...options, beams: SPARSE.items },
      );
    });
    found.scores.arraySync().forEach((row, at) => {
      const all = pooled.flatMap(({ scores }) => scores.arraySync()[at]).sort((a, b) => b - a);
      // A search of few beams may lose a tuple that the whole enumeration has; its best one, it does not here.
      expect(row[0]).toBeCloseTo(all[0], 4);
      for (const score of row)
        expect(Math.min(...all.map((one) => Math.abs(one - score)))).toBeLessThan(1e-4);
    });
  });

  test("needs a start token", () => {
    expect(() => beamSearch(model, inputs(), trieTensors(FULL), { ...options, prefix: [] })).toThrow(
      /needs a start token/,
    );
    const memory = decoderMemory(model, encode(model, inputs()));
    expect(readPrefix(model, memory, [0]).cache).toBe(EMPTY_CACHE);
  });

  function firstArguments() {
    return [EMPTY_CACHE, tf.fill<tf.Rank.R2>([2, 1], 2, "int32")] as const;
  }
});

test("tries of the same items and vocabulary have the same shapes", () => {
  const shapes = [SPARSE, sparseMap(8)].map((map) => trieTensors(map).children.map(({ shape }) => shape));
  expect(shapes[0]).toEqual(shapes[1]);
  expect(shapes[0]).toEqual([[5], [25], [125], [300]]);
  const [children] = trieTensors(SPARSE).children;
  expect([...children.dataSync()]).toEqual([...buildTrie(SPARSE).children[0]]);
});
