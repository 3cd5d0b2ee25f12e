import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileSource, ModelFileError, openGguf } from "../files";
import { ggufModel, loadHuggingFace } from "../model";
import { ggufTokenizer, hfTokenizer } from "../tokenizer";
import type { PretrainedModel } from "./engine";

/**
 * Model and tokenizer of a GGUF file, or of a folder as Hugging Face's transformers save it: config.json, safetensors, tokenizer.json and, where it is
 * there, tokenizer_config.json and chat_template.jinja.
 * @throws Error naming the file and what is missing, damaged or not implemented
 */
export function loadPretrained(place: string): PretrainedModel {
  return statSync(place).isDirectory() ? ofFolder(place) : ofGguf(place);
}

function ofGguf(file: string): PretrainedModel {
  const source = fileSource(file);
  try {
    const gguf = openGguf(source);
    const tokenizer = ggufTokenizer(gguf); // before the weights, which take longer
    return { model: ggufModel(gguf), tokenizer };
  } finally {
    source.close();
  }
}

function ofFolder(folder: string): PretrainedModel {
  const template = path.join(folder, "chat_template.jinja");
  const settings = path.join(folder, "tokenizer_config.json");
  const config = {
    ...(existsSync(settings) ? (readJson(settings) as object) : {}),
    ...(existsSync(template) ? { chat_template: readFileSync(template, "utf8") } : {}),
  };
  const tokenizer = hfTokenizer(readJson(path.join(folder, "tokenizer.json")), config);
  return { model: loadHuggingFace(folder), tokenizer };
}

function readJson(file: string): unknown {
  if (!existsSync(file))
    throw new ModelFileError("it is not there", { file }, "Get it from where the model came from.");
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ModelFileError(
      `it is not JSON (${(error as Error).message})`,
      { file },
      "Get the file anew, from where the model came from.",
    );
  }
}
