/**
 * The shape of a decoder of the Llama class: root-mean-square norms before each sublayer, rotary positions, grouped-query attention, SwiGLU. Llama,
 * SmolLM2, Mistral and Qwen2 are this one model with other numbers.
 */
export interface ModelConfig {
  /** Family: what its makers call it. */
  readonly architecture: Architecture;
  /** D, of the residual stream. */
  readonly width: number;
  /** L */
  readonly layers: number;
  /** H, query heads. */
  readonly heads: number;
  /** G, heads of keys and values; H is a multiple of it. */
  readonly kvHeads: number;
  /** d, of a head; even. */
  readonly headWidth: number;
  /** F, of the MLP. */
  readonly inner: number;
  /** V */
  readonly vocabulary: number;
  /** ε, under the root of every norm. */
  readonly epsilon: number;
  /** θ of the rotary frequencies θ^(-2j/d). */
  readonly ropeBase: number;
  /** [d/2]: what each frequency is divided by; absent: 1. */
  readonly ropeFactors?: readonly number[];
  /** Whether queries, keys and values have biases; nothing else ever has. */
  readonly qkvBias: boolean;
  /** Whether the unembedding is the embedding. */
  readonly tied: boolean;
  /** Tokens that a sequence may have. */
  readonly maxPositions: number;
}

export type Architecture = "llama" | "mistral" | "qwen2";

/** @throws RangeError naming the first number that no such model can have */
export function checkConfig(config: ModelConfig, where: string): ModelConfig {
  const counts = [
    "width",
    "layers",
    "heads",
    "kvHeads",
    "headWidth",
    "inner",
    "vocabulary",
    "maxPositions",
  ] as const;
  for (const name of counts)
    if (!(Number.isSafeInteger(config[name]) && config[name] > 0))
      throw new RangeError(`${where}: ${name} must be a positive whole number, not ${config[name]}.`);
  const { heads, kvHeads, headWidth, epsilon, ropeBase, ropeFactors } = config;
  if (heads % kvHeads !== 0)
    throw new RangeError(
      `${where}: ${heads} query heads cannot share ${kvHeads} heads of keys and values evenly.`,
    );
  if (headWidth % 2 !== 0)
    throw new RangeError(`${where}: rotary positions turn pairs, and a head is ${headWidth} wide.`);
  for (const [name, value] of Object.entries({ epsilon, ropeBase }))
    if (!(value > 0 && value < Number.POSITIVE_INFINITY))
      throw new RangeError(`${where}: ${name} must be a positive number, not ${value}.`);
  if (ropeFactors !== undefined && (ropeFactors.length !== headWidth / 2 || !ropeFactors.every((f) => f > 0)))
    throw new RangeError(
      `${where}: rope factors must be ${headWidth / 2} positive numbers, one a pair; there are ${ropeFactors.length}: ${ropeFactors.slice(0, 4).join(", ")} …`,
    );
  return config;
}
