import type { LanguageModel, ModelConfig } from "../../../llm/model";
import { causalBias } from "../../../llm/model/attention";
import { decoderLayers, embed, lastLogits } from "../../../llm/model/forward";
import { UNOBSERVED } from "../../../llm/model/hooks";
import { initialiseLanguageModel } from "../../../llm/model/initialise";
import { rotationOf } from "../../../llm/model/rope";
import { scoped } from "../../../llm/model/scope";
import { Rng, softmaxCrossEntropy, tf } from "../../../tensor";
import { placesOf } from "../circuit/task";
import { promptRows } from "../patching/batches";
import { answerToken, VOCABULARY } from "./examples";

/** Three layers of four heads, of the Llama class: 125 thousand parameters. */
export const SMALL_TRANSFORMER: ModelConfig = {
  architecture: "llama",
  width: 64,
  layers: 3,
  heads: 4,
  kvHeads: 4,
  headWidth: 16,
  inner: 128,
  vocabulary: VOCABULARY,
  epsilon: 1e-5,
  ropeBase: 10_000,
  qkvBias: false,
  tied: true,
  maxPositions: placesOf(7).length,
};

/** With fresh weights, whose matrices keep the size of what goes through them. */
export function smallTransformer(seed: number, config = SMALL_TRANSFORMER): LanguageModel<tf.Variable> {
  return scoped(() =>
    initialiseLanguageModel(config, Rng.key(seed), { deviation: config.width ** -0.5 / 2 }),
  );
}

/** Prompts of one length, and their answers, as tensors. */
export type AnsweredPrompts = {
  /** [B, T] int32 */
  readonly tokens: tf.Tensor2D;
  /** [B] int32 */
  readonly answers: tf.Tensor1D;
};

export function answeredPrompts(prompts: readonly Int32Array[]): AnsweredPrompts {
  return { tokens: promptRows(prompts), answers: tf.tensor1d(prompts.map(answerToken), "int32") };
}

/**
 * The logits behind the last token, of a run that nobody looks at.
 * @param tokens [B, T] int32
 * @returns [B, V]
 */
export function answerLogits(model: LanguageModel, tokens: tf.Tensor2D): tf.Tensor2D {
  const { config } = model;
  const [, length] = tokens.shape;
  const context = {
    config,
    observer: UNOBSERVED,
    rotation: rotationOf(config, 0, length),
    bias: causalBias(length),
  };
  const { hidden } = decoderLayers(model, embed(model, tokens), 0, () => [], context);
  return lastLogits(model, hidden, context);
}

/** Cross-entropy of the answers, mean over the prompts: no other token is predicted. In nats. */
export function answerLoss(model: LanguageModel, { tokens, answers }: AnsweredPrompts): tf.Scalar {
  return softmaxCrossEntropy<tf.Tensor1D>(answers, answerLogits(model, tokens)).mean<tf.Scalar>();
}
