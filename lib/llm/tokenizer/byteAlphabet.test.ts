import { describe, expect, test } from "vitest";
import { BYTE_CHARACTERS, fromByteCharacters, toByteCharacters } from "./byteAlphabet";

const ALL = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe("the byte alphabet", () => {
  test("is a bijection on 256 bytes", () => {
    expect(new Set(BYTE_CHARACTERS).size).toBe(256);
    expect(fromByteCharacters(toByteCharacters(ALL))).toEqual(ALL);
  });

  test("has printable characters only", () => {
    expect(BYTE_CHARACTERS.filter((character) => !/^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character))).toEqual([]);
  });

  test("leaves printable bytes and counts the others from U+0100 on", () => {
    expect(toByteCharacters(Uint8Array.of(0x41, 0x21, 0x7e, 0xa1, 0xac, 0xae, 0xff))).toBe("A!~¡¬®ÿ");
    expect(toByteCharacters(Uint8Array.of(0, 1, 10, 32, 127, 128, 160, 173))).toBe("ĀāĊĠġĢłŃ");
  });

  test("tells what is not of it", () => {
    expect(fromByteCharacters("a b")).toBeUndefined();
    expect(fromByteCharacters("a\u0144")).toBeUndefined();
    expect(fromByteCharacters("漢")).toBeUndefined();
    expect(fromByteCharacters("")).toEqual(new Uint8Array());
  });
});
