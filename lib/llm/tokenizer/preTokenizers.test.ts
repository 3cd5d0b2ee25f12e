import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { PRE_TOKENIZERS, preTokenizer, splitPieces } from "./preTokenizers";
import { randomText } from "./tokenizerTesting";

const pieces = (name: (typeof PRE_TOKENIZERS)[number], text: string) => splitPieces(preTokenizer(name), text);

describe.each(PRE_TOKENIZERS)("%s", (name) => {
  test("covers every text", () => {
    const random = createRandom(1);
    for (let i = 0; i < 500; i++) {
      const text = randomText(random);
      expect(pieces(name, text).join("")).toBe(text);
    }
    expect(pieces(name, "")).toEqual([]);
    expect(pieces(name, "a\ud800 \udc00b").join("")).toBe("a\ud800 \udc00b");
  });

  test("gives the last space of a run to the word behind it, and leaves trailing ones together", () => {
    expect(pieces(name, "a   b   ")).toEqual(["a", "  ", " b", "   "]);
  });

  test("counts U+0085 as a space and U+FEFF as none", () => {
    expect(pieces(name, "\u0085\u0085x")).toEqual(
      name === "gpt2" || name === "smollm" ? ["\u0085", "\u0085", "x"] : ["\u0085", "\u0085x"],
    );
    expect(pieces(name, " \ufeff!")).toEqual([" \ufeff!"]);
  });

  test("cuts contractions off", () => {
    expect(pieces(name, "we'll it's I'd")).toEqual(["we", "'ll", " it", "'s", " I", "'d"]);
  });
});

describe("numbers", () => {
  test("gpt2: whole, with the space before", () => {
    expect(pieces("gpt2", "in 1984, ½")).toEqual(["in", " 1984", ",", " ½"]);
  });

  test("smollm: digit by digit, the space on its own", () => {
    expect(pieces("smollm", "in 1984")).toEqual(["in", " ", "1", "9", "8", "4"]);
    expect(pieces("smollm", "a   7")).toEqual(["a", "   ", "7"]);
    expect(pieces("smollm", "x٣y")).toEqual(["x", "٣", "y"]);
  });

  test("qwen2: digit by digit; llama-bpe: three by three", () => {
    expect(pieces("qwen2", "in 1984")).toEqual(["in", " ", "1", "9", "8", "4"]);
    expect(pieces("llama-bpe", "in 1984")).toEqual(["in", " ", "198", "4"]);
  });
});

test("smollm is GPT-2's pattern on what lies between the digits", () => {
  const random = createRandom(2);
  for (let i = 0; i < 1000; i++) {
    const text = randomText(random);
    const between = text
      .split(/(\p{N})/u)
      .flatMap((part) => (/^\p{N}$/u.test(part) ? [part] : pieces("gpt2", part)));
    expect(pieces("smollm", text)).toEqual(between);
  }
});

describe("qwen2 and llama-bpe", () => {
  test("cut contractions of either case, and of the long s", () => {
    expect(pieces("qwen2", "IT'S we'Ll it'ſ")).toEqual(["IT", "'S", " we", "'Ll", " it", "'ſ"]);
    expect(pieces("gpt2", "IT'S")).toEqual(["IT", "'", "S"]);
  });

  test("put one sign before a word, and line ends behind signs", () => {
    expect(pieces("llama-bpe", "(word).\r\n\nnext")).toEqual(["(word", ").\r\n\n", "next"]);
    expect(pieces("qwen2", "a \n \n  b")).toEqual(["a", " \n \n", " ", " b"]);
  });
});

test("a run that is too long says what to do", () => {
  const endless = {
    name: "gpt2",
    pattern: {
      [Symbol.match]: () => {
        throw new RangeError("Maximum call stack size exceeded");
      },
    },
  };
  expect(() => splitPieces(endless as never, "x")).toThrow("cut the text");
});
