import type { tf } from "../../tensor";
import { sampleTensor } from "../../tensor/testing";
import { memorySource, openGguf } from "../files";
import type { WrittenValue } from "../files/testing";
import { ggufModel } from "../model";
import { ggufFile, smallModel } from "../model/testing";
import { ggufTokenizer } from "../tokenizer";
import { BYTE_CHARACTERS } from "../tokenizer/byteAlphabet";
import type { PretrainedModel } from "./engine";
import type { Sampler } from "./sampler";

/** A GGUF file of a model that talks at random: two layers, and a tokenizer of all bytes. */

export const TINY_MERGES = ["Ġ t", "h e", "Ġt he", "i n", "e r", "o n", "Ã ©"];
export const TINY_SPECIAL = ["<|im_start|>", "<|im_end|>"];
export const TINY_TOKENS = [
  ...BYTE_CHARACTERS,
  ...TINY_MERGES.map((merge) => merge.replace(" ", "")),
  ...TINY_SPECIAL,
];
const [NORMAL, CONTROL] = [1, 3];

export const TINY_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

export interface TinyOptions {
  readonly maxPositions?: number;
  /** Rows of the model's table that stand for no token. */
  readonly spareRows?: number;
}

export function tinyGguf({ maxPositions = 160, spareRows = 0 }: TinyOptions = {}): Uint8Array {
  const model = smallModel({ vocabulary: TINY_TOKENS.length + spareRows, maxPositions });
  const id = (token: string): WrittenValue => ({ type: "u32", value: TINY_TOKENS.indexOf(token) });
  const text = (value: string): WrittenValue => ({ type: "string", value });
  const texts = (values: readonly string[]): WrittenValue => ({ type: "array", of: "string", values });
  const types = TINY_TOKENS.map((token) => (TINY_SPECIAL.includes(token) ? CONTROL : NORMAL));
  return ggufFile(model, {
    metadata: {
      "tokenizer.ggml.model": text("gpt2"),
      "tokenizer.ggml.pre": text("smollm"),
      "tokenizer.ggml.tokens": texts(TINY_TOKENS),
      "tokenizer.ggml.token_type": { type: "array", of: "i32", values: types },
      "tokenizer.ggml.merges": texts(TINY_MERGES),
      "tokenizer.ggml.bos_token_id": id("<|im_start|>"),
      "tokenizer.ggml.eos_token_id": id("<|im_end|>"),
      "tokenizer.ggml.add_bos_token": { type: "bool", value: false },
      "tokenizer.chat_template": text(TINY_TEMPLATE),
    },
  });
}

/** The same, read. */
export function tinyPretrained(options?: TinyOptions): PretrainedModel {
  const gguf = openGguf(memorySource("tiny.gguf", tinyGguf(options)));
  return { model: ggufModel(gguf), tokenizer: ggufTokenizer(gguf) };
}

/** What {@link someDraws} must be, on every backend. */
export const SOME_DRAWS: readonly (readonly number[])[] = [
  [25, 50],
  [49, 57],
  [28, 42],
  [26, 50],
  [1, 41],
  [28, 19],
  [24, 30],
  [29, 50],
];

/** Tokens drawn with all options, of two rows at each of some steps. */
export function someDraws({ draw, dispose }: Sampler): number[][] {
  const vocabulary = 60;
  const logits = sampleTensor<tf.Tensor2D>([2, vocabulary], 5, -3, 3);
  const seen = Uint8Array.from({ length: vocabulary }, (_, token) => token % 2);
  const options = { temperature: 1.5, topK: 50, topP: 0.95, minP: 0.02, repetitionPenalty: 1.2 };
  const made = Array.from({ length: 8 }, (_, step) =>
    draw(logits, options, [
      { seed: 3, step, seen },
      { seed: -3, step, seen },
    ]),
  );
  logits.dispose();
  dispose();
  return made;
}
