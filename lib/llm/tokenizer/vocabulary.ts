import { BYTE_CHARACTERS, fromByteCharacters } from "./byteAlphabet";
import { TokenizerError } from "./error";
import { type PairRanks, pairRanks } from "./pairRanks";
import type { SpecialToken } from "./specialTokens";
import { utf8Bytes } from "./utf8";

/** A byte-level BPE vocabulary as the file formats hold it. */
export interface VocabularySource {
  /** By id: in the byte alphabet, of special tokens as their text; `undefined` where the id has no token. */
  readonly tokens: readonly (string | undefined)[];
  /** Two tokens with a space between them, or two tokens; in the order of their rank. */
  readonly merges: readonly (string | readonly [string, string])[];
  readonly special: readonly SpecialToken[];
}

/** The same, made ready for look-ups. */
export interface Vocabulary {
  readonly size: number;
  readonly special: readonly SpecialToken[];
  readonly ranks: PairRanks;
  /** Of each byte, the id of its token; -1 where it has none. */
  readonly byteIds: Int32Array;
  /** Of tokens in the byte alphabet, special ones left out. */
  readonly ids: ReadonlyMap<string, number>;
  /** The bytes of all tokens in a row. */
  readonly bytes: Uint8Array;
  /** Where in `bytes` the tokens begin; one more than there are ids. */
  readonly offsets: Int32Array;
}

/** @throws TokenizerError where a token has a character that is none of the byte alphabet's, or a merge joins or makes what is no token */
export function buildVocabulary({ tokens, merges, special }: VocabularySource): Vocabulary {
  const texts = new Map(special.map(({ id, text }) => [id, text]));
  const ids = new Map<string, number>();
  const bytes = tokens.map((token, id) => {
    const text = texts.get(id);
    if (text === "")
      throw new TokenizerError(`Token ${id} is special, but has no text.`, "Give it one, or leave it out.");
    if (text !== undefined) return utf8Bytes(text);
    if (token === undefined) return NO_BYTES;
    const own = fromByteCharacters(token);
    if (own === undefined)
      throw new TokenizerError(
        `Token ${id}, ${JSON.stringify(token)}, has a character that stands for no byte.`,
        "This is no byte-level vocabulary, or the token should be a special one.",
      );
    if (!ids.has(token)) ids.set(token, id);
    return own;
  });
  return {
    size: tokens.length,
    special,
    ranks: buildRanks(merges, ids),
    byteIds: Int32Array.from(BYTE_CHARACTERS, (character) => ids.get(character) ?? -1),
    ids,
    ...concatenate(bytes),
  };
}

const NO_BYTES = new Uint8Array();

function buildRanks(merges: VocabularySource["merges"], ids: ReadonlyMap<string, number>): PairRanks {
  const column = () => new Int32Array(merges.length);
  const [lefts, rights, merged] = [column(), column(), column()];
  merges.forEach((merge, rank) => {
    const [left, right, ...more] = typeof merge === "string" ? merge.split(" ") : merge;
    const found = [left, right, `${left}${right}`].map((token) => ids.get(token));
    if (more.length > 0 || found.includes(undefined))
      throw new TokenizerError(
        `Merge ${rank}, ${JSON.stringify(merge)}, does not make a token of the vocabulary out of two.`,
        "The file's merges are not those of its tokens: convert or download it anew.",
      );
    [lefts[rank], rights[rank], merged[rank]] = found as number[];
  });
  return pairRanks(lefts, rights, merged);
}

function concatenate(parts: readonly Uint8Array[]): Pick<Vocabulary, "bytes" | "offsets"> {
  const offsets = new Int32Array(parts.length + 1);
  parts.forEach((part, i) => {
    offsets[i + 1] = offsets[i] + part.length;
  });
  const bytes = new Uint8Array(offsets[parts.length]);
  parts.forEach((part, i) => {
    bytes.set(part, offsets[i]);
  });
  return { bytes, offsets };
}
