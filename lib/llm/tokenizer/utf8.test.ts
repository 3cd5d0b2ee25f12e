import { expect, test } from "vitest";
import { utf8Bytes, utf8Cursor, utf8Decoder } from "./utf8";

test("the cursor finds the character of every byte", () => {
  const text = "aé漢😀\ud800b";
  const spans: [number, number][] = [];
  for (let unit = 0; unit < text.length; ) {
    const width = text.codePointAt(unit)! > 0xffff ? 2 : 1;
    for (const _ of utf8Bytes(text.slice(unit, unit + width))) spans.push([unit, unit + width]);
    unit += width;
  }
  expect(spans.length).toBe(utf8Bytes(text).length);
  const cursor = utf8Cursor(text);
  spans.forEach(([start, end], byte) => {
    expect([cursor.startOf(byte), cursor.endOf(byte)]).toEqual([start, end]);
  });
});

test("a byte order mark is text", () => {
  expect(utf8Decoder().decode(utf8Bytes("\ufeffa"))).toBe("\ufeffa");
});
