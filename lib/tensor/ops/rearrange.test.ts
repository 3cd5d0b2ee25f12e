import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose } from "../testing";
import { rearrange } from "./rearrange";

describe("rearrange", () => {
  const x = tf.reshape(tf.range(0, 12), [3, 4]);

  it("splits an axis whose one part is inferred, and drops axes of one", () => {
    assertClose(rearrange(x, "a (b c) -> c (a b)", { c: 2 }), [
      [0, 2, 4, 6, 8, 10],
      [1, 3, 5, 7, 9, 11],
    ]);
    expect(rearrange(tf.zeros([3, 1, 2]), "a 1 b -> b a").shape).toEqual([2, 3]);
    expect(rearrange(tf.zeros([1, 1]), "1 1 ->").shape).toEqual([]);
    expect(rearrange(tf.scalar(1), "-> 1 1").shape).toEqual([1, 1]);
    expect(rearrange(x, "a b -> (a b)").shape).toEqual([12]);
    expect(rearrange(tf.zeros([2, 3, 4]), "... c -> c ...").shape).toEqual([4, 2, 3]);
    expect(rearrange(x, "a b ... -> b a ...").shape).toEqual([4, 3]);
  });

  it.each([
    ["a b", {}, /rearrange "a b" of \[3,4\]: a pattern has one ->/],
    ["a -> a", {}, /the left side names 1 axes/],
    ["a b -> a", {}, /axis b is on the left side only/],
    ["a b -> a b c", {}, /axis c is on the right side only/],
    ["a a -> a", {}, /axis a occurs twice on one side/],
    ["a (b c) -> a b c", {}, /give the size of all but one of the axes b, c/],
    ["a (b c) -> a b c", { b: 3 }, /axis 1, \(b c\), is 4 long, and its parts are 3/],
    ["a (b c) -> a b c", { b: 2, c: 3 }, /axis 1, \(b c\), is 4 long, and its parts are 6/],
    ["a b -> a b", { d: 2 }, /a size is given for axis d/],
    ["a 1 -> a", {}, /axis 1, \(1\), is 4 long/],
    ["a (b -> a b", {}, /a parenthesis is not closed/],
    ["a b) -> a b", {}, /a parenthesis is closed that was not opened/],
    ["((a b)) c -> a b c", {}, /parentheses do not nest/],
    ["a % -> a", {}, /"%" is no axis/],
    ["a b c ... -> a b c ...", {}, /the tensor has too few axes/],
  ] as [string, Record<string, number>, RegExp][])("refuses %s with %o", (pattern, sizes, message) => {
    expect(() => rearrange(x, pattern, sizes)).toThrow(message);
  });
});
