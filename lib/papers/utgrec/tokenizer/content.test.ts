import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../../tensor";
import { contentTensors, isText, joinContent, selectContent } from "./content";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const ARRAYS = {
  text: Int32Array.of(2, 3, 4, 0, 5, 6),
  images: Float32Array.of(1, 2, 0, 0, 3, 4),
  hasImage: Uint8Array.of(1, 0, 1),
};
const SIZES = { textLength: 2, patches: 2, channels: 1 };

describe("content", () => {
  test("rows are items, in any order and as often as asked for", () => {
    const { text, image, hasImage } = selectContent(
      contentTensors(ARRAYS, SIZES),
      tf.tensor1d([2, 1, 2], "int32"),
    );
    expect(text.arraySync()).toEqual([
      [5, 6],
      [4, 0],
      [5, 6],
    ]);
    expect(image.arraySync()).toEqual([
      [[3], [4]],
      [[0], [0]],
      [[3], [4]],
    ]);
    expect([...hasImage.dataSync()]).toEqual([1, 0, 1]);
    expect(isText(text).arraySync()).toEqual([
      [1, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  test("two batches one behind the other", () => {
    const all = contentTensors(ARRAYS, SIZES);
    const both = joinContent(all, selectContent(all, tf.tensor1d([0], "int32")));
    expect(both.text.shape).toEqual([4, 2]);
    expect(both.text.dtype).toBe("int32");
    expect([...both.hasImage.dataSync()]).toEqual([1, 0, 1, 1]);
    expect(both.image.shape).toEqual([4, 2, 1]);
  });

  test("refuses arrays of another length, by name", () => {
    expect(() => contentTensors({ ...ARRAYS, text: Int32Array.of(2) }, SIZES)).toThrow(
      "text has 1 numbers; 3 items need 3 · 2",
    );
    expect(() => contentTensors(ARRAYS, { ...SIZES, channels: 4 })).toThrow(
      "images has 6 numbers; 3 items need 3 · 8",
    );
  });
});
