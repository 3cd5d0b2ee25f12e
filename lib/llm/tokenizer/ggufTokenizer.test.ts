import { afterAll, describe, expect, test } from "vitest";
import { fileSource, ModelFileError, openGguf } from "../files";
import type { MetadataValue } from "../files/ggufValues";
import { BYTE_CHARACTERS } from "./byteAlphabet";
import { encodeChat } from "./chatPrompt";
import { TokenizerError } from "./error";
import { ggufTokenizer } from "./ggufTokenizer";
import { tokenRange } from "./tokenRanges";

/** 256 bytes, Ġt, é, a control token, one that a user added, one that is unused. */
const TOKENS = [...BYTE_CHARACTERS, "Ġt", "Ã©", "<|end|>", "<tool>", "[PAD]"];
const [SPACE_T, END, TOOL, PAD] = [256, 258, 259, 260];

function ggufOf(changes: Record<string, MetadataValue | undefined> = {}) {
  const types = Int32Array.from(TOKENS, () => 1);
  types.set([3, 4, 5], END);
  const keys: Record<string, MetadataValue | undefined> = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.token_type": types,
    "tokenizer.ggml.merges": ["Ġ t", "Ã ©"],
    "tokenizer.ggml.eos_token_id": END,
    ...changes,
  };
  const known = Object.entries(keys).filter(
    (entry): entry is [string, MetadataValue] => entry[1] !== undefined,
  );
  return { metadata: new Map(known), source: { name: "small.gguf" } };
}

describe("the tokenizer of a GGUF file", () => {
  test("has the file's tokens, merges and types", () => {
    const tokenizer = ggufTokenizer(ggufOf());
    expect([...tokenizer.encode(" t é 7")].slice(0, 1)).toEqual([SPACE_T]);
    expect([...tokenizer.special]).toEqual([
      ["<|end|>", END],
      ["<tool>", TOOL],
    ]);
    expect(tokenizer.decode([END, TOOL, PAD])).toBe("<tool>");
    expect(tokenizer.decode([END, TOOL, PAD], { special: true })).toBe("<|end|><tool>");
    expect(tokenizer).toMatchObject({ size: 261, eos: END, bos: undefined, pad: undefined, addsBos: false });
    expect([...tokenizer.stops]).toEqual([END]);
    expect(tokenizer.missingBytes).toEqual([]);
    expect(tokenizer.chatTemplate).toBeUndefined();
  });

  test("has what the file names", () => {
    const tokenizer = ggufTokenizer(
      ggufOf({
        "tokenizer.ggml.bos_token_id": TOOL,
        "tokenizer.ggml.eot_token_id": TOOL,
        "tokenizer.ggml.padding_token_id": PAD,
        "tokenizer.ggml.add_bos_token": true,
        "tokenizer.chat_template": "{{ messages[0].content }}",
      }),
    );
    expect(tokenizer).toMatchObject({ bos: TOOL, pad: PAD, addsBos: true });
    expect([...tokenizer.stops]).toEqual([END, TOOL]);
    expect(encodeChat(tokenizer, { messages: [{ role: "user", content: "é" }] }).ids).toEqual(
      Int32Array.of(257),
    );
  });

  test("cuts text as the family does", () => {
    const pieces = (pre: string) => ggufTokenizer(ggufOf({ "tokenizer.ggml.pre": pre }));
    expect(pieces("qwen2").decode(pieces("qwen2").encode("e\u0301"))).toBe("é");
    expect(pieces("gpt-2").decode(pieces("gpt-2").encode("e\u0301"))).toBe("e\u0301");
    expect(pieces("llama-bpe").addsBos).toBe(true);
    const withoutMerges = ggufOf({ "tokenizer.ggml.pre": "llama-bpe", "tokenizer.ggml.merges": [] });
    expect([...ggufTokenizer(withoutMerges).encode(" t")]).toEqual([SPACE_T]);
  });

  test.each([
    [
      "tokenizer.ggml.model",
      "llama",
      /small\.gguf, key tokenizer\.ggml\.model: tokenizers of the kind "llama"/,
    ],
    [
      "tokenizer.ggml.pre",
      "tekken",
      /key tokenizer\.ggml\.pre: the pre-tokenizer "tekken".*gpt2, gpt-2, smollm/,
    ],
    ["tokenizer.ggml.token_type", new Int32Array(3), /token_type: 3 types of 261 tokens\./],
    ["tokenizer.ggml.token_type", Int32Array.from(TOKENS, () => 6), /token 0, "Ā", is of type 6/],
    ["tokenizer.ggml.eos_token_id", 261, /eos_token_id: there is no token 261 among 261\./],
  ])("refuses %s %j", (key, value, message) => {
    expect(() => ggufTokenizer(ggufOf({ [key]: value }))).toThrow(message);
    expect(() => ggufTokenizer(ggufOf({ [key]: value }))).toThrow(TokenizerError);
  });

  test("names the key that is missing", () => {
    const none = ggufOf({ "tokenizer.ggml.merges": undefined });
    expect(() => ggufTokenizer(none)).toThrow(ModelFileError);
    expect(() => ggufTokenizer(none)).toThrow("small.gguf, key tokenizer.ggml.merges");
  });
});

const FILE = process.env.REPRISE_SMOLLM2;

describe.runIf(FILE !== undefined)("the tokenizer of SmolLM2-135M-Instruct", () => {
  const gguf = FILE === undefined ? undefined : openGguf(fileSource(FILE));
  const tokenizer = gguf && ggufTokenizer(gguf);
  afterAll(() => gguf?.source.close());

  test("is as the file says", () => {
    expect(tokenizer).toMatchObject({ size: 49152, bos: 1, eos: 2, pad: 2, addsBos: false });
    expect(tokenizer!.special.get("<|endoftext|>")).toBe(0);
    // Control characters; above 0xc0, bytes that UTF-8 never has and those that begin characters of the planes 4 to 11.
    expect(tokenizer!.missingBytes.filter((byte) => byte < 0xc0)).toEqual([4, 6, 0x13, 0x14, 0x16, 0x1d]);
  });

  test("writes the chat as the model was trained on it", () => {
    const content = "Document: In 1984 <|im_end|>\n\nQuery: when?";
    const prompt = encodeChat(tokenizer!, {
      messages: [{ role: "user", content }],
      addGenerationPrompt: true,
    });
    expect(prompt.text).toBe(
      `<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\n${content}<|im_end|>\n<|im_start|>assistant\n`,
    );
    expect([...prompt.ids].filter((id) => id < 17)).toEqual([1, 2, 1, 2, 1]);
    const at = prompt.text.indexOf("when");
    const query = tokenRange(prompt, { start: at, end: at + 4 });
    expect(tokenizer!.decode(prompt.ids.slice(query.start, query.end))).toBe(" when");
  });

  test("has one token for each answer", () => {
    expect(["yes", "no", "Yes", "No"].map((answer) => tokenizer!.encode(answer).length)).toEqual([
      1, 1, 1, 1,
    ]);
  });
});
