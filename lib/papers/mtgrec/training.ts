import { createRandom } from "../../data/random";
import { cosine, type Schedule, warmup } from "../../optim";
import { type SequentialDataset, samplePrefixes, splitTargets, trainingPrefixes } from "../../recsys";
import { type LoadedCatalogue, loadCatalogue } from "../../recsys/generative/catalogues";
import {
  createGenerativeEvaluator,
  type GenerativeEvaluation,
} from "../../recsys/generative/generativeEvaluation";
import { type T5, t5 } from "../../recsys/generative/t5Parameters";
import type { TokenMap } from "../../recsys/generative/tokenMap";
import type { Vocabulary } from "../../recsys/generative/vocabulary";
import * as Rng from "../../tensor/rng";
import type { MtgRecConfig } from "./config";
import type { CurriculumOptions } from "./pretraining";

/** The data, and where it is simulated the content too, are the same for every seed of a run. */
const DATA_SEED = 1;
/** Streams of a run's random numbers: which users validate, and which cases influences are measured on. */
const STREAMS = { validation: 101, influence: 102, influenceValidation: 103 } as const;

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
  const rising = Math.round(config.warmup * steps);
  const falling = cosine({ peak: learningRate, steps: steps - rising });
  return rising === 0 ? falling : warmup({ steps: rising, after: falling });
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
    trainCases: sample(trainingPrefixes(data), config.influenceCases, seed, STREAMS.influence),
    validationCases: sample(
      splitTargets(data, "validation"),
      config.influenceValidationCases,
      seed,
      STREAMS.influenceValidation,
    ),
  };
}

/** Some of the cases in their order, without repetition. @param count 0: all */
function sample(cases: Int32Array, count: number, seed: number, stream: number): Int32Array {
  if (count === 0 || count >= cases.length) return cases;
  return createRandom(seed, stream).shuffle(cases.slice()).slice(0, count).sort();
}

/** What a recommender is worth by beam search: on validation while it trains, and on test. */
export interface Judge {
  /** NDCG@10 on the users of the validation during training. */
  validate(map: TokenMap): number;
  /** On the whole of a split, with the test's number of beams. */
  evaluate(map: TokenMap, split: "validation" | "test"): GenerativeEvaluation;
  dispose(): void;
}

/** Searches are compiled when they are first used. */
export function judge(
  model: T5,
  config: MtgRecConfig,
  data: SequentialDataset,
  map: TokenMap,
  seed: number,
): Judge {
  const { windowLength, decoding, validationBeams, testBeams } = config;
  const common = { dataset: data, windowLength, map, decoding };
  const quick = createGenerativeEvaluator(model, { ...common, beams: validationBeams });
  const full = createGenerativeEvaluator(model, { ...common, beams: testBeams });
  const cases = sample(splitTargets(data, "validation"), config.validationUsers, seed, STREAMS.validation);
  return {
    validate(next) {
      quick.use(next);
      return quick(cases).metrics["NDCG@10"];
    },
    evaluate(next, split) {
      full.use(next);
      return full(split);
    },
    dispose() {
      quick.dispose();
      full.dispose();
    },
  };
}
