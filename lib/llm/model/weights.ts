import { tf } from "../../tensor";
import type { ModelConfig } from "./config";

/** x Wᵀ + b. */
export type Linear<T extends tf.Tensor = tf.Tensor> = {
  /** [out, in], as all files of language models have it. */
  readonly weight: T;
  /** [out] */
  readonly bias?: T;
};

export type LayerWeights<T extends tf.Tensor = tf.Tensor> = {
  /** [D] */
  readonly attentionNorm: T;
  /** [H d, D]; features j and j + d/2 of a head are a rotary pair. */
  readonly query: Linear<T>;
  /** [G d, D], paired likewise */
  readonly key: Linear<T>;
  /** [G d, D] */
  readonly value: Linear<T>;
  /** [D, H d] */
  readonly output: Linear<T>;
  /** [D] */
  readonly mlpNorm: T;
  /** [F, D] */
  readonly gate: Linear<T>;
  /** [F, D] */
  readonly up: Linear<T>;
  /** [D, F] */
  readonly down: Linear<T>;
};

/** A parameter tree: of variables where the model is to be trained. */
export type LanguageModelWeights<T extends tf.Tensor = tf.Tensor> = {
  /** [V, D] */
  readonly embedding: T;
  readonly layers: readonly LayerWeights<T>[];
  /** [D] */
  readonly finalNorm: T;
  /** [V, D]; where the two are tied, the very tensor of the embedding. */
  readonly unembedding: T;
};

export interface LanguageModel<T extends tf.Tensor = tf.Tensor> {
  readonly config: ModelConfig;
  readonly weights: LanguageModelWeights<T>;
}

/** Reads a tensor of a file by its name there. @throws where there is none */
export type ReadWeight = (name: string) => {
  readonly shape: readonly number[];
  readonly values: Float32Array;
};

/** How a file names the weights, and in which order it keeps the rows of queries and keys. */
interface Naming {
  readonly embedding: string;
  readonly finalNorm: string;
  readonly unembedding: string;
  readonly layer: (layer: number) => Readonly<Record<keyof LayerWeights, string>>;
  /** Rotary pairs stand side by side in the rows of queries and keys. */
  readonly adjacentPairs: boolean;
}

const GGUF: Omit<Naming, "adjacentPairs"> = {
  embedding: "token_embd.weight",
  finalNorm: "output_norm.weight",
  unembedding: "output.weight",
  layer: (layer) => ({
    attentionNorm: `blk.${layer}.attn_norm.weight`,
    query: `blk.${layer}.attn_q`,
    key: `blk.${layer}.attn_k`,
    value: `blk.${layer}.attn_v`,
    output: `blk.${layer}.attn_output`,
    mlpNorm: `blk.${layer}.ffn_norm.weight`,
    gate: `blk.${layer}.ffn_gate`,
    up: `blk.${layer}.ffn_up`,
    down: `blk.${layer}.ffn_down`,
  }),
};

const HUGGING_FACE: Naming = {
  embedding: "model.embed_tokens.weight",
  finalNorm: "model.norm.weight",
  unembedding: "lm_head.weight",
  layer: (layer) => ({
    attentionNorm: `model.layers.${layer}.input_layernorm.weight`,
    query: `model.layers.${layer}.self_attn.q_proj`,
    key: `model.layers.${layer}.self_attn.k_proj`,
    value: `model.layers.${layer}.self_attn.v_proj`,
    output: `model.layers.${layer}.self_attn.o_proj`,
    mlpNorm: `model.layers.${layer}.post_attention_layernorm.weight`,
    gate: `model.layers.${layer}.mlp.gate_proj`,
    up: `model.layers.${layer}.mlp.up_proj`,
    down: `model.layers.${layer}.mlp.down_proj`,
  }),
  adjacentPairs: false,
};

