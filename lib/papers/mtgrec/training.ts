import { cosine, type Schedule, warmupCosine } from "../../optim";
import {
  type SequentialDataset,
  sampleCases,
  samplePrefixes,
  splitTargets,
  trainingPrefixes,
} from "../../recsys";
import { type LoadedCatalogue, loadCatalogue } from "../../recsys/generative/catalogues";
import { type T5, t5 } from "../../recsys/generative/t5Parameters";
import type { Vocabulary } from "../../recsys/generative/vocabulary";
import * as Rng from "../../tensor/rng";
import type { MtgRecConfig } from "./config";
import type { CurriculumOptions } from "./pretraining";

/** The data, and where it is simulated the content too, are the same for every seed of a run. */
const DATA_SEED = 1;
/** Streams of a run's random numbers: which cases influences are measured on. */
const STREAMS = { influence: 102, influenceValidation: 103 } as const;

/** Sequences and content of a configuration. @param options whether to whiten the content; the simulated one is taken as it is */
export function loadData(
  { dataset, contentDimensions, simulatedUsers }: MtgRecConfig,
  { whiten = true }: { readonly whiten?: boolean } = {},
): Promise<LoadedCatalogue> {
  return loadCatalogue(dataset, {
    dimensions: contentDimensions,
    whiten,
    seed: DATA_SEED,
    planted: { users: simulatedUsers },
  });
}

/** A fresh T5 of the configuration's size. */
export function buildT5(config: MtgRecConfig, vocabulary: Vocabulary, seed: number): T5 {
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

/** The training cases of each epoch: all prefixes, or some of each user. */
export function epochCases(
  { prefixesPerUser }: MtgRecConfig,
  data: SequentialDataset,
  seed: number,
): (epoch: number) => Int32Array {
  const all = trainingPrefixes(data);
  return prefixesPerUser === 0
    ? () => all
    : (epoch) => samplePrefixes(data, prefixesPerUser, { seed, epoch });
}

/** Epochs of the pre-training. */
export function pretrainingEpochs({ stages }: MtgRecConfig): number {
  return stages.reduce((sum, epochs) => sum + epochs, 0);
}

/** Warm-up and half a cosine over so many epochs. @param casesAnEpoch the same in every epoch */
export function pretrainingRate(config: MtgRecConfig, epochs: number, casesAnEpoch: number): Schedule {
  const { learningRate, batchSize } = config;
  const steps = epochs * Math.ceil(casesAnEpoch / batchSize);
  return warmupCosine({ peak: learningRate, steps, share: config.warmup });
}

/** Half a cosine over the epochs of a fine-tuning. */
export function fineTuningRate(config: MtgRecConfig, casesAnEpoch: number): Schedule {
  const { fineTuningLearningRate, fineTuningEpochs, batchSize } = config;
  return cosine({
    peak: fineTuningLearningRate,
    steps: fineTuningEpochs * Math.ceil(casesAnEpoch / batchSize),
  });
}

/** How the chances of the tokenizers come about; undefined where they stay even. */
export function curriculumOptions(
  config: MtgRecConfig,
  data: SequentialDataset,
  seed: number,
): CurriculumOptions | undefined {
  const { curriculum, temperature, temperatureUnit, accumulation, correction } = config;
  if (curriculum === "uniform" || config.tokenizers === 1) return undefined;
  return {
    temperature: temperatureUnit === "absolute" ? { tau: temperature } : { kappa: temperature },
    accumulation,
    correction,
    trainCases: sampleCases(trainingPrefixes(data), config.influenceCases, seed, STREAMS.influence),
    validationCases: sampleCases(
      splitTargets(data, "validation"),
      config.influenceValidationCases,
      seed,
      STREAMS.influenceValidation,
    ),
  };
}
