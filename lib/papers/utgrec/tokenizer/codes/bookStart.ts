import { kmeans } from "../../../../recsys/generative/kmeans";
import { tf } from "../../../../tensor";
import { bookRanges, type TreeBooks, type TreeCodesOptions } from "./treeCodes";

/**
 * Puts the codes where the vectors are: C becomes the centres of k-means over what each book has to quantise. Of the solutions of E W = C it takes W = I: the
 * inverse of a W as it was drawn would make E large where W is nearly singular, and every later step on W with it.
 *
 * The vectors grow tenfold while nothing is quantised; random codes are then all nearer to each other than to any vector, and a few of them take all items.
 * @param x [N, L, d_c], the prefix differences of N items
 * @throws Error where there are fewer vectors than codes
 * @see UTGRec, arXiv:2504.04405, whose code does so for codebooks without W
 */
export function startBooks(books: TreeBooks, x: tf.Tensor3D, options: TreeCodesOptions, seed: number): void {
  const [N, , d] = x.shape;
  tf.tidy(() => {
    bookRanges(options).forEach(({ codes, first, count }, book) => {
      const rows = x.slice([0, first, 0], [N, count, d]).reshape<tf.Tensor2D>([N * count, d]);
      const { centres } = kmeans(rows, { clusters: codes, seed: seed + book });
      const { embedding, map } = books[book];
      embedding.assign(centres);
      map?.assign(tf.eye(d));
    });
  });
}
