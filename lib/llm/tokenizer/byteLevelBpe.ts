import { tokenDecoder } from "./decoder";
import { type Normalized, normalizeNfc } from "./normalization";
import { type PieceOptions, pieceEncoder } from "./pieceEncoder";
import { type PreTokenizerName, preTokenizer, splitPieces } from "./preTokenizers";
import { specialMatcher } from "./specialTokens";
import type { EncodeOptions, Encoding, Tokenizer } from "./tokenizer";
import { buildVocabulary, type VocabularySource } from "./vocabulary";

export interface ByteLevelBpeOptions extends VocabularySource, Partial<PieceOptions> {
  readonly preTokenizer: PreTokenizerName;
  /** Whether text is brought into normal form C first. Default false. */
  readonly nfc?: boolean;
  readonly bos?: number;
  readonly addsBos?: boolean;
  readonly eos?: number;
  readonly stops?: Iterable<number>;
  readonly pad?: number;
  readonly chatTemplate?: string;
}

/**
 * A byte-level BPE tokenizer: special tokens are cut out, what is between them is normalised and cut into pieces, the bytes of a piece are merged.
 * A special token is looked for in the text as it is written, before it is normalised.
 * @throws TokenizerError where the vocabulary is not sound
 * @see Radford et al. 2019 (GPT-2), 2.2; Sennrich et al. 2016, arXiv:1508.07909
 */
export function byteLevelBpe({
  tokens,
  merges,
  special,
  preTokenizer: family,
  nfc = false,
  wholePieces = false,
  unknown,
  bos,
  addsBos = false,
  eos,
  stops = eos === undefined ? [] : [eos],
  pad,
  chatTemplate,
}: ByteLevelBpeOptions): Tokenizer {
  const vocabulary = buildVocabulary({ tokens, merges, special });
  const pieces = pieceEncoder(vocabulary, { wholePieces, unknown });
  const split = preTokenizer(family);
  const matcher = specialMatcher(special);
  const decoder = tokenDecoder(vocabulary);

  /** What receives the parts of a text in order. */
  interface Sink {
    special(id: number, start: number, end: number): void;
    /** A text without special tokens, which begins at `start`. */
    text(part: string, start: number): void;
  }

  function walk(text: string, options: EncodeOptions, sink: Sink): void {
    if (options.bos && bos !== undefined) sink.special(bos, 0, 0);
    let from = 0;
    for (const { start, end, id } of options.special ? matcher.find(text, options.verbatim) : []) {
      if (start > from) sink.text(text.slice(from, start), from);
      sink.special(id, start, end);
      from = end;
    }
    if (from < text.length) sink.text(text.slice(from), from);
  }

  return {
    encode(text, options = {}) {
      const found: number[] = [];
      walk(text, options, {
        special: (id) => found.push(id),
        text(part) {
          for (const piece of splitPieces(split, nfc ? part.normalize("NFC") : part)) {
            const ids = pieces.ids(piece);
            for (let i = 0; i < ids.length; i++) found.push(ids[i]);
          }
        },
      });
      return new Int32Array(found);
    },

    encodeWithOffsets(text, options = {}): Encoding {
      const [ids, starts, ends]: number[][] = [[], [], []];
      function add(id: number, start: number, end: number): void {
        ids.push(id);
        starts.push(start);
        ends.push(end);
      }
      walk(text, options, {
        special: add,
        text(part, base) {
          const { text: normal, origin }: Normalized = nfc ? normalizeNfc(part) : { text: part };
          let at = 0;
          for (const piece of splitPieces(split, normal)) {
            const found = pieces.tokens(piece);
            for (let i = 0; i < found.ids.length; i++) {
              const [start, end] = [at + found.starts[i], at + found.ends[i]];
              const [first, last] = origin ? [origin.starts[start], origin.ends[end - 1]] : [start, end];
              add(found.ids[i], base + first, base + last);
            }
            at += piece.length;
          }
        },
      });
      return { ids: new Int32Array(ids), starts: new Int32Array(starts), ends: new Int32Array(ends) };
    },

    ...decoder,
    size: vocabulary.size,
    special: new Map(special.map(({ text, id }) => [text, id])),
    missingBytes: Array.from(vocabulary.byteIds.keys()).filter((byte) => vocabulary.byteIds[byte] < 0),
    bos,
    addsBos,
    eos,
    stops: new Set(stops),
    pad,
    chatTemplate,
  };
}
