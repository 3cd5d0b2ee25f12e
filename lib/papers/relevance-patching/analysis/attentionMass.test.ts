import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../../llm/model/forward";
import { tf } from "../../../tensor";
import { promptRows } from "../patching/batches";
import { PAIRWISE, POINTWISE, smallSubject } from "../patching/testing";
import { attentionMass, contrastMass, type DocumentMass, documentMass } from "./attentionMass";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SUBJECT = smallSubject();
const [LAYERS, HEADS] = [3, 4];

type Mass = (layer: number, head: number, to: number[], from: number[]) => number;

/** m by its definition. */
function slowMasses(prompt: Int32Array): Mass {
  const { cache } = run(SUBJECT.model, promptRows([prompt]), { cacheNames: ["pattern"] });
  const patterns = cache.pattern!.map((pattern) => pattern.arraySync() as number[][][][]);
  return (layer, head, to, from) =>
    to.reduce((sum, i) => sum + from.reduce((row, j) => row + patterns[layer][0][head][i][j], 0), 0) /
    to.length;
}

describe("attention mass", () => {
  test("is the mean over destinations of the sum over sources", () => {
    const { clean, ranges } = POINTWISE;
    const [toDocument, toQuery, ofDocument] = attentionMass(SUBJECT, clean, ranges, [
      ["last", "doc_all"],
      ["inst_all", "query_all"],
      ["doc_all", "all"],
    ]);
    const mass = slowMasses(clean);
    for (let layer = 0; layer < LAYERS; layer++)
      for (let head = 0; head < HEADS; head++) {
        const slow = (to: number[], from: number[]) => mass(layer, head, to, from);
        expect(toDocument[layer][head]).toBeCloseTo(slow([11], [1, 2, 3, 4]), 6);
        expect(toQuery[layer][head]).toBeCloseTo(slow([8, 9], [6, 7]), 6);
        expect(ofDocument[layer][head]).toBeCloseTo(1, 6); // all of a query's attention
      }
  });

  test("does not see what comes later", () => {
    const [later] = attentionMass(SUBJECT, POINTWISE.clean, POINTWISE.ranges, [["doc_all", "query_all"]]);
    expect(later.map((heads) => [...heads])).toEqual(Array(LAYERS).fill([0, 0, 0, 0]));
  });

  test("of documents: one a prompt, or two in both orders", () => {
    const [layer, head] = [1, 2];
    const document = [1, 2, 3, 4];
    const one = documentMass(SUBJECT, POINTWISE, "last");
    expect(one.positive[layer][head]).toBeCloseTo(
      slowMasses(POINTWISE.clean)(layer, head, [11], document),
      6,
    );
    expect(one.negative[layer][head]).toBeCloseTo(
      slowMasses(POINTWISE.corrupted)(layer, head, [11], document),
      6,
    );
    const two = documentMass(SUBJECT, PAIRWISE, "inst_all");
    const [inClean, inCorrupted] = [PAIRWISE.clean, PAIRWISE.corrupted].map(slowMasses);
    const slow = (mass: Mass, from: number[]) => mass(layer, head, [10, 11], from);
    const [A, B] = [
      [1, 2, 3],
      [5, 6, 7],
    ];
    const positive = (slow(inClean, A) + slow(inCorrupted, B)) / 2;
    const negative = (slow(inClean, B) + slow(inCorrupted, A)) / 2;
    expect(two.positive[layer][head]).toBeCloseTo(positive, 6);
    expect(two.negative[layer][head]).toBeCloseTo(negative, 6);
    expect(Math.abs(positive - negative)).toBeGreaterThan(1e-4);
  });

  test("contrasts positives with negatives, head by head", () => {
    const masses = (positive: number[], negative: number[]): DocumentMass => ({
      positive: [Float64Array.from(positive)],
      negative: [Float64Array.from(negative)],
    });
    const contrast = contrastMass([masses([0.5, 0.2], [0.1, 0.2]), masses([0.7, 0.1], [0.2, 0.2])]);
    expect(contrast.map(({ layer, head }) => [layer, head])).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(contrast[0].positive).toBeCloseTo(0.6, 12);
    expect(contrast[0].negative).toBeCloseTo(0.15, 12);
    expect(contrast[0].difference).toBeCloseTo(0.45, 12);
    // t = 0.45 / (0.0707 / √2) = 9 with one degree of freedom: p = 1 − 2 atan(9) / π
    expect(contrast[0].pValue).toBeCloseTo(1 - (2 * Math.atan(9)) / Math.PI, 9);
    expect(contrast[1].difference).toBeCloseTo(-0.05, 12);
    expect(contrast[0].low).toBeLessThan(0.45);
    expect(() => contrastMass([masses([1], [0])])).toThrow(
      "A contrast of heads needs two pairs or more; got 1.",
    );
  });

  test("leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    documentMass(SUBJECT, PAIRWISE, "last");
    expect(tf.memory().numTensors).toBe(before);
  });
});
