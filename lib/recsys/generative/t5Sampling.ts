import { tokenLogProbs } from "../../rl";
import { tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import * as Rng from "../../tensor/rng";
import { decode, encode, shiftRight } from "./t5";
import { decoderMemory, decodeStep, EMPTY_CACHE, reorderCache } from "./t5Cache";
import type { T5 } from "./t5Parameters";

export interface SamplingOptions {
  /** The token the decoder starts from; it is not among the sampled ones. Default 0. */
  readonly start?: number;
  /** T, the number of tokens a sample has: there is no end of a sequence. */
  readonly steps: number;
  /** G, samples of each row. */
  readonly samples: number;
  /** τ: tokens come from softmax(logits / τ); 0: always the likeliest one, the first of equals. Default 1. */
  readonly temperature?: number;
}

/** G samples of each row. */
export type Samples = {
  /** [B, G, T] int32 */
  readonly tokens: tf.Tensor3D;
  /**
   * [B, G, T], in nats: log π of each token under the distribution that it was drawn from, that of the logits over the temperature. It is the π_old of
   * a policy update, which scores at the same temperature. Greedy tokens, whose own distribution is a point, have that of temperature 1.
   */
  readonly logProbs: tf.Tensor3D;
};

/**
 * Samples what follows the inputs, token by token. The encoder runs once a row; its G samples stand side by side in the decoder, as a search's beams do,
 * and share the encoder's keys and values. Every token of the vocabulary may come at every step: what is no identifier is for the rewards to tell.
 * A pure function of weights, inputs and key; traceable as a whole, one program a shape. There is no dropout.
 * @param inputs  [B, L] int32, padded with 0
 * @param key     used up
 * @throws RangeError where steps or samples is not a positive whole number, the start is no token, or the temperature is negative
 */
export function sampleT5(
  model: T5<tf.Tensor>,
  inputs: tf.Tensor2D,
  options: SamplingOptions,
  key: tf.Tensor1D,
): Samples {
  const { start = 0, steps, samples, temperature = 1 } = checked(options, model.options.vocabulary);
  const [batch] = inputs.shape;
  return tf.tidy(() => {
    const memory = decoderMemory(model, encode(model, inputs));
    const copies = tf.zeros<tf.Rank.R2>([batch, samples], "int32"); // of a row's only beam
    let cache = EMPTY_CACHE;
    let last = tf.fill<tf.Rank.R2>([batch, 1], start, "int32");
    const tokens: tf.Tensor2D[] = [];
    const logProbs: tf.Tensor2D[] = [];
    for (let step = 0; step < steps; step++) {
      const made = decodeStep(model, memory, cache, last);
      // Before the first token a row's samples are one and the same.
      const logits = step === 0 ? gather<tf.Tensor3D>(made.logits, copies, 1, 1) : made.logits;
      cache = step === 0 ? reorderCache(made.cache, copies) : made.cache;
      const scaled = temperature === 0 || temperature === 1 ? logits : logits.div<tf.Tensor3D>(temperature);
      last =
        temperature === 0
          ? scaled.argMax<tf.Tensor2D>(-1)
          : Rng.categorical<tf.Tensor2D>(Rng.foldIn(key, step), scaled);
      tokens.push(last);
      logProbs.push(tokenLogProbs(scaled, last));
    }
    return {
      tokens: tf.stack(tokens, 2) as tf.Tensor3D,
      logProbs: tf.stack(logProbs, 2) as tf.Tensor3D,
    };
  });
}

/**
 * The logits that the tokens of samples had, by teacher forcing, for a loss: with a gradient, the encoder once a row.
 * @param inputs  [B, L] int32
 * @param tokens  [B, G, T] int32, as `sampleT5` made them
 * @param start   the token that sampling started from
 * @returns [B · G, T, V], of rows in the order of `tokens`; not divided by a temperature
 */
export function sampledLogits(
  model: T5<tf.Tensor>,
  inputs: tf.Tensor2D,
  tokens: tf.Tensor3D,
  start = 0,
): tf.Tensor3D {
  const [batch, samples, steps] = tokens.shape;
  return tf.tidy(() => {
    const { states, mask } = encode(model, inputs);
    const rows = tf.tensor1d(
      Int32Array.from({ length: batch * samples }, (_, row) => Math.floor(row / samples)),
      "int32",
    );
    const encoded = { states: gather<tf.Tensor3D>(states, rows), mask: gather<tf.Tensor4D>(mask, rows) };
    return decode(model, shiftRight(tokens.reshape([batch * samples, steps]), start), encoded);
  });
}

function checked(options: SamplingOptions, vocabulary: number): SamplingOptions {
  const { start = 0, steps, samples, temperature = 1 } = options;
  for (const [name, value] of Object.entries({ steps, samples })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`sampleT5: ${name} must be a positive whole number, not ${value}.`);
  }
  if (!(Number.isInteger(start) && start >= 0 && start < vocabulary))
    throw new RangeError(`sampleT5: the start ${start} is no token of a vocabulary of ${vocabulary}.`);
  if (!(temperature >= 0)) throw new RangeError(`sampleT5: the temperature ${temperature} is negative.`);
  return options;
}
