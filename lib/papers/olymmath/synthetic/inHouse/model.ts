import { initialiseLanguageModel, type LanguageModel, type ModelConfig } from "../../../../llm/model";
import { causalBias } from "../../../../llm/model/attention";
import { decoderLayers, embed, finalNorm, unembed } from "../../../../llm/model/forward";
import { UNOBSERVED } from "../../../../llm/model/hooks";
import { rotationOf } from "../../../../llm/model/rope";
import { scoped } from "../../../../llm/model/scope";
import type { Tokenizer } from "../../../../llm/tokenizer";
import { gather, Rng, softmaxCrossEntropy, type tf } from "../../../../tensor";
import { INSTRUCTIONS } from "../../prompts";
import { FAMILIES } from "../families";
import { synthItem } from "../items";
import { solutionOf } from "./examples";
import { learntTokenizer } from "./vocabulary";

/** Every report with scores of this model begins with it. */
export const IN_HOUSE_BANNER =
  "IN-HOUSE MODEL: a very small model, trained on generated problems of the very kind that it is asked; its scores say nothing about language models.";

/** Model and tokenizer that belong together; the model is to be trained. */
export interface InHouseModel {
  readonly model: LanguageModel<tf.Variable>;
  readonly tokenizer: Tokenizer;
}

export type InHouseSize = Pick<ModelConfig, "width" | "layers" | "heads" | "inner" | "maxPositions">;

/** Four layers of four heads: about 0.44 million parameters. */
export const IN_HOUSE_SIZE: InHouseSize = { width: 96, layers: 4, heads: 4, inner: 192, maxPositions: 320 };

/** Merges of the tokenizer, and problems of each family and tier that it is learnt from. */
const MERGES = 512;
const TEXTS_EACH = 12;

/**
 * With fresh weights, a pure function of seed and size.
 * @param tokenizer  default: learnt anew, which takes a second
 */
export function inHouseModel(
  seed: number,
  size: InHouseSize = IN_HOUSE_SIZE,
  tokenizer: Tokenizer = inHouseTokenizer(),
): InHouseModel {
  const config: ModelConfig = {
    ...size,
    ...{ architecture: "llama", kvHeads: size.heads, headWidth: size.width / size.heads },
    ...{ vocabulary: tokenizer.size, epsilon: 1e-5, ropeBase: 10_000, qkvBias: false, tied: true },
  };
  const deviation = size.width ** -0.5 / 2;
  return { tokenizer, model: scoped(() => initialiseLanguageModel(config, Rng.key(seed), { deviation })) };
}

/** Learnt from problems of the training split, of all families, both tiers and both languages. */
export function inHouseTokenizer(): Tokenizer {
  const texts = FAMILIES.flatMap(({ name }) =>
    Array.from({ length: TEXTS_EACH }, (_, index) => {
      const tier = index % 2 === 0 ? "EASY" : "HARD";
      const item = synthItem({ split: "training", tier, index, family: name });
      return [item.text.EN, item.text.ZH, solutionOf(item)].join("\n\n");
    }),
  );
  // The instructions come with every problem: they are to be a few tokens.
  const instructions = texts.map(() => `${INSTRUCTIONS.EN}\n\n${INSTRUCTIONS.ZH}\n\n`);
  return learntTokenizer([...texts, ...instructions], MERGES);
}

/** Sequences of one length. A type and not an interface: it is what a compiled function takes. */
export type ExampleBatch = {
  /** [B, T] int32, filled up at the right */
  readonly tokens: tf.Tensor2D;
  /** [B, W] int32: the positions before those that the model is to write, filled up with 0 */
  readonly places: tf.Tensor2D;
  /** [B, W] int32: what is to be written behind each place */
  readonly targets: tf.Tensor2D;
  /** [B, W] float32: 0 where the row is filled up, else 1 */
  readonly weights: tf.Tensor2D;
};

/** Cross-entropy of what the model is to write, mean over these tokens. In nats. */
export function writtenLoss(
  model: LanguageModel,
  { tokens, places, targets, weights }: ExampleBatch,
): tf.Scalar {
  const { config } = model;
  const length = tokens.shape[1];
  const context = {
    ...{ config, observer: UNOBSERVED },
    ...{ rotation: rotationOf(config, 0, length), bias: causalBias(length) },
  };
  const { hidden } = decoderLayers(model, embed(model, tokens), 0, () => [], context);
  const chosen = gather<tf.Tensor3D>(hidden, places, 1, 1); // [B, W, D]: the prompt needs no logits
  const logits = unembed(model, finalNorm(model, chosen, context));
  const losses = softmaxCrossEntropy<tf.Tensor2D>(targets, logits);
  // Σ w ce / Σ w
  return losses.mul(weights).sum<tf.Scalar>().div(weights.sum());
}
