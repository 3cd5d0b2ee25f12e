import { describe, expect, test } from "vitest";
import { type GgufLike, ggufConfig } from "./ggufConfig";
import { huggingFaceConfig } from "./huggingFaceConfig";
import { smallConfig } from "./testing";

/** What the metadata of SmolLM2-135M-Instruct says. */
const SMOLLM2: Record<string, unknown> = {
  "general.architecture": "llama",
  "llama.block_count": 30,
  "llama.context_length": 8192,
  "llama.embedding_length": 576,
  "llama.feed_forward_length": 1536,
  "llama.attention.head_count": 9,
  "llama.attention.head_count_kv": 3,
  "llama.rope.freq_base": 100000,
  "llama.attention.layer_norm_rms_epsilon": 1e-5,
  "llama.rope.dimension_count": 64,
};
const gguf = (changed: Record<string, unknown> = {}, tensors: Record<string, number[]> = {}): GgufLike => ({
  source: { name: "model.gguf" },
  metadata: new Map(Object.entries({ ...SMOLLM2, ...changed }).filter(([, value]) => value !== undefined)),
  tensors: new Map(
    Object.entries({ "token_embd.weight": [49152, 576], ...tensors }).map(([name, shape]) => [
      name,
      { shape },
    ]),
  ),
});

/** What config.json of Qwen2.5-0.5B-Instruct says, as far as it matters. */
const QWEN2 = {
  model_type: "qwen2",
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  vocab_size: 151936,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  sliding_window: 32768,
  use_sliding_window: false,
  tie_word_embeddings: true,
  hidden_act: "silu",
};

describe("the configuration in a GGUF file", () => {
  test("of SmolLM2", () => {
    expect(ggufConfig(gguf())).toEqual({
      architecture: "llama",
      width: 576,
      layers: 30,
      heads: 9,
      kvHeads: 3,
      headWidth: 64,
      inner: 1536,
      vocabulary: 49152,
      epsilon: 1e-5,
      ropeBase: 100000,
      ropeFactors: undefined,
      qkvBias: false,
      tied: true,
      maxPositions: 8192,
    });
  });

  test("defaults, biases, an unembedding of its own, a window, and scaled frequencies", () => {
    const changed = {
      "llama.attention.head_count_kv": undefined,
      "llama.rope.freq_base": undefined,
      "llama.attention.sliding_window": 4096,
      "llama.rope.scaling.type": "linear",
      "llama.rope.scaling.factor": 4,
      "llama.block_count": 30n,
    };
    const tensors = { "output.weight": [49152, 576], "blk.0.attn_q.bias": [576] };
    expect(ggufConfig(gguf(changed, tensors))).toMatchObject({
      layers: 30,
      kvHeads: 9,
      ropeBase: 10_000,
      ropeFactors: Array(32).fill(4),
      qkvBias: true,
      tied: false,
      maxPositions: 4096,
    });
    expect(ggufConfig(gguf(changed), Array(32).fill(2)).ropeFactors).toEqual(Array(32).fill(2));
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "another architecture",
      { "general.architecture": "gemma2" },
      "the architecture gemma2 is not implemented; llama and qwen2 are",
    ],
    ["no layers", { "llama.block_count": undefined }, "the metadata key llama.block_count is missing"],
    ["a text for a number", { "llama.block_count": "30" }, "the metadata key llama.block_count is no number"],
    [
      "a part of a head",
      { "llama.rope.dimension_count": 32 },
      "llama.rope.dimension_count is 32; only rotary positions on the whole head",
    ],
    [
      "other values",
      { "llama.attention.value_length": 32 },
      "llama.attention.value_length is 32; only values as wide as keys, 64, are implemented",
    ],
    [
      "experts",
      { "llama.expert_count": 8 },
      "llama.expert_count is 8; mixtures of experts are not implemented",
    ],
    [
      "another scaling",
      { "llama.rope.scaling.type": "yarn" },
      "llama.rope.scaling.type is yarn; none, linear",
    ],
    [
      "an odd share",
      { "llama.attention.head_count_kv": 2 },
      "9 query heads cannot share 2 heads of keys and values evenly",
    ],
  ])("refuses %s", (_, changed, message) => {
    expect(() => ggufConfig(gguf(changed))).toThrow(`model.gguf: ${message}`);
  });

  test("refuses factors of another number", () => {
    expect(() => ggufConfig(gguf(), [1, 2])).toThrow(
      "rope factors must be 32 positive numbers, one a pair; there are 2",
    );
  });
});

