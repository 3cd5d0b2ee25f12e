import type { z } from "zod";
import { byteLevelBpe } from "./byteLevelBpe";
import { TokenizerError } from "./error";
import {
  type HfTokenizerConfig,
  type HfTokenizerFile,
  hfTokenizerConfig,
  hfTokenizerFile,
} from "./hfTokenizerFile";
import type { PreTokenizerName } from "./preTokenizers";
import type { Tokenizer } from "./tokenizer";

/**
 * The tokenizer of a Hugging Face repository.
 * @param tokenizerJson    what `tokenizer.json` holds, parsed
 * @param tokenizerConfig  what `tokenizer_config.json` holds, parsed: names the tokens that begin, end and pad, and the chat template. Default: none of them,
 * but for the one that the tokenizer itself begins with
 * @throws TokenizerError where a part is of a kind that is not implemented, or the vocabulary is not sound
 */
export function hfTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown = {}): Tokenizer {
  const file = read(hfTokenizerFile, tokenizerJson, "tokenizer.json");
  const config = read(hfTokenizerConfig, tokenizerConfig, "tokenizer_config.json");
  const { model, added_tokens: added } = file;
  const ids = new Map([
    ...Object.entries(model.vocab),
    ...added.map(({ content, id }) => [content, id] as const),
  ]);
  const tokens = new Array<string | undefined>(largestId(ids) + 1).fill(undefined);
  for (const [token, id] of ids) tokens[id] = token;

  function idOf(token: string | undefined, use: string): number | undefined {
    if (token === undefined) return undefined;
    const id = ids.get(token);
    if (id === undefined)
      throw new TokenizerError(
        `The ${use} token ${JSON.stringify(token)} is none of the vocabulary's.`,
        "Take both files from one repository.",
      );
    return id;
  }
  if (model.unk_token !== null && model.fuse_unk)
    throw new TokenizerError(
      "tokenizer.json, model.fuse_unk: to join unknown tokens is not implemented.",
      "Use a tokenizer that has a token for every byte.",
    );
  const prefix = prefixToken(file);
  const eos = idOf(textOf(config.eos_token), "eos");
  return byteLevelBpe({
    tokens,
    merges: model.merges,
    special: added.map(({ id, content, special }) => ({ id, text: content, control: special })),
    preTokenizer: familyOf(file),
    nfc: file.normalizer?.type === "NFC" || (file.normalizer?.normalizers.length ?? 0) > 0,
    wholePieces: model.ignore_merges,
    unknown: idOf(model.unk_token ?? undefined, "unknown"),
    bos: idOf(textOf(config.bos_token) ?? prefix, "bos"),
    addsBos: prefix !== undefined,
    eos,
    pad: idOf(textOf(config.pad_token), "pad"),
    chatTemplate: templateOf(config),
  });
}

function read<T extends z.ZodTypeAny>(schema: T, value: unknown, name: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  throw new TokenizerError(
    `${name}, ${path.join(".") || "the whole"}: ${message}.`,
    "This tokenizer is not of a kind that is implemented: byte-level BPE of the families of GPT-2, SmolLM, Qwen2 and Llama 3.",
  );
}

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const WORDS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
const REST = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Steps of a pre-tokenizer as the files have them: patterns as they are written, `D` for digits one by one, `B` for GPT-2's own pattern. */
const FAMILIES: ReadonlyMap<string, PreTokenizerName> = new Map([
  ["B", "gpt2"],
  ["D B", "smollm"],
  [`${CONTRACTIONS}|${WORDS}|\\p{N}|${REST}`, "qwen2"],
  [`${CONTRACTIONS}|${WORDS}|\\p{N}{1,3}|${REST}`, "llama-bpe"],
]);

function familyOf({ pre_tokenizer: pre }: HfTokenizerFile): PreTokenizerName {
  const steps = pre.type === "Sequence" ? pre.pretokenizers : [pre];
  const described = steps.flatMap((step) => {
    if (step.type === "Digits") return ["D"];
    if (step.type === "ByteLevel") return step.use_regex ? ["B"] : [];
    return [step.pattern.Regex];
  });
  const family = FAMILIES.get(described.join(" "));
  if (family === undefined || steps[steps.length - 1].type !== "ByteLevel")
    throw new TokenizerError(
      `tokenizer.json, pre_tokenizer: ${JSON.stringify(pre)} is not implemented.`,
      `Use a tokenizer that cuts text as one of ${[...FAMILIES.values()].join(", ")} does.`,
    );
  return family;
}

/** The token that is put before every text. */
function prefixToken({ post_processor: post }: HfTokenizerFile): string | undefined {
  const processors = post === null ? [] : post.type === "Sequence" ? post.processors : [post];
  for (const processor of processors) {
    if (processor.type !== "TemplateProcessing") continue;
    const [first, second, ...more] = processor.single;
    if (second === undefined && first !== undefined && "Sequence" in first) return undefined;
    if (more.length === 0 && second !== undefined && "SpecialToken" in first && "Sequence" in second)
      return first.SpecialToken.id;
    throw new TokenizerError(
      `tokenizer.json, post_processor: ${JSON.stringify(processor.single)} puts other tokens round a text than one before it, which is not implemented.`,
      "Use a tokenizer of a model that continues a text.",
    );
  }
  return undefined;
}

function largestId(ids: ReadonlyMap<string, number>): number {
  let largest = -1;
  for (const id of ids.values()) largest = Math.max(largest, id);
  return largest;
}

type TokenText = HfTokenizerConfig["bos_token"];

function textOf(token: TokenText): string | undefined {
  return typeof token === "string" ? token : token?.content;
}

function templateOf({ chat_template: template }: HfTokenizerConfig): string | undefined {
  if (typeof template === "string") return template;
  return template?.find(({ name }) => name === "default")?.template;
}
