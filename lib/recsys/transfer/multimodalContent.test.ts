import { describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { sampleData } from "../../tensor/testing";
import { type DenseMatrix, denseMatrix, gram } from "../generative/matrix";
import { trainTiger } from "../generative/tokenizers/tiger";
import { multimodalContent } from "./multimodalContent";
import { cycleDomain } from "./transferTesting";

const text = denseMatrix(40, 5, Float64Array.from(sampleData([40, 5], 1, 3, 9)));
const image = denseMatrix(40, 4, Float64Array.from(sampleData([40, 4], 2, -100, 300)));
const hasImage = Uint8Array.from({ length: 40 }, (_, row) => (row % 4 === 1 ? 0 : 1));

function column(x: DenseMatrix, at: number): number[] {
  return Array.from({ length: x.rows }, (_, row) => x.values[row * x.columns + at]);
}

describe("content of text and picture", () => {
  test("is whitened kind by kind: mean 0, variance 1, no correlation", () => {
    const content = multimodalContent({ text, image }, { text: 3, image: 2 });
    expect([content.rows, content.columns]).toEqual([40, 5]);
    for (let at = 0; at < 5; at++) {
      const mean = column(content, at).reduce((sum, value) => sum + value, 0) / 40;
      expect(mean).toBeCloseTo(0, 5);
    }
    const covariance = gram(content).values.map((value) => value / 39);
    for (const [i, j] of [
      [0, 0],
      [4, 4],
      [0, 1],
      [3, 4],
    ])
      expect(covariance[i * 5 + j]).toBeCloseTo(i === j ? 1 : 0, 4);
  });

  test("is standardised by hand, a coordinate that does not vary 0", () => {
    const narrow = denseMatrix(3, 2, Float64Array.of(1, 7, 2, 7, 6, 7));
    const pictures = denseMatrix(3, 1, Float64Array.of(10, 99, 20));
    const content = multimodalContent(
      { text: narrow, image: pictures, hasImage: Uint8Array.of(1, 0, 1) },
      { text: "all", image: "all" },
    );
    // 1, 2, 6: mean 3, variance (4 + 1 + 9) / 2 = 7; 10 and 20: mean 15, variance 50.
    const expected = [-2, 0, -5, -1, 0, 0, 3, 0, 5].map((x, k) =>
      k % 3 === 2 ? x / Math.sqrt(50) : x / Math.sqrt(7),
    );
    expected.forEach((value, k) => {
      expect(content.values[k]).toBeCloseTo(value, 6);
    });
  });

  test("an item without a picture has the mean picture, and no say in it", () => {
    const options = { text: 2, image: 3 };
    const content = multimodalContent({ text, image, hasImage }, options);
    expect([2, 3, 4].map((at) => column(content, at)[1])).toEqual([0, 0, 0]);
    const other = { ...image, values: image.values.map((x, k) => (Math.floor(k / 4) % 4 === 1 ? 1e6 : x)) };
    expect(multimodalContent({ text, image: other, hasImage }, options).values).toEqual(content.values);
  });

  test("a domain needs pictures", () => {
    expect(() => multimodalContent({ text }, { text: 2, image: 2 })).toThrow("has no pictures");
  });

  test("TIGER's tokenizer takes it as it takes any content", async () => {
    const domain = cycleDomain({ seed: 1, items: 60, users: 2, events: 4 });
    const content = multimodalContent(domain, { text: 4, image: 4 });
    const vectors = tf.tensor2d(Float32Array.from(content.values), [60, 8]);
    const sizes = { hidden: [16], dimensions: 4, levels: 2, codes: 6 };
    const { snapshots } = await trainTiger(vectors, {
      ...sizes,
      epochs: 20,
      batchSize: 60,
      learningRate: 0.05,
      seed: 1,
    });
    expect(snapshots[0].codes.items).toBe(60);
    vectors.dispose();
  });
});
