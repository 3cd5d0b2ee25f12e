import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../../data/random";
import { run } from "../../../llm/model/forward";
import { tf } from "../../../tensor";
import { assertClose } from "../../../tensor/testing";
import { promptRows } from "../patching/batches";
import { PAIRWISE, POINTWISE, smallSubject } from "../patching/testing";
import { type ProbeRows, probe, shuffledLabels } from "./probe";
import { collectStream, PROBE_GROUPS, probeLayers } from "./probeLayers";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Two documents a query. A query's features are large and its own; relevance moves one direction by `signal`, in units of its noise. */
function simulated(queries: number, count: number, signal: number, seed = 1): ProbeRows {
  const random = createRandom(seed);
  const normals = (scale: number) => Float64Array.from({ length: count }, () => scale * random.normal());
  const ofQueries = Array.from({ length: queries }, () => normals(3));
  const rows = ofQueries.flatMap((own, query) =>
    [true, false].map((relevant) => ({
      query,
      relevant,
      features: normals(1).map((x, k) => x + (k === 0 ? (relevant ? signal : -signal) : own[k] * 0.2)),
    })),
  );
  return {
    features: rows.map(({ features }) => features),
    relevant: rows.map(({ relevant }) => relevant),
    queries: rows.map(({ query }) => query),
  };
}

describe("a linear probe", () => {
  test("finds what is there, to the AUC of the best classifier", () => {
    const { auc, foldAucs, strengths } = probe(simulated(120, 5, 0.5));
    // Normal variates whose means are one deviation apart: Φ(1 / √2)
    expect(Math.abs(auc - 0.76)).toBeLessThan(0.06);
    expect([foldAucs.length, strengths.length]).toEqual([5, 5]);
    expect(probe(simulated(60, 5, 4)).auc).toBeGreaterThan(0.99);
  });

  test("finds nothing in shuffled labels, with more features than rows too", () => {
    for (const rows of [simulated(100, 5, 4), simulated(60, 200, 4)]) {
      const { auc } = probe(shuffledLabels(rows, 1));
      expect(auc).toBeGreaterThan(0.4);
      expect(auc).toBeLessThan(0.6);
    }
  });

  test("has no use for what tells queries apart: none is in two parts", () => {
    // The label is the query's: a probe that has seen one of its rows knows it, by a feature that no other query has.
    const random = createRandom(4);
    const queries = Array.from({ length: 120 }, (_, row) => row >> 1);
    const labels = Array.from({ length: 60 }, (_, query) => query % 2 === 0);
    const features = queries.map((query) =>
      Array.from({ length: 60 }, (_, k) => (k === query ? 10 : random.normal())),
    );
    const rows = { features, queries, relevant: queries.map((query) => labels[query]) };
    const byQuery = probe(rows, { folds: 4 }).auc;
    const byRow = probe({ ...rows, queries: queries.map((_, row) => row) }, { folds: 4 }).auc;
    expect(Math.abs(byQuery - 0.5)).toBeLessThan(0.15);
    expect(byRow).toBeGreaterThan(byQuery + 0.15);
  });

  test("does not depend on the features' units, nor on one that is constant", () => {
    const rows = simulated(30, 5, 0.5);
    const scaled = rows.features.map((row) => Array.from(row, (x, k) => 1000 ** k * x + 5 * k));
    const constant = scaled.map((row) => [...row, 7]);
    expect(probe({ ...rows, features: constant }).auc).toBeCloseTo(probe(rows).auc, 6);
  });

  test("chooses a strong penalty where nothing is to be learned, a weak one where a direction is", () => {
    const nothing = probe(shuffledLabels(simulated(30, 100, 1), 2)).strengths;
    expect(Math.max(...nothing)).toBeLessThanOrEqual(1e-2);
    const direction = probe(simulated(30, 2, 3)).strengths;
    expect(Math.min(...direction)).toBeGreaterThanOrEqual(0.1);
  });

  test("repeats by its seed; labels are shuffled, not drawn", () => {
    const rows = simulated(40, 5, 0.5);
    expect(probe(rows, { seed: 3 })).toEqual(probe(rows, { seed: 3 }));
    expect(probe(rows, { seed: 3 }).foldAucs).not.toEqual(probe(rows, { seed: 4 }).foldAucs);
    const { relevant } = shuffledLabels(rows, 1);
    expect(relevant).not.toEqual(rows.relevant);
    expect(relevant.filter(Boolean).length).toBe(40);
  });

  test("refuses splits that cannot be made", () => {
    const rows = simulated(4, 2, 1);
    expect(() => probe(rows)).toThrow(/There must be 3 folds or more .*; got 5 for 4 queries/);
    expect(() => probe(rows, { folds: 2 })).toThrow(/got 2 for 4 queries/);
    expect(() => probe({ ...rows, queries: [1] })).toThrow("got 8, 8 and 1.");
    expect(() => probe({ ...rows, relevant: rows.relevant.map(() => true) }, { folds: 3 })).toThrow(
      /Fold 0 has \d rows of one label/,
    );
  });
});

describe("probes of the stream", () => {
  const subject = smallSubject();

  test("read each layer at the last token of each field, clean and corrupted", () => {
    const stream = collectStream(subject, [POINTWISE, PAIRWISE]);
    const { cache } = run(subject.model, promptRows([PAIRWISE.corrupted]), { cacheNames: ["resid_post"] });
    const positions = { doc_last: 7, query_last: 9, inst_last: 11, last: 12 };
    for (const group of PROBE_GROUPS) {
      const { features, relevant, queries } = stream.at(2, group);
      expect(relevant).toEqual([true, false, true, false]);
      expect(queries).toEqual([0, 0, 1, 1]);
      const wanted = cache.resid_post![2].slice([0, positions[group], 0], [1, 1, -1]).flatten();
      assertClose(Array.from(features[3]), wanted, { absolute: 1e-5, relative: 1e-5 }, group);
    }
    expect(() => stream.at(3, "last")).toThrow("There is no layer 3; they go from 0 to 2.");
  });

  test("find a document's token in the stream where it is, and not before it", () => {
    // Relevant documents end in one token, others in another; the query comes before them.
    const random = createRandom(2);
    const token = () => random.integer(8);
    const pairs = Array.from({ length: 20 }, () => {
      const query = [token(), token()];
      const filler = [token(), token()];
      const prompt = (marker: number) => Int32Array.of(...query, ...filler, marker, 15, 16);
      return {
        clean: prompt(9),
        corrupted: prompt(11),
        ranges: {
          query: { start: 0, end: 2 },
          documents: [{ start: 2, end: 5 }],
          instruction: { start: 5, end: 6 },
        },
      };
    });
    const seen: string[] = [];
    const stream = collectStream(subject, pairs);
    const places = probeLayers(subject, stream, {
      layers: [0, 2],
      groups: ["query_last", "doc_last"],
      folds: 4,
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(places.map(({ layer, group }) => `${layer} ${group}`)).toEqual([
      "0 query_last",
      "0 doc_last",
      "2 query_last",
      "2 doc_last",
    ]);
    expect(seen).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    const [queryEarly, documentEarly, queryLate] = places;
    // What comes before the document cannot know of it: both prompts have the same stream there.
    expect(queryEarly.auc).toBe(0.5);
    expect(queryLate.auc).toBe(0.5);
    expect(documentEarly.auc).toBeGreaterThan(0.9);
    expect(documentEarly.shuffledAuc).toBeLessThan(0.75);
  });

  test("leave no tensor behind", () => {
    const before = tf.memory().numTensors;
    collectStream(subject, [POINTWISE]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
