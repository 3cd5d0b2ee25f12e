/** How the next token is drawn from the model's logits. What is left out does nothing. */
export interface SamplingOptions {
  /** Divides the logits; 0: always the likeliest token. Default 1. */
  readonly temperature?: number;
  /** Only the k likeliest tokens may come. */
  readonly topK?: number;
  /** Only the likeliest tokens that together reach this probability may come; in (0, 1]. */
  readonly topP?: number;
  /** Only tokens whose probability is at least this share of the likeliest one's may come; in [0, 1]. */
  readonly minP?: number;
  /** Divides the positive and multiplies the negative logits of tokens that have occurred, in prompt or completion; above 0. */
  readonly repetitionPenalty?: number;
}

/** @throws RangeError naming the first option that is out of its range */
export function checkSampling(options: SamplingOptions): void {
  const { temperature = 1, topK = 1, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  const require = (holds: boolean, name: keyof SamplingOptions, range: string) => {
    if (!holds) throw new RangeError(`${name} must be ${range}, not ${options[name]}.`);
  };
  require(temperature >= 0 && temperature < Number.POSITIVE_INFINITY, "temperature", "a number from 0");
  require(Number.isSafeInteger(topK) && topK >= 1, "topK", "a whole number from 1");
  require(topP > 0 && topP <= 1, "topP", "above 0 and at most 1");
  require(minP >= 0 && minP <= 1, "minP", "from 0 to 1");
  require(repetitionPenalty > 0 &&
    repetitionPenalty < Number.POSITIVE_INFINITY, "repetitionPenalty", "a number above 0");
}
