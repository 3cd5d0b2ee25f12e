import { createHash } from "node:crypto";
import { trainableWeights } from "../../../../llm/model";
import type { Tokenizer } from "../../../../llm/tokenizer";
import { disposeTree, loadMetadata, loadTree, saveTree } from "../../../../tensor";
import { type InHouseModel, type InHouseSize, inHouseModel, inHouseTokenizer } from "./model";

/** Writes the weights to a safetensors file; of the tokenizer only a digest, since it can be learnt anew. */
export function saveInHouse(path: string, { model, tokenizer }: InHouseModel): void {
  const { width, layers, heads, inner, maxPositions } = model.config;
  const size: InHouseSize = { width, layers, heads, inner, maxPositions };
  saveTree(path, trainableWeights(model), { size: JSON.stringify(size), tokens: digestOf(tokenizer) });
}

/**
 * The model of a file that `saveInHouse` wrote.
 * @throws Error where the file is another model's, or the families have changed since, and with them the tokens
 */
export function loadInHouse(path: string): InHouseModel {
  const { size, tokens } = loadMetadata(path);
  if (size === undefined || tokens === undefined)
    throw new Error(`${path} holds no in-house model. Train one, and save it.`);
  const tokenizer = inHouseTokenizer();
  if (digestOf(tokenizer) !== tokens)
    throw new Error(
      `${path} was trained on other tokens: the families have changed since. Train the model anew.`,
    );
  const made = inHouseModel(0, JSON.parse(size) as InHouseSize, tokenizer);
  try {
    loadTree(path, trainableWeights(made.model));
    return made;
  } catch (error) {
    disposeTree(trainableWeights(made.model));
    throw error;
  }
}

function digestOf(tokenizer: Tokenizer): string {
  const hash = createHash("sha256");
  for (let id = 0; id < tokenizer.size; id++) hash.update(tokenizer.tokenBytes(id)).update("\n");
  return hash.digest("hex");
}
