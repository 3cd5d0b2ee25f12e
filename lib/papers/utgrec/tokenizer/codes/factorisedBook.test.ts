import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sgd } from "../../../../optim";
import { nearestCentre } from "../../../../recsys/generative/kmeans";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose } from "../../../../tensor/testing";
import { codebookOf, type FactorisedBook, factorisedBook, quantizeByBook } from "./factorisedBook";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const identity = () => tf.variable(tf.eye(2));
const x = () => tf.tensor2d([[0.5, 0.2]]);
const nearest = { assignment: nearestCentre };

/** The gradient of the codebook term for every leaf of the book. */
function gradients(book: FactorisedBook) {
  const { grads } = tf.variableGrads(
    () => quantizeByBook(x(), codebookOf(book), { ...nearest, commitment: 0 }).loss,
  );
  return { embedding: grads[book.embedding.name], map: book.map && grads[book.map.name] };
}

describe("x = (0.5, 0.2) and the codes (1, 0), (0, 1)", () => {
  test("takes code 0 at a squared distance of 0.29; codebook 0.145, commitment 0.03625", () => {
    const book = { embedding: identity(), map: identity() };
    const { codes, quantized, loss } = quantizeByBook(x(), codebookOf(book), {
      ...nearest,
      commitment: 0.25,
    });
    expect([...codes.dataSync()]).toEqual([0]);
    assertClose(quantized, [[1, 0]]);
    assertClose(loss, 0.145 + 0.03625);
    assertClose(quantizeByBook(x(), codebookOf(book), { ...nearest, commitment: 0 }).loss, 0.145);
    const distances = codebookOf(book).sub(x()).square().sum(1);
    assertClose(distances, [0.29, 0.89]);
  });

  test("gradients of the codes, of E and of W", () => {
    const plain = { embedding: identity() };
    assertClose(gradients(plain).embedding, [
      [0.5, -0.2],
      [0, 0],
    ]);
    const { embedding, map } = gradients({ embedding: identity(), map: identity() });
    assertClose(embedding, [
      [0.5, -0.2],
      [0, 0],
    ]);
    assertClose(map!, [
      [0.5, -0.2],
      [0, 0],
    ]);
  });

  test("a step on W alone moves the code that nobody has along", () => {
    const stepped = (rows: number[][]) => {
      const book = { embedding: tf.variable(tf.tensor2d(rows)), map: identity() };
      const optimizer = sgd({ map: book.map }, { learningRate: 0.1 });
      optimizer.step(() => quantizeByBook(x(), codebookOf(book), { ...nearest, commitment: 0 }).loss);
      return codebookOf(book);
    };
    assertClose(
      stepped([
        [1, 0],
        [0, 1],
      ]),
      [
        [0.95, 0.02],
        [0, 1],
      ],
    );
    assertClose(
      stepped([
        [1, 0],
        [0.6, 0.8],
      ]),
      [
        [0.95, 0.02],
        [0.57, 0.812],
      ],
    );
  });

  test("the codebook term moves no encoder, the commitment no code, and q passes its gradient straight to x", () => {
    const [input, book] = [tf.variable(x()), { embedding: identity(), map: identity() }];
    const run = (commitment: number) =>
      quantizeByBook(input as tf.Tensor as tf.Tensor2D, codebookOf(book), { ...nearest, commitment });
    const of = (f: () => tf.Scalar) => tf.variableGrads(f).grads;
    expect(of(() => run(0).loss.add<tf.Scalar>(input.sum().mul(0)))[input.name].arraySync()).toEqual([
      [0, 0],
    ]);
    // β 2 / 2 (x - C_0); E and W have what the codebook term gives them, whatever β is.
    assertClose(of(() => run(0.25).loss)[input.name], [[-0.125, 0.05]]);
    const ofMap = (commitment: number) => of(() => run(commitment).loss)[book.map.name];
    assertClose(ofMap(7), ofMap(0));
    const straight = of(() =>
      run(0)
        .quantized.mul(tf.tensor2d([[3, -4]]))
        .sum(),
    );
    assertClose(straight[input.name], [[3, -4]]);
    expect([straight[book.map.name] ?? null, straight[book.embedding.name] ?? null]).toEqual([null, null]);
  });
});

test("E ~ N(0, 1/d), W ~ U(±1/√d): codes have a mean squared length of 1/3; a plain book has no W", () => {
  const options = { codes: 512, dimensions: 64, factorised: true };
  const book = factorisedBook(options, Rng.key(1));
  const lengths = codebookOf(book).square().sum(1).mean().dataSync()[0];
  expect(Math.abs(lengths - 1 / 3)).toBeLessThan(0.02);
  expect(Math.abs(book.embedding.square().mean().dataSync()[0] * 64 - 1)).toBeLessThan(0.02);
  expect(book.map!.abs().max().dataSync()[0]).toBeLessThanOrEqual(1 / 8);
  const plain = factorisedBook({ ...options, factorised: false }, Rng.key(1));
  expect(Object.keys(plain)).toEqual(["embedding"]);
  assertClose(codebookOf(plain), book.embedding);
});
