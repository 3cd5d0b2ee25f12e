import { execFileSync } from "node:child_process";
import path from "node:path";
import { findManifest } from "../../../data/manifest";
import { readRelevanceRows } from "../../../data/relevanceRows";
import { requireDataset } from "../../../data/store";
import { fileSource, openGguf } from "../../../llm/files";
import type { ModelConfig } from "../../../llm/model/config";
import { ggufConfig } from "../../../llm/model/ggufConfig";
import type { LanguageModel } from "../../../llm/model/weights";
import { ggufTokenizer } from "../../../llm/tokenizer/ggufTokenizer";
import type { tf } from "../../../tensor";
import { type AnswerTokens, answerTokens } from "../prompts/answers";
import { chooseNegatives } from "../prompts/negatives";
import { type PromptPair, pointwisePair } from "../prompts/pairs";
import type { PositionGroup } from "../prompts/positionGroups";
import { chatFormat } from "../prompts/promptFormat";
import { placeOf, SCORE_BLOCKS, type ScoreBlock, type Site } from "./site";
import type { Subject } from "./subject";
import { PAIRWISE, smallSubject } from "./testing";

/** What transformerLensPatches.py reads: a model, a pair of prompts and the sites to patch, with their positions. */
interface Request {
  readonly clean: number[];
  readonly corrupted: number[];
  readonly yes: number;
  readonly no: number;
  readonly sites: readonly object[];
  /** Path of the model's file, or the model itself. */
  readonly gguf?: string;
  readonly config?: object;
  readonly weights?: Readonly<Record<string, { shape: number[]; values: number[] }>>;
}

/** What it writes: d of the two runs, and of each patched one. */
export interface Differences {
  readonly clean: number;
  readonly corrupted: number;
  readonly patched: readonly number[];
}

const GROUPS = ["doc_all", "query_all", "inst_all", "last"] as const;

/** Sites of every kind, spread over layers, heads and groups. */
export function spreadSites({ layers, heads }: Pick<ModelConfig, "layers" | "heads">): Site[] {
  const hooks = ["resid_post", "attn_out", "mlp_out", "z", "q", "k", "v"] as const;
  const sites = hooks.flatMap((hook, h) =>
    [0, 1, 2, 3, 4, 5].map((i): Site => {
      // Documents are read in the lower layers, the answer is made in the upper ones.
      const layer = Math.min(layers - 1, Math.floor(((i + h / 7) * layers) / 6));
      const group: PositionGroup = GROUPS[i < 2 ? 0 : i - 2];
      return { hook, layer, group, ...(h < 3 ? {} : { head: (5 * i + 2 * h) % heads }) };
    }),
  );
  const blocks = SCORE_BLOCKS.flatMap(([group, sources]: ScoreBlock, b) =>
    (["attn_scores", "pattern"] as const).map((hook, second): Site => {
      const layer = Math.floor(((b + 0.5 * second) * layers) / 6);
      return { hook, layer, group, sources, head: (4 * b + second) % heads };
    }),
  );
  return [...sites, ...blocks];
}

function requestOf(config: ModelConfig, answers: AnswerTokens, pair: PromptPair): Request {
  const sites = spreadSites(config).map((site) => {
    const { hook, layer, head } = site;
    const { positions, sources } = placeOf(config, site, pair)!.region;
    return { hook, layer, head, positions, sources };
  });
  const { yes, no } = answers;
  return { clean: [...pair.clean], corrupted: [...pair.corrupted], yes, no, sites };
}

/** A model with grouped queries and random weights, and a pair of prompts with two documents. */
export const TINY_PAIR = PAIRWISE;

export function tinySubject(seed: number): Subject {
  return smallSubject({}, seed);
}

export function tinyRequest({ model, answers }: Subject): Request {
  const { config } = model;
  const shape = {
    hidden_size: config.width,
    intermediate_size: config.inner,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headWidth,
    vocab_size: config.vocabulary,
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: config.epsilon,
    rope_parameters: { rope_type: "default", rope_theta: config.ropeBase },
    tie_word_embeddings: false,
    bos_token_id: 0,
    eos_token_id: 0,
  };
  return { ...requestOf(config, answers, TINY_PAIR), config: shape, weights: weightsOf(model) };
}

/** By the names of Hugging Face. */
function weightsOf({ weights }: LanguageModel): Record<string, { shape: number[]; values: number[] }> {
  const named: [string, tf.Tensor][] = [
    ["model.embed_tokens.weight", weights.embedding],
    ["model.norm.weight", weights.finalNorm],
    ["lm_head.weight", weights.unembedding],
    ...weights.layers.flatMap((layer, l): [string, tf.Tensor][] => {
      const of = (name: string) => `model.layers.${l}.${name}.weight`;
      return [
        [of("input_layernorm"), layer.attentionNorm],
        [of("post_attention_layernorm"), layer.mlpNorm],
        [of("self_attn.q_proj"), layer.query.weight],
        [of("self_attn.k_proj"), layer.key.weight],
        [of("self_attn.v_proj"), layer.value.weight],
        [of("self_attn.o_proj"), layer.output.weight],
        [of("mlp.gate_proj"), layer.gate.weight],
        [of("mlp.up_proj"), layer.up.weight],
        [of("mlp.down_proj"), layer.down.weight],
      ];
    }),
  ];
  return Object.fromEntries(
    named.map(([name, tensor]) => [name, { shape: tensor.shape, values: [...tensor.dataSync()] }]),
  );
}

/** Tokens that documents are cut to. */
const DOCUMENT_TOKENS = 48;
const ROW = 1;

/**
 * A row of MS MARCO as a pointwise pair, documents cut.
 * @param gguf  a chat model's file
 */
export async function realPair(gguf: string): Promise<{ pair: PromptPair; answers: AnswerTokens }> {
  const source = fileSource(gguf);
  const format = chatFormat(ggufTokenizer(openGguf(source)));
  source.close();
  const { tokenizer } = format;
  const { paths } = await requireDataset(findManifest("llm-relevance-msmarco"));
  const { query, positive, negative } = chooseNegatives(await readRelevanceRows(paths.relevance!))[ROW];
  const cut = (text: string) => tokenizer.decode(tokenizer.encode(text).subarray(0, DOCUMENT_TOKENS));
  const pair = pointwisePair(format, "DQI", { query, positive: cut(positive), negative: cut(negative) });
  return { pair, answers: answerTokens(format) };
}

/** Patches of that pair in the model of the file. */
export async function realRequest(gguf: string): Promise<Request> {
  const source = fileSource(gguf);
  const config = ggufConfig(openGguf(source));
  source.close();
  const { pair, answers } = await realPair(gguf);
  return { ...requestOf(config, answers, pair), gguf };
}

/** TransformerLens' answers to a request. @param python  one that has it */
export function transformerLens(python: string, request: Request): Differences {
  const script = path.join(__dirname, "transformerLensPatches.py");
  const output = execFileSync(python, [script], { encoding: "utf8", input: JSON.stringify(request) });
  return JSON.parse(output) as Differences;
}
