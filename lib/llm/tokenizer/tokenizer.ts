/** A half-open range [start, end). Of text: in UTF-16 code units, as in `text.slice(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface EncodeOptions {
  /**
   * Whether special tokens written in the text are parsed. Default false: a text of a user, which may hold `<|im_end|>`, is only text and cannot end its
   * turn. True is for what a chat template has rendered.
   */
  readonly special?: boolean;
  /** Where `special` is true: parts of the text that hold no special tokens whatever is written there. In ascending order, disjoint. Default none. */
  readonly verbatim?: readonly Span[];
  /** Whether the token that begins a sequence comes first; a chat template writes it itself. Default false. */
  readonly bos?: boolean;
}

export interface DecodeOptions {
  /** Whether control tokens are written out as their text. Default false: they are left out. */
  readonly special?: boolean;
}

/** Tokens and the parts of the text they stand for. All three are as long as the sequence. */
export interface Encoding {
  readonly ids: Int32Array;
  /** First code unit (UTF-16) of the text that the token has a byte of. */
  readonly starts: Int32Array;
  /** One past the last code unit. Tokens that share the bytes of a character all have the whole character. */
  readonly ends: Int32Array;
}

/** Text of tokens that come one at a time. */
export interface StreamDecoder {
  /** The text that is complete now; empty while a character lacks bytes. */
  push(id: number): string;
  /** What is left: U+FFFD where a character was cut off. The decoder may then be used anew. */
  end(): string;
}

/** Text to token ids and back. */
export interface Tokenizer {
  /** Lone surrogates become U+FFFD. @throws RangeError where the verbatim spans are not in order or not in the text */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** `encode`, with the place of every token in the text. */
  encodeWithOffsets(text: string, options?: EncodeOptions): Encoding;
  /** The tokens' bytes read as UTF-8, all at once: bytes that are not UTF-8 become U+FFFD. @throws RangeError for an id that is not in [0, size) */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  streamDecoder(options?: DecodeOptions): StreamDecoder;
  /** What the token stands for, of special tokens their text. Not to be written to. Empty for an id without a token. @throws RangeError as `decode` */
  tokenBytes(id: number): Uint8Array;
  /** The ids are [0, size); a model's table may have more rows. */
  readonly size: number;
  /** Text to id of the tokens that `special: true` parses: control tokens and those that a user of the tokenizer has added. */
  readonly special: ReadonlyMap<string, number>;
  /** Bytes that the vocabulary has no token for. They are left out of the ids, or become the unknown token where the vocabulary names one. */
  readonly missingBytes: readonly number[];
  /** Begins a sequence. */
  readonly bos?: number;
  /** Whether the model was trained on sequences that begin with `bos`. */
  readonly addsBos: boolean;
  /** Ends a sequence, or a turn of a chat. */
  readonly eos?: number;
  /** All tokens that end what a model writes: `eos` and, where the file names them, the ends of a turn and of a message. */
  readonly stops: ReadonlySet<number>;
  readonly pad?: number;
  /** Jinja, as the file holds it: for `renderChat`. */
  readonly chatTemplate?: string;
}
