import { toByteCharacters } from "./byteAlphabet";
import { createSymbols, mergeSymbols, type Symbols } from "./merges";
import { utf8Bytes, utf8Cursor } from "./utf8";
import type { Vocabulary } from "./vocabulary";

/** A piece's tokens, and the code units (UTF-16) of the piece that each stands for. */
export interface PieceTokens {
  readonly ids: ArrayLike<number>;
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

export interface PieceOptions {
  /** A piece that is a token is that token, whatever the merges would make of it: so of Llama 3. */
  readonly wholePieces: boolean;
  /** What stands for a byte without a token. Default: such a byte is left out, as if it were not there. */
  readonly unknown?: number;
}

/** Encodes pieces, and remembers those that come often. What it answers is not to be written to. */
export interface PieceEncoder {
  ids(piece: string): ArrayLike<number>;
  tokens(piece: string): PieceTokens;
}

/** In code units: a longer piece hardly comes twice. */
const LONGEST_REMEMBERED = 64;
/** When so many pieces are remembered, all are forgotten. */
const MOST_REMEMBERED = 65_536;

export function pieceEncoder(vocabulary: Vocabulary, options: PieceOptions): PieceEncoder {
  const ids = remembering((piece) => {
    const symbols = pieceSymbols(vocabulary, options, piece);
    return used(symbols.ids, symbols.count);
  });
  const tokens = remembering((piece) => inCodeUnits(piece, pieceSymbols(vocabulary, options, piece)));
  return { ids, tokens };
}

function remembering<T>(encode: (piece: string) => T): (piece: string) => T {
  const remembered = new Map<string, T>();
  return (piece) => {
    const known = remembered.get(piece);
    if (known !== undefined) return known;
    const encoded = encode(piece);
    if (piece.length <= LONGEST_REMEMBERED) {
      if (remembered.size === MOST_REMEMBERED) remembered.clear();
      remembered.set(piece, encoded);
    }
    return encoded;
  };
}

/** A short list is smaller, and read faster, as an ordinary array. */
function used(column: Int32Array, count: number): ArrayLike<number> {
  const values = column.subarray(0, count);
  return count <= LONGEST_REMEMBERED ? Array.from(values) : values;
}

function pieceSymbols(
  { ids, byteIds, ranks }: Vocabulary,
  { wholePieces, unknown = -1 }: PieceOptions,
  piece: string,
): Symbols {
  const bytes = utf8Bytes(piece);
  const symbols = createSymbols(bytes.length);
  const whole = wholePieces ? ids.get(toByteCharacters(bytes)) : undefined;
  if (whole !== undefined) {
    addSymbol(symbols, whole, 0, bytes.length);
    return symbols;
  }
  for (let byte = 0; byte < bytes.length; byte++) {
    const id = byteIds[bytes[byte]];
    if (id >= 0) addSymbol(symbols, id, byte, byte + 1);
    else if (unknown >= 0) addSymbol(symbols, unknown, byte, byte + 1);
  }
  mergeSymbols(symbols, ranks);
  return symbols;
}

function addSymbol(symbols: Symbols, id: number, start: number, end: number): void {
  const at = symbols.count++;
  symbols.ids[at] = id;
  symbols.starts[at] = start;
  symbols.ends[at] = end;
}

function inCodeUnits(piece: string, { ids, starts, ends, count }: Symbols): PieceTokens {
  const cursor = utf8Cursor(piece);
  for (let i = 0; i < count; i++) {
    starts[i] = cursor.startOf(starts[i]);
    ends[i] = cursor.endOf(ends[i] - 1);
  }
  return { ids: used(ids, count), starts: used(starts, count), ends: used(ends, count) };
}
