import * as tf from "@tensorflow/tfjs";
import type { OpCase } from "../cases";
import { einsum } from "../einsum";
import { matMul } from "../matMul";
import { Dense, indices, sum } from "../reference";

/** The definition: for every index of the result, the sum of products over all indices of the letters that are not in it. */
function einsumReference(equation: string, operands: readonly Dense[]): Dense {
  const [left, output] = equation.split("->");
  const inputs = left.split(",");
  const sizes: Record<string, number> = {};
  inputs.forEach((letters, i) => {
    [...letters].forEach((letter, axis) => {
      sizes[letter] = operands[i].shape[axis];
    });
  });
  const summed = Object.keys(sizes).filter((letter) => !output.includes(letter));
  const innerIndices = indices(summed.map((letter) => sizes[letter]));
  return Dense.from(
    [...output].map((letter) => sizes[letter]),
    (...outer) => {
      const products = innerIndices.map((inner) => {
        const index = (letter: string) =>
          output.includes(letter) ? outer[output.indexOf(letter)] : inner[summed.indexOf(letter)];
        return operands.reduce(
          (product, operand, i) => product * operand.at(...[...inputs[i]].map(index)),
          1,
        );
      });
      return sum(products);
    },
  );
}

function einsumCase(equation: string, ...shapes: number[][]): OpCase {
  return {
    name: `einsum ${equation}`,
    inputs: shapes.map((shape) => ({ shape })),
    run: (...xs) => einsum(equation, ...xs),
    reference: (...xs) => einsumReference(equation, xs),
  };
}

function matMulCase(name: string, a: number[], b: number[], transposeA = false, transposeB = false): OpCase {
  const product = (x: Dense, y: Dense): Dense => {
    const left = transposeA ? x.swap(x.shape.length - 1, x.shape.length - 2) : x;
    const right = transposeB ? y.swap(y.shape.length - 1, y.shape.length - 2) : y;
    const rank = Math.max(a.length, b.length);
    const padded = (shape: readonly number[]) => [...Array<number>(rank - shape.length).fill(1), ...shape];
    const [l, r] = [padded(left.shape), padded(right.shape)];
    const batch = l.slice(0, -2).map((size, axis) => Math.max(size, r[axis]));
    // An axis of one, or one that is missing, is read at index 0, or not at all.
    const pick = (x: Dense, full: number[], batchIndex: number[], i: number, j: number) =>
      x.at(
        ...[...batchIndex.map((at, axis) => (full[axis] === 1 ? 0 : at)), i, j].slice(rank - x.shape.length),
      );
    return Dense.from([...batch, l[rank - 2], r[rank - 1]], (...index) => {
      const [i, j] = index.slice(-2);
      const at = index.slice(0, -2);
      const terms = Array.from(
        { length: l[rank - 1] },
        (_, k) => pick(left, l, at, i, k) * pick(right, r, at, k, j),
      );
      return sum(terms);
    });
  };
  return {
    name: `matMul ${name}`,
    inputs: [{ shape: a }, { shape: b }],
    run: (x, y) => matMul(x, y, transposeA, transposeB),
    reference: product,
  };
}

const sharedMatrix = matMulCase("[b,m,k] by one matrix", [2, 3, 4], [4, 5]);

export const contractionCases: readonly OpCase[] = [
  matMulCase("plain", [2, 3], [3, 4]),
  matMulCase("left transposed", [3, 2], [3, 4], true, false),
  matMulCase("right transposed", [2, 3], [4, 3], false, true),
  matMulCase("both transposed", [3, 2], [4, 3], true, true),
  matMulCase("batch", [2, 2, 3], [2, 3, 4]),
  matMulCase("left broadcast", [1, 2, 3], [4, 3, 2]),
  matMulCase("right broadcast, transposed", [3, 2, 3], [1, 4, 3], false, true),
  matMulCase("both broadcast", [3, 1, 2, 4], [2, 4, 3]),
  matMulCase("both broadcast and transposed", [3, 1, 4, 2], [2, 3, 4], true, true),
  sharedMatrix,
  matMulCase("[b,m,k] by one matrix, transposed", [2, 3, 4], [5, 4], false, true),
  { ...sharedMatrix, name: "tf.matMul [b,m,k] by one matrix", run: (x, y) => tf.matMul(x, y) },
  einsumCase("ij,jk->ik", [2, 3], [3, 4]),
  einsumCase("bij,bjk->bik", [2, 2, 3], [2, 3, 4]),
  einsumCase("bhid,bhjd->bhij", [2, 2, 3, 4], [2, 2, 5, 4]),
  einsumCase("blhd,hdm->blm", [2, 3, 2, 2], [2, 2, 4]),
  einsumCase("ij->ji", [2, 3]),
  einsumCase("ijk->j", [2, 3, 4]),
  einsumCase("i,j->ij", [3], [4]),
  einsumCase("i,i->", [4], [4]),
  einsumCase("ijk,jl->li", [2, 3, 2], [3, 2]),
  einsumCase("ii->i", [3, 3]),
  einsumCase("iij,jj->", [3, 3, 2], [2, 2]),
  einsumCase("bi,ij,bj->b", [2, 3], [3, 4], [2, 4]),
  einsumCase("ij,ij->ij", [2, 3], [2, 3]),
];
