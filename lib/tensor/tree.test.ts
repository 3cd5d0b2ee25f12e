import { describe, expect, it } from "vitest";
import { tf } from ".";
import { countParameters, disposeTree, flattenTree, mapTree, unflattenTree, variables } from "./tree";

const leaf = (value: number) => tf.variable(tf.scalar(value));
const model = () => ({
  layers: [
    { kernel: leaf(1), bias: leaf(2) },
    { kernel: leaf(3), bias: undefined },
  ],
  scale: leaf(4),
});
const values = (tree: object) => flattenTree(tree).map(([path, tensor]) => [path, tensor.dataSync()[0]]);

describe("flattenTree", () => {
  it("names every leaf by its path, in order, and leaves out what is undefined", () => {
    expect(values(model())).toEqual([
      ["layers.0.kernel", 1],
      ["layers.0.bias", 2],
      ["layers.1.kernel", 3],
      ["scale", 4],
    ]);
    expect(values(leaf(5))).toEqual([["", 5]]);
    expect(values([])).toEqual([]);
  });

  it("refuses, with the path, what is neither tensor, array nor plain record", () => {
    expect(() => flattenTree({ a: [leaf(1), 3] })).toThrow(/a\.1 is 3, not a tensor/);
    expect(() => flattenTree({ a: new Map() })).toThrow(/a is Map/);
    expect(() => flattenTree({ "a.b": leaf(1) })).toThrow(/"a\.b" of the root/);
  });
});

describe("mapTree", () => {
  it("maps leaves of several trees and keeps the structure", () => {
    const sums = mapTree((a: tf.Tensor, b: tf.Tensor) => tf.add(a, b), model(), model());
    expect(sums.layers[1].kernel.dataSync()[0]).toBe(6);
    expect(Array.isArray(sums.layers)).toBe(true);
    expect(values(sums).map(([, value]) => value)).toEqual([2, 4, 6, 8]);
  });

  it("says where two trees differ", () => {
    const add = (a: tf.Tensor, b: tf.Tensor) => tf.add(a, b);
    expect(() => mapTree(add, { a: { b: leaf(1) } }, { a: { c: leaf(1) } })).toThrow(
      /at a one tree has {b}, another {c}/,
    );
    expect(() => mapTree(add, { a: leaf(1) }, { a: [leaf(1)] })).toThrow(
      /at a one tree has a tensor, another \{0\}/,
    );
    expect(() => mapTree(add, { a: [leaf(1)] }, { a: leaf(1) })).toThrow(
      /at a one tree has \{0\}, another a tensor \[\]/,
    );
  });
});

describe("unflattenTree", () => {
  it("undoes flattenTree", () => {
    const tree = model();
    const again = unflattenTree(flattenTree(tree));
    expect(flattenTree(again as object)).toEqual(flattenTree(tree));
    expect(Array.isArray((again as unknown as typeof tree).layers)).toBe(true);
    const single = leaf(1);
    expect(unflattenTree([["", single]])).toBe(single);
  });

  it("puts an array's elements in the order of their numbers", () => {
    const entries = Array.from({ length: 11 }, (_, i) => [`x.${10 - i}`, tf.scalar(10 - i)] as const);
    const { x } = unflattenTree(entries) as unknown as { x: tf.Tensor[] };
    expect(x.map((tensor) => tensor.dataSync()[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("keeps numbers with gaps as the keys of a record", () => {
    expect(
      Object.keys(
        unflattenTree([
          ["0", tf.scalar(0)],
          ["2", tf.scalar(2)],
        ]),
      ),
    ).toEqual(["0", "2"]);
  });

  it("refuses a leaf inside a leaf", () => {
    expect(() =>
      unflattenTree([
        ["a", tf.scalar(1)],
        ["a.b", tf.scalar(2)],
      ]),
    ).toThrow(/a is a leaf/);
    expect(() =>
      unflattenTree([
        ["a", tf.scalar(1)],
        ["a", tf.scalar(2)],
      ]),
    ).toThrow(/twice/);
  });
});

describe("variables and counts", () => {
  it("lists the variables, and names a leaf that is none", () => {
    expect(variables(model())).toHaveLength(4);
    expect(() => variables({ a: [tf.scalar(1)] })).toThrow(/Parameter a\.0 is a tensor/);
  });

  it("counts elements and frees leaves", () => {
    const before = tf.memory().numTensors;
    const tree = { a: tf.zeros([2, 3]), b: [tf.zeros([4])] };
    expect(countParameters(tree)).toBe(10);
    disposeTree(tree);
    expect(tf.memory().numTensors).toBe(before);
  });
});
