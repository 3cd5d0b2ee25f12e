import { type Architecture, checkConfig, type ModelConfig } from "./config";

/** What of an open GGUF file is read here. */
export interface GgufLike {
  readonly source: { readonly name: string };
  readonly metadata: ReadonlyMap<string, unknown>;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
}

/** Families by the name that GGUF gives them; Mistral's files say llama. */
const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ["llama", "llama"],
  ["qwen2", "qwen2"],
]);

/**
 * The configuration of a model in a GGUF file. Keys begin with the architecture: `llama.block_count`.
 * @param ropeFactors  the values of the tensor `rope_freqs.weight`, where the file has it
 * @throws Error naming the file and the key: missing, of another kind, or asking for something that this model does not have
 */
export function ggufConfig(file: GgufLike, ropeFactors?: readonly number[]): ModelConfig {
  const { metadata, tensors } = file;
  const fail = (reason: string): never => {
    throw new Error(`${file.source.name}: ${reason}.`);
  };
  const name = metadata.get("general.architecture");
  const architecture = typeof name === "string" ? ARCHITECTURES.get(name) : undefined;
  if (architecture === undefined)
    return fail(
      `the architecture ${String(name)} is not implemented; ${[...ARCHITECTURES.keys()].join(" and ")} are`,
    );
  const number = (key: string, fallback?: number): number => {
    const value = metadata.get(`${name}.${key}`) ?? fallback;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    return fail(`the metadata key ${name}.${key} ${value === undefined ? "is missing" : "is no number"}`);
  };
  const width = number("embedding_length");
  const heads = number("attention.head_count");
  const headWidth = number("attention.key_length", width / heads);
  const insist = (key: string, needed: number, why: string) => {
    const found = number(key, needed);
    if (found !== needed) fail(`${name}.${key} is ${found}; ${why}`);
  };
  insist("attention.value_length", headWidth, `only values as wide as keys, ${headWidth}, are implemented`);
  insist("rope.dimension_count", headWidth, `only rotary positions on the whole head are implemented`);
  insist("expert_count", 0, "mixtures of experts are not implemented");

  const vocabulary = tensors.get("token_embd.weight")?.shape[0];
  if (vocabulary === undefined) return fail("the tensor token_embd.weight is missing");
  const ropeBase = number("rope.freq_base", 10_000);
  return checkConfig(
    {
      architecture,
      width,
      layers: number("block_count"),
      heads,
      kvHeads: number("attention.head_count_kv", heads),
      headWidth,
      inner: number("feed_forward_length"),
      vocabulary,
      epsilon: number("attention.layer_norm_rms_epsilon"),
      ropeBase,
      ropeFactors: ropeFactors ?? linearFactors(file, headWidth, fail),
      qkvBias: tensors.has("blk.0.attn_q.bias"),
      tied: !tensors.has("output.weight"),
      // Within a sliding window attention is what it is without one.
      maxPositions: Math.min(
        number("context_length"),
        number("attention.sliding_window", 0) || Number.POSITIVE_INFINITY,
      ),
    },
    file.source.name,
  );
}

/** The divisors of `rope.scaling.*`: none, or the same for all frequencies. */
function linearFactors(
  { metadata }: GgufLike,
  headWidth: number,
  fail: (reason: string) => never,
): number[] | undefined {
  const prefix = `${metadata.get("general.architecture")}.rope.scaling`;
  const type = metadata.get(`${prefix}.type`) ?? "none";
  if (type === "none") return undefined;
  if (type !== "linear")
    return fail(
      `${prefix}.type is ${String(type)}; none, linear and a tensor rope_freqs.weight are implemented`,
    );
  const factor = metadata.get(`${prefix}.factor`);
  if (typeof factor !== "number") return fail(`the metadata key ${prefix}.factor is missing or no number`);
  return Array<number>(headWidth / 2).fill(factor);
}
