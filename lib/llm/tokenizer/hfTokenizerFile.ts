import { z } from "zod";

/**
 * What is read of a `tokenizer.json`. A part that would change what a text becomes and is not implemented is no member of the schema, or only with the
 * value that leaves it off: parsing such a file fails, and names the part.
 */

const off = z.literal(false).default(false);
const absent = z.union([z.null(), z.literal("")]).default(null);

const addedToken = z.object({
  id: z.number().int().nonnegative(),
  content: z.string().min(1),
  single_word: off,
  lstrip: off,
  rstrip: off,
  special: z.boolean(),
});

const nfc = z.object({ type: z.literal("NFC") });
const normalizer = z.union([
  z.null(),
  nfc,
  z.object({ type: z.literal("Sequence"), normalizers: z.array(nfc) }),
]);

const byteLevel = z.object({
  type: z.literal("ByteLevel"),
  add_prefix_space: z.literal(false),
  use_regex: z.boolean().default(true),
});
const digits = z.object({ type: z.literal("Digits"), individual_digits: z.literal(true) });
const splitting = z.object({
  type: z.literal("Split"),
  pattern: z.object({ Regex: z.string() }),
  behavior: z.literal("Isolated"),
  invert: z.literal(false),
});
const step = z.discriminatedUnion("type", [byteLevel, digits, splitting]);
const preTokenizer = z.union([step, z.object({ type: z.literal("Sequence"), pretokenizers: z.array(step) })]);

const templateItem = z.union([
  z.object({ SpecialToken: z.object({ id: z.string() }) }),
  z.object({ Sequence: z.object({ id: z.literal("A") }) }),
]);
const processor = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ByteLevel") }),
  z.object({ type: z.literal("TemplateProcessing"), single: z.array(templateItem) }),
]);
const postProcessor = z.union([
  z.null(),
  processor,
  z.object({ type: z.literal("Sequence"), processors: z.array(processor) }),
]);

const model = z.object({
  type: z.literal("BPE"),
  dropout: z.union([z.null(), z.literal(0)]).default(null),
  unk_token: z.string().nullable().default(null),
  continuing_subword_prefix: absent,
  end_of_word_suffix: absent,
  fuse_unk: z.boolean().default(false),
  byte_fallback: off,
  ignore_merges: z.boolean().default(false),
  vocab: z.record(z.number().int().nonnegative()),
  merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
});

export const hfTokenizerFile = z.object({
  added_tokens: z.array(addedToken).default([]),
  normalizer: normalizer.default(null),
  pre_tokenizer: preTokenizer,
  post_processor: postProcessor.default(null),
  decoder: z.object({ type: z.literal("ByteLevel") }),
  model,
});

const tokenText = z.union([z.string(), z.object({ content: z.string() })]).nullish();

/** What is read of a `tokenizer_config.json`. */
export const hfTokenizerConfig = z.object({
  bos_token: tokenText,
  eos_token: tokenText,
  pad_token: tokenText,
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
});

export type HfTokenizerFile = z.infer<typeof hfTokenizerFile>;
export type HfTokenizerConfig = z.infer<typeof hfTokenizerConfig>;
