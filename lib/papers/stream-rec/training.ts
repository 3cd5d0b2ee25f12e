import { type Schedule, warmupCosine } from "../../optim";
import {
  type SequentialDataset,
  sampleCases,
  samplePrefixes,
  splitTargets,
  trainingPrefixes,
} from "../../recsys";
import { collisionRate } from "../../recsys/generative/codeStatistics";
import type { ItemCodes } from "../../recsys/generative/itemCodes";
import { type T5, t5 } from "../../recsys/generative/t5Parameters";
import { residualKMeans } from "../../recsys/generative/tokenizers/residualKMeans";
import { identifierVocabulary, largestCollision, tokenMap } from "../../recsys/generative/tokenMap";
import * as Rng from "../../tensor/rng";
import type { StreamRecConfig } from "./config";
import { loadStreamData, type StreamData } from "./data";
import { type ThinkingModel, thinkingNetworks } from "./states";
import { type StreamTokens, streamTokens } from "./tokens";

/** The data, where they are simulated, and the content are the same for every seed of a run. */
const DATA_SEED = 1;
/** Names the stream of random numbers that chooses who validates. */
const VALIDATION = 101;
/** Share of the updates in which the step size rises from 0. */
const WARMUP = 0.05;
/** Starts of k-means, of which the best counts. */
const RESTARTS = 5;

export function loadData({ dataset, simulatedUsers }: StreamRecConfig): Promise<StreamData> {
  return loadStreamData(dataset, { seed: DATA_SEED, planted: { users: simulatedUsers } });
}

/** Codes of all items by residual k-means of their content. */
export function codesOf(config: StreamRecConfig, { content }: StreamData, seed: number): ItemCodes {
  const { tokenizerLevels: levels, tokenizerCodes: codes } = config;
  return residualKMeans(content, { levels, codes, seed, restarts: RESTARTS }).codes;
}

/** What the model reads and writes; with a digit for items whose codes collide, where some do. @param pauses how many pause tokens there are */
export function tokensOf(codes: ItemCodes, pauses = 0): StreamTokens {
  const shared = collisionRate(codes) === 0 ? "shared" : "digit";
  const vocabulary = identifierVocabulary(codes, shared, Math.max(codes.codes, largestCollision(codes)));
  return streamTokens(tokenMap(codes, vocabulary), pauses);
}

/** A fresh model of the configuration's size. */
export function buildModel(config: StreamRecConfig, tokens: StreamTokens, seed: number): ThinkingModel {
  const { dimensions, inner, heads, headDimensions, layers, dropout } = config;
  const key = Rng.key(seed);
  const [modelKey, networkKey] = Rng.split(key, 2);
  const model: T5 = t5(
    { vocabulary: tokens.size, dimensions, inner, heads, headDimensions, layers, dropout },
    modelKey,
  );
  const networks = thinkingNetworks({ dimensions }, networkKey);
  for (const each of [key, modelKey, networkKey]) each.dispose();
  return { t5: model, networks };
}

/** The training cases of each epoch: all prefixes, or some of each user. */
export function epochCases(
  { prefixesPerUser }: StreamRecConfig,
  data: SequentialDataset,
  seed: number,
): (epoch: number) => Int32Array {
  const all = trainingPrefixes(data);
  return prefixesPerUser === 0
    ? () => all
    : (epoch) => samplePrefixes(data, prefixesPerUser, { seed, epoch });
}

/** The cases of the validation during training. */
export function validationCases(
  { validationUsers }: StreamRecConfig,
  data: SequentialDataset,
  seed: number,
): Int32Array {
  return sampleCases(splitTargets(data, "validation"), validationUsers, seed, VALIDATION);
}

/** Updates of an epoch. */
export function updatesAnEpoch(config: StreamRecConfig, data: SequentialDataset, seed: number): number {
  return Math.ceil(epochCases(config, data, seed)(1).length / config.batchSize);
}

/** Epochs in which TIGER makes as many updates as all stages of STREAM-Rec. */
export function directEpochs(config: StreamRecConfig, data: SequentialDataset, seed: number): number {
  const { pretrainingEpochs, stateEpochs, fineTuningEpochs, updates } = config;
  const thirdStage = Math.ceil(updates / updatesAnEpoch(config, data, seed));
  return pretrainingEpochs + stateEpochs + fineTuningEpochs + thirdStage;
}

/** A short warm-up, then half a cosine to 0 over so many epochs. */
export function rateOver(
  config: StreamRecConfig,
  data: SequentialDataset,
  seed: number,
  { peak, epochs }: { readonly peak: number; readonly epochs: number },
): Schedule {
  return warmupCosine({ peak, steps: epochs * updatesAnEpoch(config, data, seed), share: WARMUP });
}
