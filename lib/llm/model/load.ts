import { readFileSync } from "node:fs";
import path from "node:path";
import {
  fileSource,
  type Gguf,
  ModelFileError,
  openGguf,
  openSafetensorsFolder,
  readBlocks,
  readTensor,
  safetensorReader,
  tensorReader,
} from "../files";
import { ggufConfig } from "./ggufConfig";
import { huggingFaceConfig } from "./huggingFaceConfig";
import { ggufBlocks, ggufWeights, huggingFaceWeights, type LanguageModel } from "./weights";

/** Divisors of the rotary frequencies, where a file has them as a tensor. */
const ROPE_FACTORS = "rope_freqs.weight";

export interface LoadOptions {
  /**
   * What matrices are in memory. `expanded`: float32, 4 bytes a value. `quantised`: the blocks of the file, where they are Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, F16 or
   * BF16, for an eighth to half of the memory; each layer's are made float32 when it runs and freed behind it, which costs time in every pass. What they compute is
   * the same bit for bit. Default `expanded`.
   */
  readonly weights?: "expanded" | "quantised";
}

/**
 * The model in a GGUF file.
 * @throws Error naming file and key or tensor, where something is missing, damaged or not implemented
 */
export function loadGguf(file: string, options: LoadOptions = {}): LanguageModel {
  const source = fileSource(file);
  try {
    return ggufModel(openGguf(source), options);
  } finally {
    source.close();
  }
}

/** The model in a GGUF file that is open, and stays so. @throws as `loadGguf` */
export function ggufModel(gguf: Gguf, { weights = "expanded" }: LoadOptions = {}): LanguageModel {
  const factors = gguf.tensors.has(ROPE_FACTORS) ? [...readTensor(gguf, ROPE_FACTORS)] : undefined;
  const config = ggufConfig(gguf, factors);
  const [read, { name }] = [tensorReader(gguf), gguf.source];
  if (weights === "expanded") return { config, weights: ggufWeights(config, read, name) };
  return { config, ...ggufBlocks(config, read, (tensor) => readBlocks(gguf, tensor), name) };
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
