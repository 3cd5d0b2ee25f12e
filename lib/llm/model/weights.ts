import { isNative, rawOp, tf } from "../../tensor";
import type { TensorBlocks } from "../files";
import { type BlockFormat, blockTensor, formatOf } from "./blockTensor";
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
  /**
   * Of the weights that are kept as blocks of their file, what these hold; see blockTensor.ts. Such a weight is a tensor [words] int32 and no matrix: whoever reads
   * weights asks for them by `withLayer`. Absent where all weights are float32.
   */
  readonly formats?: ReadonlyMap<tf.Tensor, BlockFormat>;
}

/** Reads a tensor of a file by its name there. @throws where there is none */
export type ReadWeight = (name: string) => {
  readonly shape: readonly number[];
  readonly values: Float32Array;
};

/** The same, its blocks instead of its values. */
export type ReadBlocks = (name: string) => TensorBlocks;

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
  return loadWeights(config, read, ggufNaming(config), file).weights;
}

/**
 * The same, but matrices stay the blocks that they are in the file, as far as `formatOf` has their format; the others are float32.
 * @throws as `ggufWeights`
 */
export function ggufBlocks(
  config: ModelConfig,
  read: ReadWeight,
  blocks: ReadBlocks,
  file = "GGUF file",
): Required<Pick<LanguageModel, "weights" | "formats">> {
  return loadWeights(config, read, ggufNaming(config), file, blocks);
}

/** Mistral's files say that they are of architecture llama. */
function ggufNaming({ architecture }: ModelConfig): Naming {
  return { ...GGUF, adjacentPairs: architecture !== "qwen2" };
}

/** Loads the weights of a checkpoint with Hugging Face's names. @throws as `ggufWeights` */
export function huggingFaceWeights(
  config: ModelConfig,
  read: ReadWeight,
  file = "checkpoint",
): LanguageModelWeights {
  return loadWeights(config, read, HUGGING_FACE, file).weights;
}

function loadWeights(
  config: ModelConfig,
  read: ReadWeight,
  naming: Naming,
  file: string,
  readBlocks?: ReadBlocks,
): Required<Pick<LanguageModel, "weights" | "formats">> {
  const { width, heads, kvHeads, headWidth, inner, vocabulary, qkvBias, tied } = config;
  const made: tf.Tensor[] = [];
  const formats = new Map<tf.Tensor, BlockFormat>();
  const check = (name: string, found: readonly number[], shape: readonly number[]) => {
    if (found.join() === shape.join()) return;
    throw new Error(
      `${file}: the tensor ${name} is [${found}]; the model's configuration asks for [${shape}].`,
    );
  };
  const keep = (tensor: tf.Tensor) => {
    made.push(tensor);
    return tensor;
  };
  const load = (name: string, shape: readonly number[], order: Order = (rows) => rows) => {
    const found = read(name);
    check(name, found.shape, shape);
    return keep(handedOver(tf.tensor(order(found.values), [...shape])));
  };
  const matrix = (name: string, outputs: number, inputs: number, order: Order = (rows) => rows) => {
    const blocks = readBlocks?.(name);
    const format = blocks && formatOf(blocks);
    if (blocks === undefined || format === undefined) return load(name, [outputs, inputs], order);
    check(name, blocks.shape, [outputs, inputs]);
    const tensor = keep(blockTensor(order(blocks.bytes)));
    formats.set(tensor, format);
    return tensor;
  };
  const linear = (name: string, outputs: number, inputs: number): Linear => ({
    weight: matrix(`${name}.weight`, outputs, inputs),
  });
  const projection = (name: string, count: number, rotated: boolean): Linear => {
    const order = rotated && naming.adjacentPairs ? pairsApart(count, headWidth) : undefined;
    const weight = matrix(`${name}.weight`, count * headWidth, width, order);
    return qkvBias ? { weight, bias: load(`${name}.bias`, [count * headWidth], order) } : { weight };
  };
  try {
    const embedding = matrix(naming.embedding, vocabulary, width);
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
    const unembedding = tied ? embedding : matrix(naming.unembedding, vocabulary, width);
    return { weights: { embedding, layers, finalNorm, unembedding }, formats };
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}

/** The tensor, with its values in TensorFlow's memory now and not at its first use: those of a whole model would else be in memory twice. */
function handedOver(tensor: tf.Tensor): tf.Tensor {
  if (!isNative()) return tensor;
  const [own] = rawOp("Identity", [tensor]);
  tensor.dispose();
  return own;
}

/** Puts the rows of a matrix or a vector into another order: of their values, or of their blocks, which lie within a row. */
type Order = <T extends Float32Array | Uint8Array>(rows: T) => T;

/**
 * Puts the rows of heads whose rotary pairs are neighbours, 2j and 2j + 1, into the order where a pair is j and j + d/2: within each head
 * W[c d/2 + j] = W_gguf[2j + c], c in {0, 1}.
 * @param heads  H for queries, G for keys
 * @returns what reorders the rows of a matrix [heads d, ..] or a vector [heads d]
 */
export function pairsApart(heads: number, headWidth: number): Order {
  const half = headWidth / 2;
  return (rows) => {
    const rowWidth = rows.length / (heads * headWidth);
    const ordered = rows.slice() as typeof rows;
    for (let head = 0; head < heads; head++)
      for (let row = 0; row < headWidth; row++) {
        const c = row < half ? 0 : 1;
        const from = head * headWidth + 2 * (row - c * half) + c;
        const source = rows.subarray(from * rowWidth, (from + 1) * rowWidth);
        ordered.set(source, (head * headWidth + row) * rowWidth);
      }
    return ordered;
  };
}
