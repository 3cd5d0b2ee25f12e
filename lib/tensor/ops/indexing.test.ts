import { describe, expect, it } from "vitest";
import { isNative, tf } from "..";
import { assertClose, checkGradients, sampleTensor } from "../testing";
import { gatherNd, scatterNd, stridedSlice } from "./indexing";

const int = (values: number[], shape: number[]) => tf.tensor(values, shape, "int32");

describe("gatherNd", () => {
  it("takes single elements by full coordinates", () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    assertClose(gatherNd(x, int([1, 0, 0, 1], [2, 2])), [3, 2]);
  });
});

describe("scatterNd", () => {
  it("adds updates at equal coordinates", () => {
    assertClose(scatterNd(int([1, 1, 0], [3, 1]), tf.tensor1d([1, 10, 100]), [3]), [100, 11, 0]);
  });
});

describe("stridedSlice", () => {
  const x = tf.range(0, 6);

  it("counts from the end, and backwards", () => {
    assertClose(stridedSlice(x, [-2], [6]), [4, 5]);
    assertClose(stridedSlice(x, [4], [0], [-2]), [4, 2]);
  });

  it("has gradients for every mask that the backend supports", () => {
    tf.tidy(() => {
      const y = sampleTensor([3, 4, 2]);
      const masks: [number, number, number, number, number][] = [
        [0b1, 0b10, 0, 0, 0],
        [0, 0, 0b10, 0, 0],
        [0, 0, 0, 0b1, 0],
      ];
      if (isNative()) masks.push([0, 0, 0, 0, 0b11]); // tfjs's JavaScript kernel fails for axes that it should drop
      for (const [begin, end, ellipsis, newAxis, shrink] of masks)
        checkGradients(
          (z) => tf.stridedSlice(z, [1, 0, 0], [3, 2, 1], [1, 1, 1], begin, end, ellipsis, newAxis, shrink),
          [y],
        );
    });
    expect(
      tf
        .grad((z: tf.Tensor) => tf.sum(stridedSlice(z, [1], [1])))(x)
        .dataSync(),
    ).toEqual(new Float32Array(6));
  });
});