/**
 * Loads the weights of a GGUF file. Files of architecture llama have the rows of queries and keys in another order than all others, for a rotation of
 * neighbours: they are put back, so that one rotation serves all and hooks on `q` and `k` see what they see in other libraries.
 * @param file  its name, for messages
 * @throws Error naming the file and the tensor that is missing or of another shape than the configuration says
 */
export function ggufWeights(config: ModelConfig, read: ReadWeight, file = "GGUF file"): LanguageModelWeights {
  // Mistral's files say that they are of architecture llama.
  return loadWeights(config, read, { ...GGUF, adjacentPairs: config.architecture !== "qwen2" }, file);
}

/** Loads the weights of a checkpoint with Hugging Face's names. @throws as `ggufWeights` */
export function huggingFaceWeights(
  config: ModelConfig,
  read: ReadWeight,
  file = "checkpoint",
): LanguageModelWeights {
  return loadWeights(config, read, HUGGING_FACE, file);
}

function loadWeights(
  config: ModelConfig,
  read: ReadWeight,
  naming: Naming,
  file: string,
): LanguageModelWeights {
  const { width, heads, kvHeads, headWidth, inner, vocabulary, qkvBias, tied } = config;
  const made: tf.Tensor[] = [];
  const load = (name: string, shape: readonly number[], order = (values: Float32Array) => values) => {
    const found = read(name);
    if (found.shape.join() !== shape.join())
      throw new Error(
        `${file}: the tensor ${name} is [${found.shape}]; the model's configuration asks for [${shape}].`,
      );
    const tensor = tf.tensor(order(found.values), [...shape]);
    made.push(tensor);
    return tensor;
  };
  const linear = (name: string, outputs: number, inputs: number): Linear => ({
    weight: load(`${name}.weight`, [outputs, inputs]),
  });
  const projection = (name: string, count: number, rotated: boolean): Linear => {
    const order = rotated && naming.adjacentPairs ? pairsApart(count, headWidth) : undefined;
    const weight = load(`${name}.weight`, [count * headWidth, width], order);
    return qkvBias ? { weight, bias: load(`${name}.bias`, [count * headWidth], order) } : { weight };
  };
  try {
    const embedding = load(naming.embedding, [vocabulary, width]);
    const layers = Array.from({ length: config.layers }, (_, index): LayerWeights => {
      const names = naming.layer(index);
      return {
        attentionNorm: load(names.attentionNorm, [width]),
        query: projection(names.query, heads, true),
        key: projection(names.key, kvHeads, true),
        value: projection(names.value, kvHeads, false),
        output: linear(names.output, width, heads * headWidth),
        mlpNorm: load(names.mlpNorm, [width]),
        gate: linear(names.gate, inner, width),
        up: linear(names.up, inner, width),
        down: linear(names.down, width, inner),
      };
    });
    const finalNorm = load(naming.finalNorm, [width]);
    const unembedding = tied ? embedding : load(naming.unembedding, [vocabulary, width]);
    return { embedding, layers, finalNorm, unembedding };
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}

/**
 * Puts the rows of heads whose rotary pairs are neighbours, 2j and 2j + 1, into the order where a pair is j and j + d/2: within each head
 * W[c d/2 + j] = W_gguf[2j + c], c in {0, 1}.
 * @param heads  H for queries, G for keys
 * @returns what reorders the rows of a matrix [heads d, ..] or a vector [heads d]
 */
export function pairsApart(heads: number, headWidth: number): (values: Float32Array) => Float32Array {
  const half = headWidth / 2;
  return (values) => {
    const rowWidth = values.length / (heads * headWidth);
    const ordered = new Float32Array(values.length);
    for (let head = 0; head < heads; head++)
      for (let row = 0; row < headWidth; row++) {
        const c = row < half ? 0 : 1;
        const from = head * headWidth + 2 * (row - c * half) + c;
        const source = values.subarray(from * rowWidth, (from + 1) * rowWidth);
        ordered.set(source, (head * headWidth + row) * rowWidth);
      }
    return ordered;
  };
}
