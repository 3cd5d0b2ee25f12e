import type { Tokenizer } from "../../../llm/tokenizer/tokenizer";
import { smallTokenizer } from "../../../llm/tokenizer/tokenizerTesting";

const CHAT_ML =
  "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** A small tokenizer with the chat template of SmolLM2 and Qwen2.5, for tests. */
export function chatTokenizer(options: Parameters<typeof smallTokenizer>[0] = {}): Tokenizer {
  return smallTokenizer({
    chatTemplate: CHAT_ML,
    specialTexts: ["<|im_start|>", "<|im_end|>"],
    ...options,
  });
}
