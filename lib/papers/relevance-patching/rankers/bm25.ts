import { mean } from "../../../experiment/statistics";
import type { Ranker } from "./ranking";

/** Runs of letters (with their marks) and digits, in lower case. */
export function words(text: string): string[] {
  return (
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}

export interface Bm25Options {
  /** How soon further occurrences of a word stop to count. Default 0.9. */
  readonly k1?: number;
  /** How much a document's length counts, in [0, 1]. Default 0.4. */
  readonly b?: number;
}

/**
 * Okapi BM25: Σ_t idf(t) f (k₁ + 1) / (f + k₁ (1 − b + b |D| / avg)), idf(t) = ln(1 + (N − n + ½) / (n + ½)), over the words t of the query, a repeated one as often as it
 * is there; f counts t in the document, n the documents that have t.
 * @param collection  the N documents that n and the mean length avg are counted in; other documents can be ranked by it too
 * @throws RangeError where the collection is empty
 * @see S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009. The constants are those of Anserini
 */
export function bm25(collection: readonly string[], { k1 = 0.9, b = 0.4 }: Bm25Options = {}): Ranker {
  if (collection.length === 0) throw new RangeError("BM25 needs a collection of at least one document.");
  const split = collection.map(words);
  const meanLength = mean(split.map(({ length }) => length));
  const having = new Map<string, number>();
  for (const word of split.flatMap((document) => [...new Set(document)]))
    having.set(word, (having.get(word) ?? 0) + 1);
  const idf = (word: string) => {
    const n = having.get(word) ?? 0;
    return Math.log(1 + (collection.length - n + 0.5) / (n + 0.5));
  };
  return (query, documents) => {
    const asked = words(query);
    return documents.map((document) => {
      const own = words(document);
      const lengthNorm = k1 * (1 - b + (b * own.length) / meanLength);
      return asked.reduce((sum, word) => {
        const f = own.filter((other) => other === word).length;
        return f === 0 ? sum : sum + (idf(word) * f * (k1 + 1)) / (f + lengthNorm);
      }, 0);
    });
  };
}
