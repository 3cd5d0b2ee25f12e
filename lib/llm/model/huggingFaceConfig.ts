import { z } from "zod";
import { type Architecture, checkConfig, type ModelConfig } from "./config";
import { llama3Factors } from "./ropeScaling";

const ARCHITECTURES: readonly Architecture[] = ["llama", "mistral", "qwen2"];

/** How rotary frequencies are scaled: `rope_scaling`, or in newer files `rope_parameters`, which has the base as well. */
const rope = z.object({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().optional(),
  factor: z.number().optional(),
  low_freq_factor: z.number().optional(),
  high_freq_factor: z.number().optional(),
  original_max_position_embeddings: z.number().optional(),
  partial_rotary_factor: z.number().optional(),
});
type Rope = z.infer<typeof rope>;

/** The keys of config.json that change what the model computes. */
const schema = z.object({
  model_type: z.string(),
  hidden_size: z.number(),
  num_hidden_layers: z.number(),
  num_attention_heads: z.number(),
  num_key_value_heads: z.number().nullish(),
  head_dim: z.number().nullish(),
  intermediate_size: z.number(),
  vocab_size: z.number(),
  rms_norm_eps: z.number(),
  rope_theta: z.number().optional(),
  rope_scaling: rope.nullish(),
  rope_parameters: rope.nullish(),
  max_position_embeddings: z.number(),
  tie_word_embeddings: z.boolean().optional(),
  hidden_act: z.string().optional(),
  attention_bias: z.boolean().optional(),
  mlp_bias: z.boolean().optional(),
  sliding_window: z.number().nullish(),
  use_sliding_window: z.boolean().optional(),
  quantization_config: z.unknown().optional(),
});

/**
 * The configuration of a model from Hugging Face's config.json.
 * @param json   the parsed file
 * @param where  its path, for messages
 * @throws Error naming the file and the key: missing, of another kind, or asking for something that this model does not have
 */
export function huggingFaceConfig(json: unknown, where = "config.json"): ModelConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new Error(`${where}: ${path.join(".") || "the file"}: ${message}.`);
  }
  const file = parsed.data;
  const refuse = (key: string, value: unknown, needed: string): never => {
    throw new Error(`${where}: ${key} is ${JSON.stringify(value)}; ${needed}.`);
  };
  const architecture = ARCHITECTURES.find((name) => name === file.model_type);
  if (architecture === undefined)
    return refuse("model_type", file.model_type, `${ARCHITECTURES.join(", ")} are implemented`);
  const { hidden_act: activation = "silu", attention_bias: bias, mlp_bias: mlpBias } = file;
  if (activation !== "silu") refuse("hidden_act", activation, "only silu is implemented");
  if (bias === true) refuse("attention_bias", bias, "an attention output with a bias is not implemented");
  if (mlpBias === true) refuse("mlp_bias", mlpBias, "an MLP with biases is not implemented");
  if (file.quantization_config != null)
    refuse("quantization_config", file.quantization_config, "only plain weights are implemented");

  const headWidth = file.head_dim ?? file.hidden_size / file.num_attention_heads;
  const scaling: Rope = { ...file.rope_scaling, ...file.rope_parameters };
  const ropeBase = scaling.rope_theta ?? file.rope_theta ?? 10_000;
  // Qwen2's files give a window even where none is used.
  const window = architecture === "qwen2" && !file.use_sliding_window ? undefined : file.sliding_window;
  return checkConfig(
    {
      architecture,
      width: file.hidden_size,
      layers: file.num_hidden_layers,
      heads: file.num_attention_heads,
      kvHeads: file.num_key_value_heads ?? file.num_attention_heads,
      headWidth,
      inner: file.intermediate_size,
      vocabulary: file.vocab_size,
      epsilon: file.rms_norm_eps,
      ropeBase,
      ropeFactors: ropeFactors(scaling, headWidth, ropeBase, refuse),
      qkvBias: architecture === "qwen2",
      tied: file.tie_word_embeddings ?? false,
      // Within a sliding window attention is what it is without one.
      maxPositions: Math.min(file.max_position_embeddings, window ?? Number.POSITIVE_INFINITY),
    },
    where,
  );
}

/** The divisors of the frequencies. */
function ropeFactors(
  scaling: Rope,
  headWidth: number,
  ropeBase: number,
  refuse: (key: string, value: unknown, needed: string) => never,
): number[] | undefined {
  const type = scaling.rope_type ?? scaling.type ?? "default";
  const needed = (
    key: "factor" | "low_freq_factor" | "high_freq_factor" | "original_max_position_embeddings",
  ) => scaling[key] ?? refuse(key, undefined, `rope scaling of type ${type} needs it`);
  if ((scaling.partial_rotary_factor ?? 1) !== 1)
    refuse("partial_rotary_factor", scaling.partial_rotary_factor, "only whole heads are turned");
  if (type === "default") return undefined;
  if (type === "linear") return Array<number>(headWidth / 2).fill(needed("factor"));
  if (type === "llama3")
    return llama3Factors(headWidth, ropeBase, {
      factor: needed("factor"),
      lowFrequencyFactor: needed("low_freq_factor"),
      highFrequencyFactor: needed("high_freq_factor"),
      originalLength: needed("original_max_position_embeddings"),
    });
  return refuse("rope_type", type, "default, linear and llama3 are implemented");
}
