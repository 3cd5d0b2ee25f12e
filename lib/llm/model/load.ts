import { readFileSync } from "node:fs";
import path from "node:path";
import {
  fileSource,
  type Gguf,
  ModelFileError,
  openGguf,
  openSafetensorsFolder,
  readTensor,
  safetensorReader,
  tensorReader,
} from "../files";
import { ggufConfig } from "./ggufConfig";
import { huggingFaceConfig } from "./huggingFaceConfig";
import { ggufWeights, huggingFaceWeights, type LanguageModel } from "./weights";

/** Divisors of the rotary frequencies, where a file has them as a tensor. */
const ROPE_FACTORS = "rope_freqs.weight";

/**
 * The model in a GGUF file, its weights as float32.
 * @throws Error naming file and key or tensor, where something is missing, damaged or not implemented
 */
export function loadGguf(file: string): LanguageModel {
  const source = fileSource(file);
  try {
    return ggufModel(openGguf(source));
  } finally {
    source.close();
  }
}

/** The model in a GGUF file that is open, and stays so. @throws as `loadGguf` */
export function ggufModel(gguf: Gguf): LanguageModel {
  const factors = gguf.tensors.has(ROPE_FACTORS) ? [...readTensor(gguf, ROPE_FACTORS)] : undefined;
  const config = ggufConfig(gguf, factors);
  return { config, weights: ggufWeights(config, tensorReader(gguf), gguf.source.name) };
}

/**
 * The model in a folder as Hugging Face's transformers save it: config.json, and safetensors in one file or several.
 * @throws as `loadGguf`
 */
export function loadHuggingFace(folder: string): LanguageModel {
  const where = path.join(folder, "config.json");
  const config = huggingFaceConfig(readJson(where), where);
  const files = openSafetensorsFolder(folder);
  try {
    return { config, weights: huggingFaceWeights(config, safetensorReader(files), files.name) };
  } finally {
    files.close();
  }
}

function readJson(file: string): unknown {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ModelFileError(
      `it is not JSON (${(error as Error).message})`,
      { file },
      "Get the file anew, from where the model came from.",
    );
  }
}
