import { describe, expect, test } from "vitest";
import { BYTE_CHARACTERS } from "./byteAlphabet";
import { TokenizerError } from "./error";
import { hfTokenizer } from "./hfTokenizer";

const VOCABULARY = Object.fromEntries(
  [...BYTE_CHARACTERS, "Ġt", "ab", "abc"].map((token, id) => [token, id]),
);
const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
const token = (id: number, content: string, special = true) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special,
});
const MODEL = { type: "BPE", vocab: VOCABULARY, merges: ["Ġ t", ["a", "b"]] };
const split = (regex: string) => ({
  type: "Sequence",
  pretokenizers: [
    { type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false },
    { ...BYTE_LEVEL, use_regex: false },
  ],
});
const QWEN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const DIGITS = { type: "Digits", individual_digits: true };

const fileOf = (changes: Record<string, unknown> = {}) => ({
  version: "1.0",
  truncation: null,
  added_tokens: [token(300, "<s>"), token(301, "</s>"), token(302, "<tool>", false)],
  normalizer: null,
  pre_tokenizer: BYTE_LEVEL,
  post_processor: null,
  decoder: BYTE_LEVEL,
  model: MODEL,
  ...changes,
});

/** Pieces that are told apart by their merges: none crosses a bound. */
const countOf = (pre: unknown, text: string) =>
  hfTokenizer(fileOf({ pre_tokenizer: pre })).encode(text).length;

describe("the tokenizer of a Hugging Face repository", () => {
  test("has the file's vocabulary, merges and added tokens", () => {
    const tokenizer = hfTokenizer(fileOf());
    expect([...tokenizer.encode(" tab")]).toEqual([256, 257]);
    expect(tokenizer.size).toBe(303);
    expect(tokenizer.decode([256, 280, 300, 302])).toBe(" t<tool>"); // 280 is no token
    expect(tokenizer.special.get("<tool>")).toBe(302);
    expect(tokenizer).toMatchObject({
      bos: undefined,
      eos: undefined,
      addsBos: false,
      chatTemplate: undefined,
    });
  });

  test("has what its configuration names", () => {
    const config = { bos_token: "<s>", eos_token: { content: "</s>" }, pad_token: null, chat_template: "x" };
    const tokenizer = hfTokenizer(fileOf(), config);
    expect(tokenizer).toMatchObject({
      bos: 300,
      eos: 301,
      pad: undefined,
      addsBos: false,
      chatTemplate: "x",
    });
    expect([...tokenizer.stops]).toEqual([301]);
    const templates = [
      { name: "tool_use", template: "y" },
      { name: "default", template: "z" },
    ];
    expect(hfTokenizer(fileOf(), { chat_template: templates }).chatTemplate).toBe("z");
    expect(() => hfTokenizer(fileOf(), { eos_token: "<e>" })).toThrow(
      'The eos token "<e>" is none of the vocabulary\'s.',
    );
  });

  test("begins as its post-processor does", () => {
    const single = [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }];
    const template = { type: "TemplateProcessing", single, pair: [], special_tokens: {} };
    const post = { type: "Sequence", processors: [BYTE_LEVEL, template] };
    expect(hfTokenizer(fileOf({ post_processor: post }))).toMatchObject({ bos: 300, addsBos: true });
    const bare = { ...template, single: single.slice(1) };
    expect(hfTokenizer(fileOf({ post_processor: bare })).addsBos).toBe(false);
    const both = { ...template, single: [...single, { SpecialToken: { id: "</s>", type_id: 0 } }] };
    expect(() => hfTokenizer(fileOf({ post_processor: both }))).toThrow("puts other tokens round a text");
  });

  test("cuts text as its pre-tokenizer does", () => {
    expect(countOf({ type: "Sequence", pretokenizers: [DIGITS, BYTE_LEVEL] }, " t")).toBe(1);
    expect(countOf(split(QWEN), "ab")).toBe(1);
    expect(countOf(split(QWEN.replace("\\p{N}|", "\\p{N}{1,3}|")), "ab")).toBe(1);
  });

  test("normalises, and takes whole pieces, where the file says so", () => {
    const nfc = hfTokenizer(fileOf({ normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }] } }));
    expect(nfc.decode(nfc.encode("e\u0301"))).toBe("é");
    expect([...hfTokenizer(fileOf({ model: { ...MODEL, ignore_merges: true } })).encode("abc")]).toEqual([
      258,
    ]);
    expect([...hfTokenizer(fileOf()).encode("abc")]).toEqual([257, 99]);
  });

  test("has the unknown token for bytes without one", () => {
    const { A: _, ...vocab } = VOCABULARY;
    const tokenizer = hfTokenizer(fileOf({ model: { ...MODEL, vocab, unk_token: "</s>" } }));
    expect([...tokenizer.encode("ABA")]).toEqual([301, 66, 301]);
    expect(() => hfTokenizer(fileOf({ model: { ...MODEL, unk_token: "</s>", fuse_unk: true } }))).toThrow(
      "fuse_unk",
    );
  });
});

describe("what is not implemented is refused, and named", () => {
  test.each([
    [{ model: { ...MODEL, type: "Unigram" } }, /^tokenizer\.json, model\.type: /],
    [{ model: { ...MODEL, byte_fallback: true } }, /model\.byte_fallback: /],
    [{ model: { ...MODEL, dropout: 0.1 } }, /model\.dropout: /],
    [{ model: { ...MODEL, end_of_word_suffix: "</w>" } }, /model\.end_of_word_suffix: /],
    [{ normalizer: { type: "Lowercase" } }, /normalizer: /],
    [{ added_tokens: [{ ...token(300, "<s>"), lstrip: true }] }, /added_tokens\.0\.lstrip: /],
    [{ decoder: null }, /decoder: /],
    [{ pre_tokenizer: { ...BYTE_LEVEL, add_prefix_space: true } }, /pre_tokenizer: /],
    [
      { pre_tokenizer: split("\\w+") },
      /pre_tokenizer: .*\\\\w\+.* is not implemented.*gpt2, smollm, qwen2, llama-bpe/,
    ],
    [{ pre_tokenizer: DIGITS }, /pre_tokenizer: .* is not implemented/],
  ])("%j", (changes, message) => {
    expect(() => hfTokenizer(fileOf(changes))).toThrow(message);
    expect(() => hfTokenizer(fileOf(changes))).toThrow(TokenizerError);
  });

  test("a file that is something else", () => {
    expect(() => hfTokenizer("{}")).toThrow(/^tokenizer\.json, the whole: /);
    expect(() => hfTokenizer(fileOf(), { chat_template: 3 })).toThrow(
      /^tokenizer_config\.json, chat_template: /,
    );
  });
});
