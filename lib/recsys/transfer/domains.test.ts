import { describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { disposeTree } from "../../tensor/tree";
import { denseMatrix } from "../generative/matrix";
import { trainingPrefixes } from "../split";
import { type ContentDomain, contentTensors, mixDomains } from "./domains";
import { sequencesOf } from "./transferTesting";

const FIRST: ContentDomain = {
  data: sequencesOf(3, [
    [1, 2, 3, 1],
    [3, 1, 2],
  ]),
  text: denseMatrix(3, 2, Float32Array.of(1, 2, 3, 4, 5, 6)),
};
const SECOND: ContentDomain = {
  data: sequencesOf(2, [[2, 1, 2, 2, 1]]),
  text: denseMatrix(2, 2, Float32Array.of(7, 8, 9, 10)),
  image: denseMatrix(2, 1, Float32Array.of(0.5, 0.25)),
  hasImage: Uint8Array.of(1, 0),
};

describe("a mixture of domains", () => {
  const { data, text, image, hasImage } = mixDomains([FIRST, SECOND]);

  test("has the users one after the other, and items with ids of their own", () => {
    expect([data.users, data.items]).toEqual([3, 5]);
    expect([...data.offsets]).toEqual([0, 4, 7, 12]);
    expect([...data.itemIds]).toEqual([1, 2, 3, 1, 3, 1, 2, 5, 4, 5, 5, 4]);
    expect([...data.eventUsers]).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2]);
    expect([data.itemNames.length, data.userNames.length, data.times]).toEqual([6, 3, undefined]);
  });

  test("has each item's content in its row; domains without pictures have none", () => {
    expect([...text.values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([...image!.values]).toEqual([0, 0, 0, 0.5, 0.25]);
    expect([...hasImage!]).toEqual([0, 0, 0, 1, 0]);
    expect(mixDomains([FIRST, FIRST]).image).toBeUndefined();
  });

  test("trains on each user's training part alone", () => {
    // Events 2, 3 of the first user, 5, 6 of the second and 10, 11 of the third are for validation and test.
    expect([...trainingPrefixes(data)]).toEqual([1, 8, 9]);
  });

  test("keeps times and thinned texts where all domains have them", () => {
    const timed = { ...FIRST, data: { ...FIRST.data, times: new Float64Array(7).fill(3) } };
    expect(mixDomains([timed, timed]).data.times).toEqual(new Float64Array(14).fill(3));
    expect(mixDomains([timed, SECOND]).data.times).toBeUndefined();
    const thinned = { ...FIRST, thinnedText: FIRST.text };
    expect(mixDomains([thinned, thinned]).thinnedText?.rows).toBe(6);
    expect(mixDomains([thinned, SECOND]).thinnedText).toBeUndefined();
  });
});

test("content as tensors has a row of zeros for the padding", () => {
  const before = tf.memory().numTensors;
  const content = contentTensors(SECOND);
  assertClose(content.text, [
    [0, 0],
    [7, 8],
    [9, 10],
  ]);
  assertClose(content.image!, [[0], [0.5], [0.25]]);
  assertClose(content.hasImage!, [0, 1, 0]);
  disposeTree(content);
  expect(tf.memory().numTensors).toBe(before);
  const textOnly = contentTensors(FIRST);
  expect(Object.keys(textOnly)).toEqual(["text"]);
  disposeTree(textOnly);
});

test("refuses content that does not fit", () => {
  expect(() => mixDomains([])).toThrow("there is no domain to mix");
  const narrow = { ...FIRST, text: denseMatrix(3, 1) };
  expect(() => mixDomains([SECOND, narrow])).toThrow("the text of domain 0 is 2 wide, that of domain 1 1");
  expect(() => contentTensors({ ...FIRST, text: denseMatrix(2, 2) })).toThrow(
    "A domain of 3 items has 2 rows of text: give each item one.",
  );
  expect(() => mixDomains([{ ...SECOND, hasImage: Uint8Array.of(1) }])).toThrow("1 rows of hasImage flag");
});
