import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { DataError } from "../data/error";
import { findManifest } from "../data/manifest";
import { type DataFolders, requireDataset } from "../data/store";
import { ModelFileError } from "../llm/files";
import { loadPretrained, type PretrainedModel } from "../llm/generation";
import { TokenizerError } from "../llm/tokenizer";
import { CommandError } from "./errors";

/** The data set with the weights of a small model: what commands use where none is named. */
export const SMALL_MODEL = "smollm2-135m-instruct";

/**
 * The file of the small model.
 * @param instead  how to name another one
 * @throws CommandError where it is not there
 */
export async function smallModelPlace(folders: DataFolders, instead: string): Promise<string> {
  try {
    const { paths } = await requireDataset(findManifest(SMALL_MODEL), folders);
    return paths.model!;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new CommandError(`the model ${SMALL_MODEL} cannot be used: ${error.message}`, [
      `npx reprise data fetch ${SMALL_MODEL}`,
      instead,
    ]);
  }
}

/** The file or folder of a model. @throws CommandError where it is not there */
export function modelPlace(model: string, remedies: readonly string[]): string {
  const place = resolve(model);
  if (existsSync(place)) return place;
  throw new CommandError(`there is no file or folder ${place}`, [
    "--model takes a GGUF file, or a folder with config.json, safetensors and tokenizer.json",
    ...remedies,
  ]);
}

/** "SmolLM2-135M-Instruct.Q4_1.gguf" is called "smollm2-135m-instruct.q4_1". */
export function modelName(place: string): string {
  return basename(place)
    .replace(/\.gguf$/i, "")
    .toLowerCase();
}

/** Reads a model. @throws CommandError where it cannot be used */
export function readModel(place: string): PretrainedModel {
  try {
    return loadPretrained(place);
  } catch (error) {
    // Their messages name file and place, and say what to do.
    if (error instanceof ModelFileError || error instanceof TokenizerError)
      throw new CommandError(error.message);
    throw new CommandError(`${place} cannot be loaded: ${(error as Error).message}`, [
      "--model takes models of the Llama class (Llama, SmolLM2, Mistral, Qwen2) with byte-level BPE",
    ]);
  }
}
