import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RelevanceRow } from "../../../data/relevanceRows";
import { run } from "../../../llm/model";
import { tokenRows } from "../../../llm/model/testing";
import { tf } from "../../../tensor";
import { assertClose } from "../../../tensor/testing";
import { smallSubject } from "../patching/testing";
import { chatFormat } from "../prompts/promptFormat";
import { chatTokenizer } from "../prompts/testing";
import { tokenizePrompt } from "../prompts/tokenizedPrompt";
import { bm25, words } from "./bm25";
import { pairwiseRanker, pointwiseRanker } from "./prompted";
import { listRows, rankRows } from "./ranking";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const tokenizer = chatTokenizer();
const format = chatFormat(tokenizer);
const subject = smallSubject({ vocabulary: tokenizer.size, maxPositions: 512 });

const ROW: RelevanceRow = {
  query: "q?",
  positive: "the one",
  hardNegatives: ["an other", "one more"],
  randomNegatives: ["far off"],
};

describe("bm25", () => {
  // Lengths 4, 2, 3: avg = 3. N = 3.
  const collection = ["The cat, the hat.", "A dog", "cat and dog"];

  test("follows its formula, by hand", () => {
    // "the": n = 1, f = 2; "cat": n = 2, f = 1; |D| = 4: k₁ (1 − b + b |D| / avg) = 0.9 (0.6 + 0.4 · 4 / 3) = 1.02
    const idf = { the: Math.log(1 + 2.5 / 1.5), cat: Math.log(1 + 1.5 / 2.5) };
    const first = (idf.the * 2 * 1.9) / (2 + 1.02) + (idf.cat * 1.9) / (1 + 1.02);
    // |D| = 3: k₁ · 1 = 0.9
    const third = (idf.cat * 1.9) / 1.9;
    const scores = bm25(collection)("THE cat", collection);
    assertClose(Array.from(scores), [first, 0, third], { absolute: 1e-12, relative: 0 });
    const twice = bm25(collection)("cat cat", collection);
    expect(twice[2]).toBeCloseTo(2 * third, 12);
  });

  test("takes other constants, and documents that are not in the collection", () => {
    // b = 0, k₁ = 1: idf · 2 f / (f + 1)
    const ranker = bm25(collection, { k1: 1, b: 0 });
    const idf = Math.log(1 + 1.5 / 2.5);
    const scores = ranker("dog", ["dog dog dog", "", "cat"]);
    assertClose(Array.from(scores), [idf * 1.5, 0, 0], { absolute: 1e-12, relative: 0 });
    expect(ranker("bird", ["bird"])[0]).toBeCloseTo(Math.log(1 + 3.5 / 0.5), 12); // no document has it: n = 0
  });

  test("splits texts into words of any script", () => {
    expect(words("It's Naïve: 漢字 в 1984, e\u0301a — हिन्दी!")).toEqual([
      "it",
      "s",
      "naïve",
      "漢字",
      "в",
      "1984",
      "éa",
      "हिन्दी",
    ]);
    expect(words("?!")).toEqual([]);
    expect(() => bm25([])).toThrow("BM25 needs a collection of at least one document.");
  });
});

/** d of a prompt, run whole. */
function wholeRun(documents: readonly [string] | readonly [string, string], query = "q?"): number {
  const { ids } = tokenizePrompt(format, "DQI", { query, documents });
  const { logits } = run(subject.model, tokenRows([Array.from(ids)]));
  const last = logits.slice([0, ids.length - 1, 0], [1, 1, -1]).dataSync();
  return last[subject.answers.yes] - last[subject.answers.no];
}

