import { tf } from "../../tensor";
import type { DenseMatrix } from "../generative/matrix";
import type { SequentialDataset } from "../sequences";
import { uniteDatasets } from "../union";

/** A shop as a transferable model sees it: who took what, and a vector or two of every item, which mean the same in all domains. */
export interface ContentDomain {
  readonly data: SequentialDataset;
  /** [V, w], what is written about the items; row i - 1 is that of item id i. One encoder's, or one decomposition's, for all domains. */
  readonly text: DenseMatrix;
  /** [V, w], the same of texts that some words are left out of: a view for models that compare views. */
  readonly thinnedText?: DenseMatrix;
  /** [V, v], the items' pictures. */
  readonly image?: DenseMatrix;
  /** [V], 1 where the item has a picture. Default: all have. */
  readonly hasImage?: Uint8Array;
}

/** Item content as tensors: row i is that of item id i, row 0, the padding's, is 0. */
export interface ContentTensors {
  /** [V + 1, w] */
  readonly text: tf.Tensor2D;
  /** [V + 1, w] */
  readonly thinnedText?: tf.Tensor2D;
  /** [V + 1, v] */
  readonly image?: tf.Tensor2D;
  /** [V + 1], 1 or 0; there where `image` is. */
  readonly hasImage?: tf.Tensor1D;
}

/**
 * The content of a domain, which the caller frees (`disposeTree`).
 * @throws Error where it has not one row an item
 */
export function contentTensors(domain: ContentDomain): ContentTensors {
  checkRows(domain);
  const { data, text, thinnedText, image, hasImage } = domain;
  const flags = new Float32Array(data.items + 1).fill(1, 1);
  hasImage?.forEach((has, row) => {
    flags[row + 1] = has;
  });
  return {
    text: withPaddingRow(text),
    ...(thinnedText === undefined ? {} : { thinnedText: withPaddingRow(thinnedText) }),
    ...(image === undefined ? {} : { image: withPaddingRow(image), hasImage: tf.tensor1d(flags) }),
  };
}

function withPaddingRow({ rows, columns, values }: DenseMatrix): tf.Tensor2D {
  const padded = new Float32Array((rows + 1) * columns);
  padded.set(values, columns);
  return tf.tensor2d(padded, [rows + 1, columns]);
}

/**
 * Several domains as one: their users one after the other, and their items, item i of a domain moved up by the items of those before it. So a batch may hold
 * rows of several domains, and an item's id is its row in the mixture's content.
 * @returns where a domain has no pictures, its items have none; thinned texts, where all domains have them; times, where all have them
 * @throws Error where there is no domain, where one has not one row an item, or where content of one kind has different widths
 */
export function mixDomains(domains: readonly ContentDomain[]): ContentDomain {
  if (domains.length === 0) throw new Error("mixDomains: there is no domain to mix.");
  for (const domain of domains) checkRows(domain);
  const thinned = domains.flatMap(({ thinnedText }) => thinnedText ?? []);
  const pictured = domains.find(({ image }) => image !== undefined);
  const mixture = {
    data: uniteDatasets(domains.map(({ data }) => data)).data,
    text: stacked(
      "text",
      domains.map(({ text }) => text),
    ),
    ...(thinned.length < domains.length ? {} : { thinnedText: stacked("thinned text", thinned) }),
  };
  if (pictured?.image === undefined) return mixture;
  const { columns } = pictured.image;
  const images = domains.map(
    ({ image, data }) =>
      image ?? { rows: data.items, columns, values: new Float32Array(data.items * columns) },
  );
  const flags = domains.flatMap(({ image, hasImage, data }) =>
    Array.from({ length: data.items }, (_, row) => (image === undefined ? 0 : (hasImage?.[row] ?? 1))),
  );
  return { ...mixture, image: stacked("images", images), hasImage: Uint8Array.from(flags) };
}

/** One matrix below the other. */
function stacked(kind: string, matrices: readonly DenseMatrix[]): DenseMatrix {
  const { columns } = matrices[0];
  const other = matrices.findIndex((matrix) => matrix.columns !== columns);
  if (other >= 0)
    throw new Error(
      `mixDomains: the ${kind} of domain 0 is ${columns} wide, that of domain ${other} ${matrices[other].columns}: content must come from one encoder.`,
    );
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  const values = new Float32Array(rows * columns);
  let at = 0;
  for (const matrix of matrices) {
    values.set(matrix.values, at);
    at += matrix.values.length;
  }
  return { rows, columns, values };
}

function checkRows({ data: { items }, text, thinnedText, image, hasImage }: ContentDomain): void {
  const counts = {
    text: text.rows,
    "thinned text": thinnedText?.rows,
    image: image?.rows,
    "hasImage flag": hasImage?.length,
  };
  for (const [kind, rows] of Object.entries(counts))
    if (rows !== undefined && rows !== items)
      throw new Error(`A domain of ${items} items has ${rows} rows of ${kind}: give each item one.`);
}
