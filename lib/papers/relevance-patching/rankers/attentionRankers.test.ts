import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../../llm/model";
import { tokenRows } from "../../../llm/model/testing";
import { tf } from "../../../tensor";
import { assertClose } from "../../../tensor/testing";
import { smallSubject } from "../patching/testing";
import { chatFormat, plainFormat } from "../prompts/promptFormat";
import { chatTokenizer } from "../prompts/testing";
import { headRanker, icrRanker, retrievalHeads } from "./attentionRankers";
import { calibratedAttention, documentScores, everyHead } from "./calibratedAttention";
import { listPrompt } from "./listPrompt";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const tokenizer = chatTokenizer({ preTokenizer: "qwen2", merges: ["Ċ Ċ", ". ĊĊ", "Ġ t", "h e", "Ġt he"] });
const format = chatFormat(tokenizer);
const [LAYERS, HEADS] = [3, 4];
const subject = smallSubject({ vocabulary: tokenizer.size, maxPositions: 512 });
const DOCUMENTS = ["the day.", "in a naïve one", "no"];

/** A run of the whole prompt, its attention added up number by number. @returns [layer][head][token] */
function slowAttention(query: string, documents: readonly string[]): number[][][] {
  const { ids, tail } = listPrompt(format, query, documents);
  const { pattern } = run(subject.model, tokenRows([Array.from(ids)]), { cacheNames: ["pattern"] }).cache;
  const length = ids.length;
  return pattern!.map((layer) => {
    const values = layer.dataSync();
    return Array.from({ length: HEADS }, (_, head) =>
      Array.from({ length }, (_, token) => {
        let sum = 0;
        for (let from = tail; from < length; from++) sum += values[(head * length + from) * length + token];
        return sum / (length - tail);
      }),
    );
  });
}

/** Sums of the heads' calibrated attention to the tokens of each document, without those two deviations below the mean. */
function slowScores(query: string, heads: readonly (readonly [number, number])[]): number[] {
  const [asked, none] = [query, "N/A"].map((one) => slowAttention(one, DOCUMENTS));
  return listPrompt(format, query, DOCUMENTS).documents.map(({ start, end }) => {
    const c: number[] = [];
    for (let token = start; token < end; token++)
      c.push(heads.reduce((sum, [l, h]) => sum + asked[l][h][token] - none[l][h][token], 0));
    const mean = c.reduce((sum, x) => sum + x) / c.length;
    const deviation = Math.sqrt(c.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (c.length - 1));
    return c.filter((x) => x >= mean - 2 * deviation).reduce((sum, x) => sum + x, 0);
  });
}

const TOLERANCE = { absolute: 2e-6, relative: 1e-4 };

describe("listPrompt", () => {
  test("has numbered documents, and behind them all that depends on the query", () => {
    for (const of of [format, plainFormat(tokenizer)]) {
      const { ids, documents, tail } = listPrompt(of, "who?", DOCUMENTS);
      const text = (from: number, to: number) => tokenizer.decode(ids.subarray(from, to), { special: true });
      const texts = documents.map(({ start, end }) => text(start, end));
      expect(texts[0]).toContain("[1] the day."); // its last token may hold what follows
      expect(texts.slice(1)).toEqual(["[2] in a naïve one", "[3] no"]);
      expect(documents[2].end).toBeLessThanOrEqual(tail);
      expect(text(tail, ids.length)).toMatch(/^Find the paragraphs above .*\n\nQuery: who\?/);
      expect(text(0, documents[0].start)).toContain("Read these numbered paragraphs.\n\n");
      const other = listPrompt(of, "N/A", DOCUMENTS);
      expect(other.ids.subarray(0, tail)).toEqual(ids.subarray(0, tail));
      expect([other.tail, other.documents]).toEqual([tail, documents]);
    }
    expect(() => listPrompt(format, "q", [])).toThrow("There is no document to list.");
  });
});