describe("the configuration in config.json", () => {
  test("of Qwen2.5-0.5B", () => {
    expect(huggingFaceConfig(QWEN2)).toMatchObject({
      architecture: "qwen2",
      width: 896,
      heads: 14,
      kvHeads: 2,
      headWidth: 64,
      ropeBase: 1000000,
      qkvBias: true,
      tied: true,
      maxPositions: 32768,
    });
  });

  test("of Llama 3.1, in the older and in the newer form", () => {
    const llama = { ...QWEN2, model_type: "llama", sliding_window: undefined, use_sliding_window: undefined };
    const scaling = {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const older = huggingFaceConfig({ ...llama, rope_theta: 500000, rope_scaling: scaling });
    const { rope_theta: _, ...rest } = llama;
    const newer = huggingFaceConfig({ ...rest, rope_parameters: { ...scaling, rope_theta: 500000 } });
    expect(newer).toEqual(older);
    expect(older.ropeBase).toBe(500000);
    expect(older.ropeFactors?.[0]).toBe(1);
    expect(older.ropeFactors?.[31]).toBe(8);
    expect(() => huggingFaceConfig({ ...llama, rope_scaling: { rope_type: "llama3" } })).toThrow(
      "rope scaling of type llama3 needs it",
    );
  });

  test("of Mistral, whose window bounds the positions", () => {
    const mistral = { ...QWEN2, model_type: "mistral", use_sliding_window: undefined };
    expect(huggingFaceConfig({ ...mistral, sliding_window: 4096 }).maxPositions).toBe(4096);
    expect(huggingFaceConfig({ ...mistral, sliding_window: null }).maxPositions).toBe(32768);
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "another model",
      { model_type: "gemma" },
      'model_type is "gemma"; llama, mistral, qwen2 are implemented',
    ],
    ["a missing number", { hidden_size: undefined }, "hidden_size:"],
    ["another activation", { hidden_act: "gelu" }, 'hidden_act is "gelu"; only silu is implemented'],
    ["attention biases", { attention_bias: true }, "attention_bias is true"],
    ["biases in the MLP", { mlp_bias: true }, "mlp_bias is true"],
    [
      "packed weights",
      { quantization_config: { bits: 4 } },
      'quantization_config is {"bits":4}; only plain weights',
    ],
    [
      "another scaling",
      { rope_scaling: { type: "yarn", factor: 4 } },
      'rope_type is "yarn"; default, linear and llama3',
    ],
    [
      "parts of heads",
      { rope_scaling: { type: "default", partial_rotary_factor: 0.5 } },
      "partial_rotary_factor is 0.5",
    ],
  ])("refuses %s", (_, changed, message) => {
    expect(() => huggingFaceConfig({ ...QWEN2, ...changed }, "folder/config.json")).toThrow(
      `folder/config.json: ${message}`,
    );
  });
});

test("numbers that no model can have are named", () => {
  expect(() => smallConfig({ width: 0 })).toThrow("width must be a positive whole number, not 0.");
  expect(() => smallConfig({ headWidth: 5 })).toThrow("rotary positions turn pairs, and a head is 5 wide.");
  expect(() => smallConfig({ epsilon: Number.NaN })).toThrow("epsilon must be a positive number, not NaN.");
});
