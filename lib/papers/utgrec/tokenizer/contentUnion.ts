import type { Random } from "../../../data/random";
import type { SequentialDataset } from "../../../recsys/sequences";
import { trainingItems } from "../../../recsys/split";
import { concat, tf } from "../../../tensor";
import { type ContentArrays, type ContentSizes, contentTensors, type ItemContent } from "./content";
import { coOccurrences, partners } from "./pairs";

/** A domain's items, and who took which. */
export interface ContentDomain extends ContentArrays {
  readonly data: SequentialDataset;
}

/** The items of several domains in one table, one domain behind the other: what a tokenizer is trained on. */
export interface ContentUnion {
  /** [V, ..] each, V items of all domains. */
  readonly content: ItemContent;
  /** The first row of each domain. */
  readonly offsets: readonly number[];
  /** The rows to train on, ascending: items that are in some user's training part. */
  readonly trainRows: Int32Array;
  /** A row that each of the given occurs with in a training part, drawn anew; the row itself where it has none. */
  drawPartners(rows: Int32Array, random: Random): Int32Array;
  dispose(): void;
}

/**
 * @throws Error where a domain's content does not fit its number of items
 * @see UTGRec, arXiv:2504.04405, 4.1; the authors' code concatenates the domains and shuffles, so that batches mix them
 */
export function contentUnion(domains: readonly ContentDomain[], sizes: ContentSizes): ContentUnion {
  const offsets: number[] = [];
  let rows = 0;
  for (const { data, hasImage } of domains) {
    if (hasImage.length !== data.items)
      throw new Error(`contentUnion: a domain of ${data.items} items has the content of ${hasImage.length}.`);
    offsets.push(rows);
    rows += data.items;
  }
  const content = tf.tidy(() => {
    const parts = domains.map((domain) => contentTensors(domain, sizes));
    return {
      text: concat<tf.Tensor2D>(parts.map(({ text }) => text)),
      image: concat<tf.Tensor3D>(parts.map(({ image }) => image)),
      hasImage: concat<tf.Tensor1D>(parts.map(({ hasImage }) => hasImage)),
    };
  });
  const toRows = (domain: number, items: Int32Array) => items.map((item) => offsets[domain] + item - 1);
  const trainRows = domains.map(({ data }, domain) => toRows(domain, trainingItems(data)));
  const neighbours = domains.flatMap(({ data }, domain) =>
    coOccurrences(data)
      .slice(1) // row i - 1 is that of item id i
      .map((items) => toRows(domain, items)),
  );
  return {
    content,
    offsets,
    trainRows: Int32Array.from(trainRows.flatMap((rows) => [...rows])),
    drawPartners: (chosen, random) => partners(neighbours, chosen, random),
    dispose: () => tf.dispose({ ...content }),
  };
}
