import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { randomText, smallTokenizer } from "./tokenizerTesting";

const tokenizer = smallTokenizer({ specialTexts: ["<|end|>"] });
const END = tokenizer.special.get("<|end|>")!;

describe("decoding", () => {
  test("leaves control tokens out, or writes them", () => {
    const ids = [...tokenizer.encode("a"), END, ...tokenizer.encode("b")];
    expect(tokenizer.decode(ids)).toBe("ab");
    expect(tokenizer.decode(ids, { special: true })).toBe("a<|end|>b");
  });

  test("always writes special tokens that are no control tokens", () => {
    const one = smallTokenizer({
      special: [{ text: "<tool é>", id: 0, control: false }],
      tokens: ["<tool é>"],
      merges: [],
    });
    expect(one.decode([0])).toBe("<tool é>");
    expect(one.encode("<tool é>", { special: true })).toEqual(Int32Array.of(0));
  });

  test("replaces bytes that are not UTF-8", () => {
    expect(tokenizer.decode([0xff, 0x40])).toBe("\ufffd@"); // a byte is its own id here
    expect(tokenizer.decode(tokenizer.encode("😀").slice(0, 2))).toBe("\ufffd");
  });

  test("an id without a token is nothing; one outside of the vocabulary is an error", () => {
    const one = smallTokenizer({ tokens: ["a", undefined, "b"], merges: [] });
    expect(one.decode([0, 1, 2])).toBe("ab");
    expect(one.tokenBytes(1)).toEqual(new Uint8Array());
    for (const id of [-1, 3, 0.5, Number.NaN])
      expect(() => one.decode([id])).toThrow(`${id} is no id of this vocabulary, whose ids are 0 to 2.`);
    expect(() => one.tokenBytes(3)).toThrow(RangeError);
    expect(() => one.streamDecoder().push(3)).toThrow(RangeError);
  });
});

describe("a stream", () => {
  test("joins to what all at once is", () => {
    const random = createRandom(8);
    for (let i = 0; i < 200; i++) {
      const text = randomText(random);
      const ids = tokenizer.encode(`${text}<|end|>`, { special: true });
      for (const special of [false, true]) {
        const stream = tokenizer.streamDecoder({ special });
        const parts = [...ids].map((id) => stream.push(id));
        expect(parts.join("") + stream.end()).toBe(tokenizer.decode(ids, { special }));
      }
    }
  });

  test("holds a character back until it is whole", () => {
    const ids = tokenizer.encode("a😀");
    const stream = tokenizer.streamDecoder();
    expect([...ids].map((id) => stream.push(id))).toEqual(["a", "", "", "😀"]);
    expect(stream.end()).toBe("");
  });

  test("ends a character that was cut off, and begins anew", () => {
    const stream = tokenizer.streamDecoder();
    expect(stream.push(tokenizer.encode("😀")[0])).toBe("");
    expect(stream.end()).toBe("\ufffd");
    expect(stream.push(tokenizer.encode("a")[0])).toBe("a");
  });
});
