/**
 * The alphabet of byte-level BPE: a printable character for each of the 256 bytes, so that a vocabulary can be written as text. Bytes that are printable
 * characters of Latin-1 stand for themselves; the other 68 are, in ascending order, the characters from U+0100 on: the space is Ġ, the line feed Ċ.
 * @see Radford et al. 2019 (GPT-2), 2.2
 */

const FIRST_BORROWED = 0x100;

function isPrintable(byte: number): boolean {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

/** The character of each byte. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

function byteCharacters(): string[] {
  let borrowed = FIRST_BORROWED;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : borrowed++));
}

/** The byte of each code unit, -1 where it is none of the alphabet's. */
const CHARACTER_BYTES = characterBytes();

function characterBytes(): Int16Array {
  const bytes = new Int16Array(FIRST_BORROWED + 68).fill(-1);
  BYTE_CHARACTERS.forEach((character, byte) => {
    bytes[character.charCodeAt(0)] = byte;
  });
  return bytes;
}

/** The bytes, one character each. */
export function toByteCharacters(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += BYTE_CHARACTERS[byte];
  return text;
}

/** The bytes that a token of a vocabulary stands for; `undefined` where a character is not of the alphabet. */
export function fromByteCharacters(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = CHARACTER_BYTES[token.charCodeAt(i)] ?? -1;
    if (byte < 0) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
