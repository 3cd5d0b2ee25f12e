import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { BYTE_CHARACTERS } from "./byteAlphabet";
import { PRE_TOKENIZERS } from "./preTokenizers";
import { randomText, smallTokenizer } from "./tokenizerTesting";
import { utf8Bytes } from "./utf8";

const SPECIAL = ["<|start|>", "<|end|>"];
const START = smallTokenizer().size;
const END = START + 1;
const tokenizer = smallTokenizer({ specialTexts: SPECIAL, bos: START, eos: END });
const textsOf = (ids: Int32Array, one = tokenizer) =>
  [...ids].map((id) => one.decode([id], { special: true }));

describe.each(PRE_TOKENIZERS)("with the pre-tokenizer %s", (preTokenizer) => {
  const one = smallTokenizer({ preTokenizer, specialTexts: SPECIAL });

  test("500 random texts come back", () => {
    const random = createRandom(6);
    for (let i = 0; i < 500; i++) {
      const text = randomText(random);
      expect(one.decode(one.encode(text))).toBe(text);
    }
    expect(one.decode(one.encode(""))).toBe("");
    expect(one.decode(one.encode("\ufeffa\ud800b\udc00"))).toBe("\ufeffa\ufffdb\ufffd");
  });

  test("the tokens' places cover the text", () => {
    const random = createRandom(7);
    for (let i = 0; i < 200; i++) {
      const text = randomText(random);
      const { ids, starts, ends } = one.encodeWithOffsets(text);
      expect(ids).toEqual(one.encode(text));
      let covered = 0;
      const wrong: number[] = [];
      for (let t = 0; t < ids.length; t++) {
        const isNext = starts[t] === covered;
        const isSameCharacter = t > 0 && starts[t] === starts[t - 1] && ends[t] === covered;
        const bytes = Buffer.from(utf8Bytes(text.slice(starts[t], ends[t])));
        if (!(isNext || isSameCharacter) || !bytes.includes(Buffer.from(one.tokenBytes(ids[t]))))
          wrong.push(t);
        covered = ends[t];
      }
      expect(wrong).toEqual([]);
      expect(covered).toBe(text.length);
    }
  });
});

describe("encoding", () => {
  test("merges within pieces", () => {
    expect(textsOf(tokenizer.encode("the a"))).toEqual(["t", "he", " a"]);
    expect(textsOf(tokenizer.encode("on the"))).toEqual(["on", " the"]);
  });

  test("a special token in a text is only text, unless it is asked for", () => {
    expect([...tokenizer.encode("a<|end|>")]).not.toContain(END);
    expect(tokenizer.decode(tokenizer.encode("a<|end|>"))).toBe("a<|end|>");
    expect([...tokenizer.encode("<|start|>a<|end|>", { special: true })]).toEqual([
      START,
      tokenizer.encode("a")[0],
      END,
    ]);
  });

  test("a verbatim part holds no special token, and does not change how the text is cut", () => {
    const text = "<|start|>the<|end|> the<|end|>";
    const options = { special: true, verbatim: [{ start: 9, end: 23 }] };
    const ids = [...tokenizer.encode(text, options)];
    expect(ids).toEqual([START, ...tokenizer.encode("the<|end|> the"), END]);
    const { starts, ends } = tokenizer.encodeWithOffsets(text, options);
    expect([starts[0], ends[0], starts[1], ends[1]]).toEqual([0, 9, 9, 10]);
    expect([starts[ids.length - 1], ends[ids.length - 1]]).toEqual([23, 30]);
  });

  test("the begin of a sequence is put there on request", () => {
    expect([...tokenizer.encode("a", { bos: true })]).toEqual([START, ...tokenizer.encode("a")]);
    const { starts, ends } = tokenizer.encodeWithOffsets("a", { bos: true });
    expect([[...starts], [...ends]]).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });

  test("tokens that share a character have all of it", () => {
    const { ids, starts, ends } = tokenizer.encodeWithOffsets("x😀y");
    expect(textsOf(ids).length).toBe(5); // x, f0 9f, 98, 80, y
    expect([...starts]).toEqual([0, 1, 1, 1, 3]);
    expect([...ends]).toEqual([1, 3, 3, 3, 4]);
  });

  test("with normal form C the places are those of the text as it was", () => {
    const one = smallTokenizer({ preTokenizer: "qwen2", nfc: true });
    const { ids, starts, ends } = one.encodeWithOffsets("xe\u0301y");
    expect(one.decode(ids)).toBe("xéy");
    expect(ids).toEqual(one.encode("xéy"));
    expect([...starts]).toEqual([0, 1, 3]);
    expect([...ends]).toEqual([1, 3, 4]);
  });

  test("a piece that is a token is that token where the family says so", () => {
    const tokens = [...BYTE_CHARACTERS, "ab", "abc"];
    const ids = (wholePieces: boolean) => [
      ...smallTokenizer({ tokens, merges: ["a b"], wholePieces }).encode("abc"),
    ];
    expect(ids(true)).toEqual([257]);
    expect(ids(false)).toEqual([256, 99]);
  });

  test("the same piece again is the same again, short or long", () => {
    const long = "the".repeat(100);
    expect(tokenizer.encode(`${long} ${long}`)).toEqual(tokenizer.encode(`${long} ${long}`));
    expect(tokenizer.decode(tokenizer.encode(long))).toBe(long);
  });
});

describe("a vocabulary that lacks bytes", () => {
  const tokens = [...BYTE_CHARACTERS.filter((character) => character !== "b"), "ac", "<unk>"];
  const special = [{ text: "<unk>", id: 256, control: true }];

  test("leaves them out", () => {
    const one = smallTokenizer({ tokens, merges: ["a c"], special });
    expect(one.missingBytes).toEqual([98]);
    const { ids, starts, ends } = one.encodeWithOffsets("xabc");
    expect(one.decode(ids)).toBe("xac");
    expect([...starts]).toEqual([0, 1]);
    expect([...ends]).toEqual([1, 4]);
  });

  test("or has the unknown token for each", () => {
    const one = smallTokenizer({ tokens, merges: ["a c"], special, unknown: 256 });
    expect(one.decode(one.encode("abbc"), { special: true })).toBe("a<unk><unk>c");
  });
});
