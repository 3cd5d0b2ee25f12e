import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose, checkGradients, sampleTensor } from "../testing";
import { einsum } from "./einsum";

describe("einsum", () => {
  const matrix = tf.tensor2d([1, 2, 3, 4], [2, 2]);

  it("ignores spaces, and takes any letter", () => {
    assertClose(einsum(" i J , J k -> i k ", matrix, matrix), [
      [7, 10],
      [15, 22],
    ]);
  });

  it("takes traces, and sums an axis that only one operand has", () => {
    assertClose(einsum("ii->", matrix), 5);
    assertClose(einsum("ij,k->i", matrix, tf.tensor1d([1, 10])), [33, 77]);
  });

  it("has tf.einsum's gradient right, too", () => {
    const inputs = [sampleTensor([2, 3], 1), sampleTensor([3, 2], 2)];
    tf.tidy(() => checkGradients((a, b) => tf.einsum("ij,jk->ik", a, b), inputs));
    tf.tidy(() => checkGradients((a) => tf.einsum("ij->i", a), inputs.slice(0, 1)));
  });

  it.each([
    ["ij,jk", [matrix, matrix], /einsum "ij,jk" of \[2,2\], \[2,2\]: an equation looks like/],
    ["ij,jk->ik", [matrix], /it names 2 operands, and got 1/],
    ["ijk->i", [matrix], /"ijk" names 3 axes, operand 0 has 2/],
    ["ij,jk->ik", [matrix, tf.zeros([3, 2])], /axis j is 2 long, and 3 in operand 1/],
    ["ij->ik", [matrix], /axis k of the result is in no operand/],
    ["ij->ii", [matrix], /axis i occurs twice in the result/],
    ["i1->i", [matrix], /an equation looks like/],
  ] as [string, tf.Tensor[], RegExp][])("refuses %s", (equation, operands, message) => {
    expect(() => einsum(equation, ...operands)).toThrow(message);
  });
});
