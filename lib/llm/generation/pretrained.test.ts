import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { disposeTree, saveTensors, type tf } from "../../tensor";
import type { LanguageModel, Linear } from "../model";
import { generateBatch } from "./batch";
import { engine, type PretrainedModel } from "./engine";
import { loadPretrained } from "./pretrained";
import { promptTokens } from "./prompt";
import { TINY_MERGES, TINY_SPECIAL, TINY_TEMPLATE, TINY_TOKENS, tinyGguf } from "./testing";

const folder = mkdtempSync(path.join(os.tmpdir(), "reprise-pretrained-"));
const file = path.join(folder, "tiny.gguf");
writeFileSync(file, tinyGguf());
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the model as transformers save it. */
function save({ config, weights }: LanguageModel): void {
  const tensors: Record<string, tf.Tensor> = {
    "model.embed_tokens.weight": weights.embedding,
    "model.norm.weight": weights.finalNorm,
  };
  const parts = { query: "q_proj", key: "k_proj", value: "v_proj", output: "o_proj" };
  for (const [index, layer] of weights.layers.entries()) {
    const prefix = `model.layers.${index}`;
    tensors[`${prefix}.input_layernorm.weight`] = layer.attentionNorm;
    tensors[`${prefix}.post_attention_layernorm.weight`] = layer.mlpNorm;
    for (const [part, name] of Object.entries(parts))
      tensors[`${prefix}.self_attn.${name}.weight`] = (layer[part as keyof typeof parts] as Linear).weight;
    for (const part of ["gate", "up", "down"] as const)
      tensors[`${prefix}.mlp.${part}_proj.weight`] = layer[part].weight;
  }
  saveTensors(path.join(folder, "model.safetensors"), tensors);
  writeJson("config.json", {
    model_type: "llama",
    hidden_size: config.width,
    head_dim: config.headWidth,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    intermediate_size: config.inner,
    vocab_size: config.vocabulary,
    rms_norm_eps: config.epsilon,
    rope_theta: config.ropeBase,
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: true,
  });
}

function saveTokenizer(): void {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  writeJson("tokenizer.json", {
    added_tokens: TINY_SPECIAL.map((content) => ({
      id: TINY_TOKENS.indexOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel],
    },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      vocab: Object.fromEntries(
        TINY_TOKENS.slice(0, -TINY_SPECIAL.length).map((token, id) => [token, id] as const),
      ),
      merges: TINY_MERGES,
    },
  });
  writeJson("tokenizer_config.json", { bos_token: TINY_SPECIAL[0], eos_token: TINY_SPECIAL[1] });
  writeFileSync(path.join(folder, "chat_template.jinja"), TINY_TEMPLATE);
}

function writeJson(name: string, value: unknown): void {
  writeFileSync(path.join(folder, name), JSON.stringify(value));
}

async function answer(pretrained: PretrainedModel): Promise<string> {
  const own = engine(pretrained);
  const input = { messages: [{ role: "user" as const, content: "the rain" }], continueFinal: false };
  const tokens = promptTokens(pretrained.tokenizer, input);
  const [[{ text }]] = await generateBatch(own, [{ tokens }], { maxTokens: 10 });
  own.dispose();
  return text;
}

test("a folder of Hugging Face's and a GGUF file of one model answer the same", async () => {
  const ofFile = loadPretrained(file);
  save(ofFile.model);
  expect(() => loadPretrained(folder)).toThrow(/tokenizer\.json: it is not there\. Get it/);
  writeFileSync(path.join(folder, "tokenizer.json"), "{");
  expect(() => loadPretrained(folder)).toThrow(/tokenizer\.json: it is not JSON/);
  saveTokenizer();
  const ofFolder = loadPretrained(folder);
  expect(ofFolder.tokenizer.stops).toEqual(ofFile.tokenizer.stops);
  expect(await answer(ofFolder)).toBe(await answer(ofFile));
  for (const { model } of [ofFile, ofFolder]) disposeTree(model.weights);
});
