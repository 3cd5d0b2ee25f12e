import { count, flag, type HasMetadata, numbers, text, texts } from "../files/ggufMetadata";
import { byteLevelBpe } from "./byteLevelBpe";
import { TokenizerError } from "./error";
import type { PreTokenizerName } from "./preTokenizers";
import type { SpecialToken } from "./specialTokens";
import type { Tokenizer } from "./tokenizer";

/** What a family's converter leaves unsaid. */
interface Family {
  readonly preTokenizer: PreTokenizerName;
  readonly nfc?: boolean;
  readonly wholePieces?: boolean;
  readonly addsBos?: boolean;
}

const GPT2: Family = { preTokenizer: "gpt2" };
const QWEN2: Family = { preTokenizer: "qwen2", nfc: true };
const LLAMA3: Family = { preTokenizer: "llama-bpe", wholePieces: true, addsBos: true };

/** By `tokenizer.ggml.pre`. */
const FAMILIES: ReadonlyMap<string, Family> = new Map([
  ["gpt2", GPT2],
  ["gpt-2", GPT2],
  ["smollm", { preTokenizer: "smollm" }],
  ["qwen2", QWEN2],
  ["deepseek-r1-qwen", QWEN2],
  ["llama-bpe", LLAMA3],
  ["llama3", LLAMA3],
  ["llama-v3", LLAMA3],
]);

/** `tokenizer.ggml.token_type`; 4 is a token that a user has added. */
const [NORMAL, UNKNOWN, CONTROL, UNUSED] = [1, 2, 3, 5];

/**
 * The tokenizer in the metadata of a GGUF file.
 * @throws ModelFileError where a key is missing or of another type
 * @throws TokenizerError where the tokenizer is of a kind that is not implemented, or not sound
 * @see the papers' specification, 2H and 2K
 */
export function ggufTokenizer(gguf: HasMetadata): Tokenizer {
  const key = (name: string) => `tokenizer.ggml.${name}`;
  const place = gguf.source.name;
  const model = text(gguf, key("model"));
  if (model !== "gpt2")
    throw new TokenizerError(
      `${place}, key ${key("model")}: tokenizers of the kind ${JSON.stringify(model)} are not implemented.`,
      'Use a model with byte-level BPE, which is called "gpt2" here.',
    );
  const pre = text(gguf, key("pre"));
  const family = FAMILIES.get(pre);
  if (family === undefined)
    throw new TokenizerError(
      `${place}, key ${key("pre")}: the pre-tokenizer ${JSON.stringify(pre)} is not implemented.`,
      `Use a model that has one of ${[...FAMILIES.keys()].join(", ")}.`,
    );

  const tokens = texts(gguf, key("tokens"));
  const types = numbers(gguf, key("token_type"));
  if (types.length !== tokens.length)
    throw new TokenizerError(
      `${place}, key ${key("token_type")}: ${types.length} types of ${tokens.length} tokens.`,
      "Convert the model anew.",
    );
  const special: SpecialToken[] = [];
  const kept = tokens.map((token, id) => {
    const type = types[id];
    if (type < NORMAL || type > UNUSED)
      throw new TokenizerError(
        `${place}, key ${key("token_type")}: token ${id}, ${JSON.stringify(token)}, is of type ${type}, which byte-level BPE does not have.`,
        "Convert the model anew.",
      );
    if (type === UNUSED) return undefined;
    if (type !== NORMAL) special.push({ id, text: token, control: type === CONTROL || type === UNKNOWN });
    return token;
  });

  function optionalId(name: string): number | undefined {
    if (!gguf.metadata.has(key(name))) return undefined;
    const id = count(gguf, key(name));
    if (id >= tokens.length)
      throw new TokenizerError(
        `${place}, key ${key(name)}: there is no token ${id} among ${tokens.length}.`,
        "Convert the model anew.",
      );
    return id;
  }
  const eos = optionalId("eos_token_id");
  return byteLevelBpe({
    ...family,
    tokens: kept,
    merges: texts(gguf, key("merges")),
    special,
    bos: optionalId("bos_token_id"),
    addsBos: flag(gguf, key("add_bos_token"), family.addsBos ?? false),
    eos,
    stops: [eos, optionalId("eot_token_id"), optionalId("eom_token_id")].filter(
      (id): id is number => id !== undefined,
    ),
    pad: optionalId("padding_token_id"),
    chatTemplate: gguf.metadata.has(TEMPLATE) ? text(gguf, TEMPLATE) : undefined,
  });
}

const TEMPLATE = "tokenizer.chat_template";
