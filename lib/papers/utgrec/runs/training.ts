import { cosine, type Schedule, warmupCosine } from "../../../optim";
import { type SequentialDataset, trainingPrefixes } from "../../../recsys";
import { type T5, t5 } from "../../../recsys/generative/t5Parameters";
import type { Vocabulary } from "../../../recsys/generative/vocabulary";
import * as Rng from "../../../tensor/rng";
import type { UtgRecConfig } from "../config";
import type { ContentSizes } from "../tokenizer/content";
import { miniMM, withLora } from "../tokenizer/encoder/miniMM";
import { type UtgTokenizer, utgTokenizer } from "../tokenizer/tokenizer";
import type { LossWeights } from "../tokenizer/tokenizerLoss";
import type { TokenizerTrainingOptions } from "../tokenizer/tokenizerTraining";
import { type Domain, multiDomainWorld, type World } from "../world/world";
import { CHANNELS, PATCHES } from "../world/worldImages";
import { TEXT_LENGTH } from "../world/worldText";

/** The world is the same for every seed of a run. */
const DATA_SEED = 1;

export const CONTENT_SIZES: ContentSizes = {
  textLength: TEXT_LENGTH,
  patches: PATCHES,
  channels: CHANNELS,
};

/** The simulated domains of a configuration. */
export function loadWorld(config: UtgRecConfig): World {
  return multiDomainWorld({
    seed: DATA_SEED,
    sources: config.sources,
    items: config.sourceItems,
    users: config.sourceUsers,
    events: config.sourceLength,
    targetItems: config.targetItems,
    targetUsers: config.targetUsers,
    targetEvents: config.targetLength,
    imageless: config.imageless,
  });
}

export function sourcesOf({ domains }: World): readonly Domain[] {
  return domains.filter(({ role }) => role === "source");
}

/** The one domain that everything is adapted to. */
export function targetOf({ domains }: World): Domain {
  return domains[domains.length - 1];
}

/** A fresh tokenizer of the configuration's size, its encoder without low-rank changes. */
export function buildTokenizer(config: UtgRecConfig, words: number, seed: number): UtgTokenizer {
  const { width, levels, encoderLayers, codeDimensions, rootCodes, leafCodes, books, factorised } = config;
  const { commitment, diffusionDepth, diffusionSteps } = config;
  const key = Rng.key(seed);
  const [encoderKey, tokenizerKey] = Rng.split(key, 2);
  const encoder = miniMM(
    {
      ...CONTENT_SIZES,
      ...{ vocabulary: words, levels, dimensions: width, inner: 4 * width, layers: encoderLayers },
    },
    encoderKey,
  );
  const tokenizer = utgTokenizer(
    encoder,
    {
      codes: { books, factorised, rootCodes, leafCodes, dimensions: codeDimensions, commitment },
      diffusion: { depth: diffusionDepth },
      diffusionSteps,
    },
    tokenizerKey,
  );
  for (const each of [key, encoderKey, tokenizerKey]) each.dispose();
  return tokenizer;
}

/** The same tokenizer with low-rank changes beside its encoder's matrices, where the configuration wants them. */
export function withLowRank(tokenizer: UtgTokenizer, { loraRank }: UtgRecConfig, seed: number): UtgTokenizer {
  if (loraRank === 0) return tokenizer;
  const key = Rng.key(seed + LORA_SEED);
  try {
    return { ...tokenizer, encoder: withLora(tokenizer.encoder, { rank: loraRank }, key) };
  } finally {
    key.dispose();
  }
}

/** Sets the first low-rank changes apart from the first weights. */
const LORA_SEED = 7919;

/** What all trainings of a tokenizer have in common. */
export function tokenizerOptions(
  config: UtgRecConfig,
): Omit<TokenizerTrainingOptions, "phase" | "epochs" | "seed" | "learningRate"> {
  const weights: LossWeights = {
    image: config.diffusionWeight,
    code: config.codeWeight,
    alignment: config.alignmentWeight,
    partner: config.coReconstructionWeight,
  };
  return {
    batchSize: config.tokenizerBatchSize,
    masking: config.mask,
    repeats: config.diffusionRepeats,
    variational: config.variational,
    temperature: config.alignmentTemperature,
    weights,
  };
}

/** A fresh T5 of the configuration's size. */
export function buildT5(config: UtgRecConfig, vocabulary: Vocabulary, seed: number): T5 {
  const { dimensions, inner, heads, headDimensions, layers, dropout } = config;
  const key = Rng.key(seed);
  try {
    return t5(
      { vocabulary: vocabulary.size, dimensions, inner, heads, headDimensions, layers, dropout },
      key,
    );
  } finally {
    key.dispose();
  }
}

/** Updates of so many epochs over all training cases. */
export function updates({ batchSize }: UtgRecConfig, data: SequentialDataset, epochs: number): number {
  return epochs * Math.ceil(trainingPrefixes(data).length / batchSize);
}

/**
 * Epochs on the target of a recommender that is not pre-trained: as many updates as fine-tuning has, or as pre-training and fine-tuning have together.
 * @param mixture the sequences of all sources
 */
export function scratchEpochs(
  config: UtgRecConfig,
  mixture: SequentialDataset,
  target: SequentialDataset,
): number {
  if (config.scratchUpdates === "on the target") return config.fineTuningEpochs;
  const before = updates(config, mixture, config.recommenderEpochs);
  return config.fineTuningEpochs + Math.round(before / updates(config, target, 1));
}

/** The step size of a training from scratch: a warm-up, then half a cosine. */
export function scratchRate(config: UtgRecConfig, data: SequentialDataset, epochs: number): Schedule {
  const steps = updates(config, data, epochs);
  return warmupCosine({ peak: config.learningRate, steps, share: config.warmup });
}

/** Half a cosine over the epochs of a fine-tuning. */
export function fineTuningRate(config: UtgRecConfig, data: SequentialDataset): Schedule {
  return cosine({
    peak: config.fineTuningLearningRate,
    steps: updates(config, data, config.fineTuningEpochs),
  });
}
