import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { saveTensors, tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { memorySource, openGguf } from "../files";
import { run } from "./forward";
import { ggufModel, loadGguf, loadHuggingFace } from "./load";
import { ggufFile, smallModel, tokenRows } from "./testing";
import type { LanguageModel, Linear } from "./weights";

let folder: string;
beforeEach(() => {
  tf.engine().startScope();
  folder = mkdtempSync(path.join(os.tmpdir(), "reprise-model-"));
});
afterEach(() => {
  tf.engine().endScope();
  rmSync(folder, { recursive: true });
});

const logitsOf = (model: LanguageModel) => run(model, tokenRows([[3, 1, 4, 1, 5, 9, 2]])).logits;

describe("a model in a GGUF file", () => {
  test("is the one that was written", () => {
    const model = smallModel({ tied: false });
    const file = path.join(folder, "model.gguf");
    writeFileSync(file, ggufFile(model));
    const loaded = loadGguf(file);
    expect({ ...loaded.config, ropeFactors: undefined }).toEqual({
      ...model.config,
      epsilon: Math.fround(1e-5),
      ropeFactors: undefined,
    });
    assertClose(logitsOf(loaded), logitsOf(model), { absolute: 1e-5 });
  });

  test("has the factors of its frequencies from a tensor", () => {
    const ropeFactors = [1, 2, 8];
    const bytes = ggufFile(smallModel(), { ropeFactors });
    const loaded = ggufModel(openGguf(memorySource("model.gguf", bytes)));
    expect(loaded.config.ropeFactors).toEqual(ropeFactors);
    assertClose(logitsOf(loaded), logitsOf(smallModel({ ropeFactors })), { absolute: 1e-5 });
  });

  test("that lacks a tensor is refused by name", () => {
    const model = smallModel();
    const { layers } = model.weights;
    const cut = { ...model, weights: { ...model.weights, layers: layers.slice(0, 1) } };
    const open = () => ggufModel(openGguf(memorySource("cut.gguf", ggufFile(cut))));
    expect(open).toThrow("cut.gguf");
    expect(open).toThrow("blk.1.attn_norm.weight");
  });
});

describe("a model in a folder", () => {
  const PARTS = {
    query: "self_attn.q_proj",
    key: "self_attn.k_proj",
    value: "self_attn.v_proj",
    output: "self_attn.o_proj",
    gate: "mlp.gate_proj",
    up: "mlp.up_proj",
    down: "mlp.down_proj",
  } as const;

  function save({ config, weights }: LanguageModel): void {
    const tensors: Record<string, tf.Tensor> = {
      "model.embed_tokens.weight": weights.embedding,
      "model.norm.weight": weights.finalNorm,
    };
    for (const [index, layer] of weights.layers.entries()) {
      const prefix = `model.layers.${index}`;
      tensors[`${prefix}.input_layernorm.weight`] = layer.attentionNorm;
      tensors[`${prefix}.post_attention_layernorm.weight`] = layer.mlpNorm;
      for (const [part, name] of Object.entries(PARTS)) {
        const { weight, bias } = layer[part as keyof typeof PARTS] as Linear;
        tensors[`${prefix}.${name}.weight`] = weight;
        if (bias !== undefined) tensors[`${prefix}.${name}.bias`] = bias;
      }
    }
    saveTensors(path.join(folder, "model.safetensors"), tensors);
    const json = {
      model_type: config.architecture,
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
      tie_word_embeddings: config.tied,
    };
    writeFileSync(path.join(folder, "config.json"), JSON.stringify(json));
  }

  test("is the one that was saved", () => {
    const model = smallModel({ architecture: "qwen2", qkvBias: true });
    save(model);
    const loaded = loadHuggingFace(folder);
    expect(loaded.config).toEqual({ ...model.config, ropeFactors: undefined });
    assertClose(logitsOf(loaded), logitsOf(model), { absolute: 1e-6 });
  });

  test("whose configuration is no JSON is refused by name", () => {
    save(smallModel());
    writeFileSync(path.join(folder, "config.json"), '{"model_type": ');
    expect(() => loadHuggingFace(folder)).toThrow("config.json");
    expect(() => loadHuggingFace(folder)).toThrow("it is not JSON");
  });
});
