const ENCODER = new TextEncoder();

/** UTF-8 of a text; a lone surrogate becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** A decoder that keeps a byte order mark, as a text of a model may begin with one. */
export function utf8Decoder(): InstanceType<typeof TextDecoder> {
  return new TextDecoder("utf-8", { ignoreBOM: true });
}

/** Reads the code unit (UTF-16) of bytes in a text; the bytes asked for must ascend. */
export interface Utf8Cursor {
  /** First code unit of the character that the byte belongs to. */
  startOf(byte: number): number;
  /** One past the last code unit of that character. */
  endOf(byte: number): number;
}

export function utf8Cursor(text: string): Utf8Cursor {
  // Of the character at hand: its first code unit and byte, and one past its last.
  let [unit, nextUnit, nextByte] = [0, 0, 0];
  function seek(byte: number): void {
    while (nextByte <= byte) {
      unit = nextUnit;
      const code = text.codePointAt(unit)!;
      nextUnit += code > 0xffff ? 2 : 1;
      nextByte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; // a lone surrogate is U+FFFD: 3
    }
  }
  return {
    startOf(byte) {
      seek(byte);
      return unit;
    },
    endOf(byte) {
      seek(byte);
      return nextUnit;
    },
  };
}
