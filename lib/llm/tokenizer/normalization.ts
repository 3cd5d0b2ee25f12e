/** A text in normal form C, and where its code units come from. */
export interface Normalized {
  readonly text: string;
  /** Of each code unit, the range of code units of the original it comes from. `undefined`: the text is the original. */
  readonly origin?: { readonly starts: Int32Array; readonly ends: Int32Array };
}

/**
 * A character and what may join with it: marks, the vowels and finals of Hangul, and the vowel signs of Kirat Rai, which compose though they are letters.
 * Normal form C never reaches across the begin of such a cluster.
 * @see Unicode Standard Annex #15
 */
const CLUSTER = /[\s\S][\p{M}\u1160-\u11ff\u{16d63}\u{16d67}]*/gu;

/** Every code unit of a cluster that changes comes from the whole cluster. */
export function normalizeNfc(original: string): Normalized {
  const text = original.normalize("NFC");
  if (text === original) return { text };
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  let [from, to] = [0, 0];
  for (const cluster of original.match(CLUSTER) ?? []) {
    const normal = cluster.normalize("NFC");
    for (let i = 0; i < normal.length; i++) {
      starts[to + i] = normal === cluster ? from + i : from;
      ends[to + i] = from + (normal === cluster ? i + 1 : cluster.length);
    }
    from += cluster.length;
    to += normal.length;
  }
  return { text, origin: { starts, ends } };
}
