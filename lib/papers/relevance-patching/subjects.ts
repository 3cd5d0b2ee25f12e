import { findManifest } from "../../data/manifest";
import { requireDataset } from "../../data/store";
import { loadPretrained } from "../../llm/generation/pretrained";
import type { LanguageModel } from "../../llm/model";
import { initialiseLanguageModel } from "../../llm/model/initialise";
import { BYTE_CHARACTERS } from "../../llm/tokenizer/byteAlphabet";
import { byteLevelBpe } from "../../llm/tokenizer/byteLevelBpe";
import type { Tokenizer } from "../../llm/tokenizer/tokenizer";
import { Rng } from "../../tensor";
import { disposeTree } from "../../tensor/tree";
import type { Subject } from "./patching/subject";
import { answerTokens, type Spelling } from "./prompts/answers";
import { chatFormat, type PromptFormat, plainFormat } from "./prompts/promptFormat";

/** A model to be studied, and how it is asked. */
export interface LoadedSubject {
  readonly subject: Subject;
  readonly format: PromptFormat;
  /** Frees the weights. */
  dispose(): void;
}

/** The name of the model that the suite brings along, and of one with random weights. */
export const SMOLLM2 = "smollm2";
export const SMALL = "small";

/**
 * Loads a model by its name in a configuration. A model with a chat template is asked in it, another one in plain text.
 * @throws DataError where SmolLM2 has not been fetched; ModelFileError where a file cannot be read
 */
export async function loadSubject(name: string, spelling?: Spelling): Promise<LoadedSubject> {
  const { model, tokenizer } = name === SMALL ? smallModel() : loadPretrained(await placeOf(name));
  const format = tokenizer.chatTemplate === undefined ? plainFormat(tokenizer) : chatFormat(tokenizer);
  return {
    subject: { model, answers: answerTokens(format, spelling) },
    format,
    dispose: () => disposeTree(model.weights),
  };
}

async function placeOf(name: string): Promise<string> {
  if (name !== SMOLLM2) return name;
  const { paths } = await requireDataset(findManifest("smollm2-135m-instruct"));
  return paths.model as string;
}

const TEMPLATE =
  "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** Two layers of random weights that read bytes: quick, and as sure of itself as a trained model, for its weights are large. */
function smallModel(): { model: LanguageModel; tokenizer: Tokenizer } {
  const texts = [...BYTE_CHARACTERS, "ye", "yes", "no"];
  const special = ["<|im_start|>", "<|im_end|>"].map((text, i) => ({
    text,
    id: texts.length + i,
    control: true,
  }));
  const tokenizer = byteLevelBpe({
    preTokenizer: "smollm",
    tokens: [...texts, ...special.map(({ text }) => text)],
    merges: ["y e", "ye s", "n o"],
    special,
    chatTemplate: TEMPLATE,
  });
  const config = {
    architecture: "llama" as const,
    ...{ width: 16, layers: 2, heads: 4, kvHeads: 2, headWidth: 4, inner: 32 },
    ...{ vocabulary: tokenizer.size, maxPositions: 2048 },
    ...{ epsilon: 1e-5, ropeBase: 10_000, qkvBias: false, tied: true },
  };
  const key = Rng.key(1);
  const model = initialiseLanguageModel(config, key, { deviation: 1 });
  key.dispose();
  return { model, tokenizer };
}
