import { nearestCentre } from "../../../../recsys/generative/kmeans";
import { type SinkhornOptions, sinkhornAssignment } from "../../../../recsys/generative/sinkhorn";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import {
  type CodeAssignment,
  codebookOf,
  type FactorisedBook,
  factorisedBook,
  quantizeByBook,
} from "./factorisedBook";

export interface TreeCodesOptions {
  /**
   * Which positions share a codebook:
   * - `tree`: the first has the root book; all others share one leaf book;
   * - `flat`: each has its own, the leaf codes divided among them.
   */
  readonly books: "tree" | "flat";
  /** C = E W; else C is trained itself. */
  readonly factorised: boolean;
  /** K_r */
  readonly rootCodes: number;
  /** K_f */
  readonly leafCodes: number;
  /** d_c */
  readonly dimensions: number;
  /** L, 2 or more. */
  readonly levels: number;
  /** β. Default 0.25. */
  readonly commitment?: number;
  /** In training, a balanced assignment instead of the nearest code. Default: none. */
  readonly sinkhorn?: SinkhornOptions;
}

/** The positions that one book serves, `first` .. `first + count - 1` (0-based), and its size. */
export interface BookRange {
  readonly codes: number;
  readonly first: number;
  readonly count: number;
}

/**
 * The books in the order of their positions.
 * @throws Error where there are fewer than two positions, or where flat books cannot share the leaf codes evenly
 */
export function bookRanges({
  books,
  rootCodes,
  leafCodes,
  levels,
}: Pick<TreeCodesOptions, "books" | "rootCodes" | "leafCodes" | "levels">): BookRange[] {
  if (!Number.isInteger(levels) || levels < 2)
    throw new Error(`bookRanges: ${levels} positions: a root and a leaf need two or more.`);
  const root = { codes: rootCodes, first: 0, count: 1 };
  const leaves = levels - 1;
  if (books === "tree") return [root, { codes: leafCodes, first: 1, count: leaves }];
  if (leafCodes % leaves !== 0)
    throw new Error(
      `bookRanges: ${leafCodes} leaf codes cannot be divided evenly among ${leaves} flat books.`,
    );
  const flat = Array.from({ length: leaves }, (_, k) => ({
    codes: leafCodes / leaves,
    first: k + 1,
    count: 1,
  }));
  return [root, ...flat];
}

/** [L] how many codes each position chooses from. */
export function codesOfPositions(options: Parameters<typeof bookRanges>[0]): number[] {
  return bookRanges(options).flatMap(({ codes, count }) => new Array<number>(count).fill(codes));
}

export type TreeBooks<T extends tf.Tensor = tf.Variable> = readonly FactorisedBook<T>[];

/** One book a range of positions. */
export function treeBooks(options: TreeCodesOptions, key: tf.Tensor1D): TreeBooks {
  const ranges = bookRanges(options);
  return tf.tidy(() => {
    const keys = Rng.split(key, ranges.length);
    return ranges.map(({ codes }, book) => factorisedBook({ ...options, codes }, keys[book]));
  });
}

export interface TreeQuantized {
  /** c_1, .., c_L, [B, L] int32, each counted from 0 in the book of its position. */
  readonly codes: tf.Tensor2D;
  /** q, [B, L, d_c]; its gradient goes to x unchanged. */
  readonly quantized: tf.Tensor3D;
  /** L_code: the mean of the books' losses. */
  readonly loss: tf.Scalar;
}

/**
 * Quantises each position by its book. Every book is a mean over all of its positions, so that root and leaf weigh the same.
 * @param x [B, L, d_c], the prefix differences
 * @param training whether the balanced assignment applies, where there is one; codes that are kept are always the nearest
 * @throws Error where x does not have the books' positions or width
 * @see UTGRec, arXiv:2504.04405, tree-structured codebooks
 */
export function quantizeTree(
  books: TreeBooks<tf.Tensor>,
  x: tf.Tensor3D,
  options: TreeCodesOptions,
  { training = false }: { readonly training?: boolean } = {},
): TreeQuantized {
  const { levels, dimensions: d, commitment = 0.25, sinkhorn } = options;
  const [B, L] = x.shape;
  if (L !== levels || x.shape[2] !== d)
    throw new Error(`quantizeTree: x is [${x.shape}], but the books are for [B, ${levels}, ${d}].`);
  const assignment = training && sinkhorn !== undefined ? balanced(sinkhorn) : nearestCentre;
  const parts = bookRanges(options).map(({ first, count }, book) => {
    const rows = x.slice([0, first, 0], [B, count, d]).reshape([B * count, d]) as tf.Tensor2D;
    const { codes, quantized, loss } = quantizeByBook(rows, codebookOf(books[book]), {
      commitment,
      assignment,
    });
    return { codes: codes.reshape([B, count]), quantized: quantized.reshape([B, count, d]), loss };
  });
  return {
    codes: tf.concat(
      parts.map(({ codes }) => codes),
      1,
    ) as tf.Tensor2D,
    quantized: tf.concat(
      parts.map(({ quantized }) => quantized),
      1,
    ) as tf.Tensor3D,
    loss: tf.addN(parts.map(({ loss }) => loss)).div(parts.length),
  };
}

/** The cheapest even transport. @see LETTER, arXiv:2405.07314, which has it on the last level */
function balanced(options: SinkhornOptions): CodeAssignment {
  return (x, codebook) =>
    tf.tidy(() => {
      const lengths = x.square().sum(1, true).add(codebook.square().sum(1));
      const products = tf.matMul(x, codebook, false, true).mul(2);
      return sinkhornAssignment(lengths.sub(products) as tf.Tensor2D, options);
    });
}

/**
 * The codes' own vectors, C_{c_l}, whose prefix sums are what the decoders read.
 * @param codes [N, L] int32
 * @returns [N, L, d_c]
 */
export function lookUpTree(
  books: TreeBooks<tf.Tensor>,
  codes: tf.Tensor2D,
  options: TreeCodesOptions,
): tf.Tensor3D {
  const N = codes.shape[0];
  const parts = bookRanges(options).map(({ first, count }, book) =>
    tf.gather<tf.Tensor>(codebookOf(books[book]), codes.slice([0, first], [N, count])),
  );
  return tf.concat(parts, 1) as tf.Tensor3D;
}