describe("calibrated attention", () => {
  test("is what whole runs have, added up by loops", () => {
    const query = "is it the day?";
    const { documents, ...counts } = calibratedAttention(subject, format, query, DOCUMENTS);
    expect(counts).toEqual({ layers: LAYERS, heads: HEADS });
    const [asked, none] = [query, "N/A"].map((one) => slowAttention(one, DOCUMENTS));
    for (const [i, { start, end }] of listPrompt(format, query, DOCUMENTS).documents.entries()) {
      const expected = asked.flatMap((layer, l) =>
        layer.flatMap((head, h) => head.slice(start, end).map((a, j) => a - none[l][h][start + j])),
      );
      assertClose(Array.from(documents[i]), expected, TOLERANCE, `document ${i}`);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e-4);
    }
  });

  test("of the query that asks for nothing is 0, and so are all scores", () => {
    const attention = calibratedAttention(subject, format, "N/A", DOCUMENTS);
    for (const values of attention.documents) expect(new Set(values)).toEqual(new Set([0]));
    expect([...documentScores(attention)]).toEqual([0, 0, 0]);
  });

  test("frees everything", () => {
    const before = tf.memory().numTensors;
    calibratedAttention(subject, format, "q", DOCUMENTS);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("documentScores", () => {
  // Two heads of one layer; a document of ten tokens and one of one.
  const ten = [1, 1, 1, 1, 1, 1, 1, 1, 1, -9];
  const attention = {
    layers: 1,
    heads: 2,
    documents: [Float64Array.from([...ten, ...ten.map((c) => 0.5 * c + 1)]), Float64Array.of(3, -4)],
  };

  test("leave out tokens two deviations below the mean: by hand", () => {
    // Mean 0, sample deviation √(90 / 9) = 3.16…: the threshold is −6.3, and −9 is below it.
    expect([...documentScores(attention, [{ layer: 0, head: 0 }])]).toEqual([9, 3]);
    // Of the second head 1.5 nine times; 0.5 · (−9) + 1 is left out.
    expect([...documentScores(attention, [{ layer: 0, head: 1 }])]).toEqual([13.5, -4]);
    expect([...documentScores(attention)]).toEqual([22.5, -1]);
    const milder = [...ten.slice(0, 5), ...ten.slice(5, 9).map(() => -3), -9];
    // Sum −16, mean −1.6, deviation √(104.4 / 9) = 3.41: the threshold is −8.4.
    const one = { layers: 1, heads: 1, documents: [Float64Array.from(milder)] };
    expect([...documentScores(one)]).toEqual([-7]);
    milder[9] = -7;
    // Sum −14, mean −1.4, deviation √(70.4 / 9) = 2.80: the threshold is −7.0 less a little.
    const kept = { layers: 1, heads: 1, documents: [Float64Array.from(milder)] };
    expect([...documentScores(kept)]).toEqual([-7]);
  });

  test("refuse a head that is not there, and none", () => {
    expect(() => documentScores(attention, [])).toThrow("No head is chosen: documents have no score.");
    expect(() => documentScores(attention, [{ layer: 0, head: 2 }])).toThrow(
      "The model has no head 2 of layer 0.",
    );
    expect(() => documentScores(attention, [{ layer: 1, head: 0 }])).toThrow(
      "The model has no head 0 of layer 1.",
    );
  });
});

describe("rankers by attention", () => {
  const query = "is it the day?";

  test("score documents as the slow reference: all heads, and chosen ones", () => {
    const every = everyHead(LAYERS, HEADS).map(({ layer, head }) => [layer, head] as const);
    expect(every.length).toBe(12);
    const found = icrRanker(subject, format)(query, DOCUMENTS);
    assertClose(Array.from(found), slowScores(query, every), TOLERANCE);
    const two = [
      { layer: 2, head: 1 },
      { layer: 0, head: 3 },
    ];
    const ofTwo = headRanker(subject, format, two)(query, DOCUMENTS);
    assertClose(
      Array.from(ofTwo),
      slowScores(query, [
        [2, 1],
        [0, 3],
      ]),
      TOLERANCE,
    );
  });

  test("take heads by their mean score of the relevant documents", () => {
    const rows = [
      { query, documents: DOCUMENTS, relevance: [0, 1, 0] },
      { query: "a one?", documents: DOCUMENTS, relevance: [1, 0, 2] },
    ];
    const heads = retrievalHeads(subject, format, rows);
    const expected = (layer: number, head: number) => {
      const [first, second] = rows.map((row) => slowScores(row.query, [[layer, head]]));
      return (first[1] + (second[0] + second[2]) / 2) / 2;
    };
    expect(new Set(heads.map(({ layer, head }) => `${layer} ${head}`)).size).toBe(LAYERS * HEADS);
    expect(heads.map(({ score }) => score)).toEqual(heads.map(({ score }) => score).sort((a, b) => b - a));
    for (const { layer, head, score } of [heads[0], heads[5], heads[11]])
      assertClose([score], [expected(layer, head)], TOLERANCE, `head ${layer}.${head}`);
    expect(() => retrievalHeads(subject, format, [])).toThrow("There is no row to score heads by.");
    expect(() => retrievalHeads(subject, format, [{ ...rows[0], relevance: [0, 0, 0] }])).toThrow(
      "Row 1 has no relevant document.",
    );
  });
});
