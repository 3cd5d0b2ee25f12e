import { groupByTuple, type ItemCodes } from "../../../recsys/generative/itemCodes";
import { type TokenMap, tokenMap, uniteTokenMaps } from "../../../recsys/generative/tokenMap";
import { type Vocabulary, vocabulary } from "../../../recsys/generative/vocabulary";
import type { SequentialDataset } from "../../../recsys/sequences";
import { type DatasetUnion, uniteDatasets } from "../../../recsys/union";
import { bookRanges, codesOfPositions, type TreeCodesOptions } from "../tokenizer/codes/treeCodes";

/**
 * The tokens of all domains, those to pre-train on and those to come: positions that share a codebook share its tokens, so a leaf code is the same token in
 * every position. No digit is left for collisions, which are repaired.
 * @see UTGRec, arXiv:2504.04405, whose 256 root and 512 leaf codes are 768 tokens for any number of positions
 */
export function codeVocabulary(
  options: Pick<TreeCodesOptions, "books" | "rootCodes" | "leafCodes" | "levels">,
): Vocabulary {
  const ranges = bookRanges(options).flatMap(({ count }, book) => new Array<number>(count).fill(book));
  return vocabulary(codesOfPositions(options), { ranges });
}

/**
 * The identifiers of a domain's items. Another domain may have the same ones: each has a map of its own, and a trie of it.
 * @param codes repaired, so that no two items have the same
 * @throws Error where two do
 */
export function domainTokens(codes: ItemCodes, shared: Vocabulary): TokenMap {
  for (const [tuple, items] of groupByTuple(codes)) {
    if (items.length > 1)
      throw new Error(
        `domainTokens: items ${items.map((item) => item + 1).join(", ")} have the codes (${tuple}): repair collisions first.`,
      );
  }
  return tokenMap(codes, shared);
}

/** Several domains as one data set in one vocabulary. */
export interface DomainUnion extends DatasetUnion {
  /**
   * Writes the items of all domains. Only for training: items of different domains may have the same identifier, so search and evaluate each domain by its
   * own map.
   */
  readonly map: TokenMap;
}

/**
 * What the recommender is pre-trained on: every user of every domain, each case as likely, none told which domain it is of.
 * @throws Error where a domain's map is of other items, or of another vocabulary
 */
export function uniteDomains(datasets: readonly SequentialDataset[], maps: readonly TokenMap[]): DomainUnion {
  datasets.forEach(({ items }, k) => {
    if (maps[k]?.items !== items)
      throw new Error(`uniteDomains: domain ${k + 1} has ${items} items, its map ${maps[k]?.items ?? 0}.`);
  });
  return { ...uniteDatasets(datasets), map: uniteTokenMaps(maps) };
}
