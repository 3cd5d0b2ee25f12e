import { type MapLeaves, mapTree, tf } from "../../tensor";
import { sampleTensor } from "../../tensor/testing";
import { type QuantisedType, quantise } from "../files";
import { ggufBytes, type WrittenValue } from "../files/testing";
import { checkConfig, type ModelConfig } from "./config";
import type { Plain, PlainWeights } from "./reference";
import type { LanguageModel, LanguageModelWeights, LayerWeights, Linear } from "./weights";

/** Two layers, four query heads on two heads of keys and values. */
export function smallConfig(options: Partial<ModelConfig> = {}): ModelConfig {
  return checkConfig(
    {
      architecture: "llama",
      width: 12,
      layers: 2,
      heads: 4,
      kvHeads: 2,
      headWidth: 6,
      inner: 20,
      vocabulary: 17,
      epsilon: 1e-5,
      ropeBase: 100,
      qkvBias: false,
      tied: true,
      maxPositions: 64,
      ...options,
    },
    "smallConfig",
  );
}

/** A model of numbers that look random, large enough that attention is far from even. */
export function smallModel(options: Partial<ModelConfig> = {}, seed = 1): LanguageModel {
  const config = smallConfig(options);
  const { width, heads, kvHeads, headWidth, inner, vocabulary, qkvBias, tied } = config;
  let next = seed * 1000;
  const sample = (shape: number[], scale: number) => sampleTensor(shape, next++, -scale, scale);
  const linear = (outputs: number, inputs: number, bias = false): Linear => {
    const weight = sample([outputs, inputs], 2 / Math.sqrt(inputs));
    return bias ? { weight, bias: sample([outputs], 0.5) } : { weight };
  };
  const gain = () => sampleTensor([width], next++, 0.5, 1.5);
  const layers = Array.from(
    { length: config.layers },
    (): LayerWeights => ({
      attentionNorm: gain(),
      query: linear(heads * headWidth, width, qkvBias),
      key: linear(kvHeads * headWidth, width, qkvBias),
      value: linear(kvHeads * headWidth, width, qkvBias),
      output: linear(width, heads * headWidth),
      mlpNorm: gain(),
      gate: linear(inner, width),
      up: linear(inner, width),
      down: linear(width, inner),
    }),
  );
  const embedding = sample([vocabulary, width], 1);
  const unembedding = tied ? embedding : sample([vocabulary, width], 1);
  return { config, weights: { embedding, layers, finalNorm: gain(), unembedding } };
}

/** The weights as the reference reads them. */
export function plain(weights: LanguageModelWeights): PlainWeights {
  const of = (leaf: tf.Tensor): Plain => ({ shape: leaf.shape, values: leaf.dataSync() });
  const tree: MapLeaves<LanguageModelWeights, Plain> = mapTree(of, weights);
  return tree;
}

/** The tensors of a GGUF file of the model's architecture, by name. */
export function ggufTensors({
  config,
  weights,
}: LanguageModel): Record<string, { shape: number[]; values: Float32Array }> {
  const tensors: Record<string, { shape: number[]; values: Float32Array }> = {};
  const add = (name: string, tensor: tf.Tensor | undefined, rotated = false) => {
    if (tensor === undefined) return;
    const values = Float32Array.from(tensor.dataSync());
    const rowWidth = tensor.rank === 1 ? 1 : tensor.shape[1]!;
    const moved = rotated && config.architecture !== "qwen2";
    tensors[name] = {
      shape: tensor.shape,
      values: moved ? pairsTogether(values, config.headWidth, rowWidth) : values,
    };
  };
  add("token_embd.weight", weights.embedding);
  add("output_norm.weight", weights.finalNorm);
  if (!config.tied) add("output.weight", weights.unembedding);
  for (const [index, layer] of weights.layers.entries()) {
    const both = (name: string, { weight, bias }: Linear, rotated = false) => {
      add(`blk.${index}.${name}.weight`, weight, rotated);
      add(`blk.${index}.${name}.bias`, bias, rotated);
    };
    add(`blk.${index}.attn_norm.weight`, layer.attentionNorm);
    add(`blk.${index}.ffn_norm.weight`, layer.mlpNorm);
    both("attn_q", layer.query, true);
    both("attn_k", layer.key, true);
    both("attn_v", layer.value);
    both("attn_output", layer.output);
    both("ffn_gate", layer.gate);
    both("ffn_up", layer.up);
    both("ffn_down", layer.down);
  }
  return tensors;
}

/**
 * A GGUF file of the model, of architecture llama.
 * @param types  of the matrices, by name; others are F32, as all vectors are
 */
export function ggufFile(
  model: LanguageModel,
  {
    ropeFactors,
    types = () => undefined,
    metadata = {},
  }: {
    ropeFactors?: number[];
    types?: (name: string) => QuantisedType | undefined;
    /** More than the model's own. */
    metadata?: Readonly<Record<string, WrittenValue>>;
  } = {},
): Uint8Array {
  const { config } = model;
  const count = (value: number): WrittenValue => ({ type: "u32", value });
  const tensors = ggufTensors(model);
  if (ropeFactors !== undefined)
    tensors["rope_freqs.weight"] = { shape: [ropeFactors.length], values: Float32Array.from(ropeFactors) };
  return ggufBytes({
    metadata: {
      "general.architecture": { type: "string", value: "llama" },
      "llama.block_count": count(config.layers),
      "llama.context_length": count(config.maxPositions),
      "llama.embedding_length": count(config.width),
      "llama.feed_forward_length": count(config.inner),
      "llama.attention.head_count": count(config.heads),
      "llama.attention.head_count_kv": count(config.kvHeads),
      "llama.attention.key_length": count(config.headWidth),
      "llama.attention.value_length": count(config.headWidth),
      "llama.attention.layer_norm_rms_epsilon": { type: "f32", value: config.epsilon },
      "llama.rope.freq_base": { type: "f32", value: config.ropeBase },
      ...metadata,
    },
    tensors: Object.entries(tensors).map(([name, { shape, values }]) => {
      const type = shape.length === 2 ? types(name) : undefined;
      if (type === undefined) return { name, shape, type: "F32", bytes: new Uint8Array(values.buffer) };
      return { name, shape, type, bytes: quantise(type, values) };
    }),
  });
}

/** Rows of each head in the order in which GGUF's converter puts them for llama: W_gguf[2 j + c] = W[c d/2 + j]. */
export function pairsTogether(values: Float32Array, headWidth: number, rowWidth: number): Float32Array {
  const half = headWidth / 2;
  const moved = new Float32Array(values.length);
  for (let row = 0; row < values.length / rowWidth; row++) {
    const [head, within] = [Math.floor(row / headWidth), row % headWidth];
    const to = head * headWidth + 2 * (within % half) + Math.floor(within / half);
    moved.set(values.subarray(row * rowWidth, (row + 1) * rowWidth), to * rowWidth);
  }
  return moved;
}

/** [B, n] int32 */
export function tokenRows(rows: readonly (readonly number[])[]): tf.Tensor2D {
  return tf.tensor2d(
    rows.map((row) => [...row]),
    undefined,
    "int32",
  );
}
