import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { kmeans } from "./kmeans";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** 60 points of three numbers. */
const rows = Array.from({ length: 60 }, (_, i) =>
  [0, 1, 2].map((j) => Math.sin(1.7 * i + 0.9 * j * j + 0.3) + (j === 0 ? (i % 5) * 0.8 : 0)),
);
const points = () => tf.tensor2d(rows);
const firstFive = () => tf.tensor2d(rows.slice(0, 5));

/** Lloyd's iterations as they are defined; no cluster may become empty. */
function lloydReference(start: readonly number[][], iterations: number) {
  let centres = start.map((centre) => [...centre]);
  const distance = (x: number[], c: number[]) => x.reduce((sum, value, j) => sum + (value - c[j]) ** 2, 0);
  const nearest = (x: number[]) => {
    const distances = centres.map((centre) => distance(x, centre));
    return distances.indexOf(Math.min(...distances));
  };
  for (let iteration = 0; iteration < iterations; iteration++) {
    const labels = rows.map(nearest);
    centres = centres.map((centre, k) => {
      const members = rows.filter((_, i) => labels[i] === k);
      return centre.map((_, j) => members.reduce((sum, x) => sum + x[j] / members.length, 0));
    });
  }
  const labels = rows.map(nearest);
  return { centres, labels, inertia: rows.reduce((sum, x, i) => sum + distance(x, centres[labels[i]]), 0) };
}

describe("k-means", () => {
  // scikit-learn 1.9.1: KMeans(5, init=points[:5], n_init=1, tol=0, algorithm="lloyd")
  test("from the same start it ends where scikit-learn and a plain loop do", () => {
    const { centres, labels, inertia } = kmeans(points(), {
      clusters: 5,
      seed: 1,
      initial: firstFive(),
      tolerance: 0,
    });
    const plain = lloydReference(rows.slice(0, 5), 20);
    expect(inertia).toBeCloseTo(29.857960372949947, 4);
    expect(inertia).toBeCloseTo(plain.inertia, 4);
    assertClose(centres, plain.centres);
    expect([...labels]).toEqual(plain.labels);
    expect([0, 1, 2, 3, 4].map((k) => labels.filter((label) => label === k).length)).toEqual([
      7, 13, 16, 14, 10,
    ]);
    expect(centres.arraySync()[0][0]).toBeCloseTo(0.9397678, 5);
  });

  test("a seed repeats to the bit, more restarts are never worse, and only the centres stay", () => {
    const x = points();
    const before = tf.memory().numTensors;
    const run = (restarts: number) => kmeans(x, { clusters: 6, seed: 4, restarts });
    const [one, again, many] = [run(1), run(1), run(6)];
    expect([...one.centres.dataSync()]).toEqual([...again.centres.dataSync()]);
    expect(many.inertia).toBeLessThanOrEqual(one.inertia);
    expect(tf.memory().numTensors).toBe(before + 3);
  });

  test("an empty cluster takes the farthest point; without different points enough, clusters stay empty", () => {
    const line = tf.tensor2d([[0], [1], [10]]);
    const initial = tf.tensor2d([[0], [100], [200]]);
    const filled = kmeans(line, { clusters: 3, seed: 1, initial });
    expect(new Set(filled.labels).size).toBe(3);
    expect(filled.inertia).toBe(0);
    const same = kmeans(tf.ones([4, 2]), { clusters: 3, seed: 1 });
    expect(same.inertia).toBe(0);
    expect([...same.centres.dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("well separated groups are found, one centre each", () => {
    const groups = tf.tensor2d(
      Array.from({ length: 80 }, (_, i) => [(i % 8) * 50 + Math.sin(i), Math.cos(3 * i)]),
    );
    const { labels } = kmeans(groups, { clusters: 8, seed: 2 });
    for (let i = 8; i < 80; i++) expect(labels[i]).toBe(labels[i % 8]);
    expect(new Set(labels).size).toBe(8);
  });

  test("one cluster is the mean, wherever it starts", () => {
    const mean = [0, 1, 2].map((j) => rows.reduce((sum, x) => sum + x[j] / rows.length, 0));
    const spread = rows.reduce(
      (sum, x) => sum + x.reduce((own, value, j) => own + (value - mean[j]) ** 2, 0),
      0,
    );
    const [x, far] = [points(), tf.tensor2d([[9, -9, 9]])];
    const before = tf.memory().numTensors;
    for (const initial of [undefined, far]) {
      const { centres, labels, inertia } = kmeans(x, { clusters: 1, seed: 1, initial });
      assertClose(centres, [mean], { absolute: 1e-5 });
      expect([...labels]).toEqual(new Array(60).fill(0));
      expect(inertia).toBeCloseTo(spread, 3);
      centres.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  test("more clusters than points, and a start of another shape, are refused", () => {
    expect(() => kmeans(tf.ones([2, 2]), { clusters: 3, seed: 1 })).toThrow("3 clusters of 2 points");
    expect(() => kmeans(points(), { clusters: 4, seed: 1, initial: firstFive() })).toThrow(
      "[5,3], not [4,3]",
    );
  });
});