describe("prompted rankers", () => {
  const documents = ["the day", "a one more", "in no"];

  test("score a document by d, or by the probability of yes against no", () => {
    const expected = documents.map((document) => wholeRun([document]));
    const tolerance = { absolute: 2e-5, relative: 2e-5 };
    assertClose(Array.from(pointwiseRanker(subject, format)("q?", documents)), expected, tolerance);
    const asProbability = pointwiseRanker(subject, format, { score: "probability" });
    const odds = expected.map((d) => Math.exp(d) / (Math.exp(d) + 1));
    assertClose(Array.from(asProbability("q?", documents)), odds, tolerance);
    const queryFirst = pointwiseRanker(subject, format, { order: "QDI" })("q?", documents);
    expect(Math.abs(queryFirst[0] - expected[0])).toBeGreaterThan(1e-3);
  });

  test("score documents by pairs in both orders", () => {
    const wins = documents.map((a) => documents.map((b) => a !== b && wholeRun([a, b]) > 0));
    const score = (i: number) =>
      documents.reduce((sum, _, j) => {
        if (i === j) return sum;
        if (wins[i][j] && !wins[j][i]) return sum + 1;
        return wins[i][j] === wins[j][i] ? sum + 0.5 : sum;
      }, 0);
    expect(Array.from(pairwiseRanker(subject, format)("q?", documents))).toEqual(
      [0, 1, 2].map((i) => score(i)),
    );
  });

  test("free everything", () => {
    const before = tf.memory().numTensors;
    pointwiseRanker(subject, format)("q?", documents);
    pairwiseRanker(subject, format, { order: "IDQ" })("q?", documents);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("rows to rank", () => {
  test("have the positive document at a place drawn by the seed", () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ ...ROW, query: `q${i}` }));
    const listed = listRows(rows);
    const places = listed.map(({ documents, relevance }) => {
      expect([...documents].sort()).toEqual(["an other", "far off", "one more", "the one"]);
      const place = relevance.indexOf(1);
      expect(relevance.filter((grade) => grade === 1).length).toBe(1);
      expect(documents[place]).toBe("the one");
      return place;
    });
    expect(new Set(places).size).toBe(4);
    expect(listRows(rows)).toEqual(listed);
    expect(listRows(rows, { seed: 43 })).not.toEqual(listed);
    expect(listRows(rows.slice(0, 3))).toEqual(listed.slice(0, 3));
    const [hard] = listRows([ROW], { negatives: "hard" });
    expect([...hard.documents].sort()).toEqual(["an other", "one more", "the one"]);
    const [random] = listRows([ROW], { negatives: "random" });
    expect([...random.documents].sort()).toEqual(["far off", "the one"]);
    expect(() => listRows([ROW, { ...ROW, randomNegatives: [] }], { negatives: "random" })).toThrow(
      'Row 2 ("q?") has no random negatives.',
    );
  });

  test("have nDCG and MRR of each, and their means", () => {
    const rows = [
      { query: "a", documents: ["x", "xx", "xxx"], relevance: [0, 0, 1] },
      { query: "b", documents: ["xx", "x"], relevance: [0, 1] },
      { query: "c", documents: ["x", "xx", "xxx", "xxxx"], relevance: [1, 0, 0, 0] },
    ];
    const byLength = (_query: string, documents: readonly string[]) => documents.map(({ length }) => length);
    const told: number[] = [];
    const {
      rows: each,
      ndcg,
      mrr,
    } = rankRows(byLength, rows, { k: 3, onProgress: (done) => told.push(done) });
    expect(each.map((row) => row.mrr)).toEqual([1, 1 / 2, 0]);
    expect(each.map((row) => row.ndcg)).toEqual([1, 1 / Math.log2(3), 0]);
    expect(each[1].scores).toEqual([2, 1]);
    expect([ndcg, mrr]).toEqual([(1 + 1 / Math.log2(3)) / 3, 0.5]);
    expect(told).toEqual([1, 2, 3]);
    expect(rankRows(byLength, rows.slice(2)).mrr).toBe(1 / 4);
    expect(() => rankRows(byLength, [])).toThrow("There is no row to rank.");
    expect(() => rankRows(() => [1], rows)).toThrow("Each document needs a score and a grade; got 1 and 3.");
    expect(() => rankRows(() => [1, Number.NaN, 2], rows)).toThrow("Score 1 is NaN");
  });
});
