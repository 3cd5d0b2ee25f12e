import { join } from "node:path";
import { Interrupted, type RunContext } from "../../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../../experiment/store";
import type { Schedule } from "../../../optim";
import { type SequentialDataset, trainingPrefixes } from "../../../recsys";
import { itemCodes } from "../../../recsys/generative/itemCodes";
import { judge, judgedOutput } from "../../../recsys/generative/judge";
import { t5Trainer } from "../../../recsys/generative/t5Trainer";
import { trainT5 } from "../../../recsys/generative/t5Training";
import type { TokenMap } from "../../../recsys/generative/tokenMap";
import { uniteDatasets } from "../../../recsys/union";
import { loadTree, saveTree } from "../../../tensor";
import { disposeTree } from "../../../tensor/tree";
import type { UtgRecConfig } from "../config";
import { codeVocabulary, type DomainUnion, domainTokens, uniteDomains } from "./domainTokens";
import { readCodes } from "./tokenizerRuns";
import {
  buildT5,
  fineTuningRate,
  loadWorld,
  scratchEpochs,
  scratchRate,
  sourcesOf,
  targetOf,
} from "./training";

const WEIGHTS_FILE = "recommender.safetensors";

/** The sequences of all sources as those of one domain. */
function sourceSequences(config: UtgRecConfig): SequentialDataset {
  return uniteDatasets(sourcesOf(loadWorld(config)).map(({ data }) => data)).data;
}

/** The sources as one domain, written by the pre-trained tokenizer. */
function writtenSources(config: UtgRecConfig, tokenizer: StoredRun): DomainUnion {
  const { levels, values, codes } = readCodes(config, tokenizer);
  const ids = codeVocabulary(config);
  const sources = sourcesOf(loadWorld(config)).map(({ data }) => data);
  let first = 0;
  const maps = sources.map(({ items }) => {
    const own = values.slice(first * levels, (first + items) * levels);
    first += items;
    return domainTokens(itemCodes(own, levels, codes), ids);
  });
  return uniteDomains(sources, maps);
}

/** The recommender trained on the sources' sequences, all domains in one batch; its last weights are kept. */
export async function pretrainedRecommenderRun(
  config: UtgRecConfig,
  { seed, signal, folder, log, progress }: RunContext,
  tokenizer: StoredRun,
): Promise<RunOutput> {
  const { data, map } = writtenSources(config, tokenizer);
  const model = buildT5(config, map.vocabulary, seed);
  const cases = trainingPrefixes(data);
  const epochs = config.recommenderEpochs;
  const trainer = t5Trainer(model, data, {
    ...trainerOptions(config),
    learningRate: scratchRate(config, data, epochs),
    ...{ seed, signal },
  });
  const start = performance.now();
  try {
    let loss = Number.NaN;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const found = await trainer.epoch(epoch, cases, [map]);
      if (found === undefined) throw new Interrupted();
      loss = found;
      log(epoch, { loss });
      progress(epoch, epochs, `recommender, epoch ${epoch}, loss ${loss.toFixed(3)}`);
    }
    saveTree(join(folder, WEIGHTS_FILE), model.weights);
    return {
      metrics: { loss, updates: trainer.steps() },
      timings: { "training seconds": (performance.now() - start) / 1000 },
    };
  } finally {
    trainer.dispose();
    disposeTree(model.weights);
  }
}

/**
 * UTGRec on the target: the pre-trained recommender fine-tuned on the target's codes, or one from scratch.
 * @param pretrained undefined where there is none to begin with
 */
export async function utgRecRun(
  config: UtgRecConfig,
  context: RunContext,
  tokenizer: StoredRun,
  pretrained: StoredRun | undefined,
): Promise<RunOutput> {
  const { data } = targetOf(loadWorld(config));
  const map = domainTokens(readCodes(config, tokenizer), codeVocabulary(config));
  const scratch = scratchEpochs(config, sourceSequences(config), data);
  const schedule =
    pretrained === undefined
      ? { epochs: scratch, learningRate: scratchRate(config, data, scratch) }
      : { epochs: config.fineTuningEpochs, learningRate: fineTuningRate(config, data) };
  return recommenderRun(config, context, { data, map, ...schedule, pretrained });
}

/** A recommender that writes identifiers of the target alone, from scratch. */
export async function singleDomainRun(
  config: UtgRecConfig,
  context: RunContext,
  map: TokenMap,
): Promise<RunOutput> {
  const { data } = targetOf(loadWorld(config));
  const epochs = scratchEpochs(config, sourceSequences(config), data);
  return recommenderRun(config, context, {
    ...{ data, map, epochs, pretrained: undefined },
    learningRate: scratchRate(config, data, epochs),
  });
}

interface RecommenderTraining {
  readonly data: SequentialDataset;
  readonly map: TokenMap;
  readonly epochs: number;
  readonly learningRate: Schedule;
  readonly pretrained: StoredRun | undefined;
}

/** Trains on the target, keeps the weights that validate best, and tests them once. */
async function recommenderRun(
  config: UtgRecConfig,
  { seed, signal, log, progress }: RunContext,
  { data, map, epochs, learningRate, pretrained }: RecommenderTraining,
): Promise<RunOutput> {
  const { windowLength, decoding, validationBeams, testBeams, validateEvery } = config;
  const model = buildT5(config, map.vocabulary, seed);
  if (pretrained !== undefined) loadTree(join(pretrained.folder, WEIGHTS_FILE), model.weights);
  const judged = judge(model, {
    ...{ data, map, windowLength, decoding, validationBeams, testBeams, seed },
    validationUsers: 0,
  });
  const cases = trainingPrefixes(data);
  try {
    const start = performance.now();
    const { bestEpoch, steps, complete } = await trainT5(model, data, map, {
      ...trainerOptions(config),
      ...{ seed, signal, epochs, learningRate, validateEvery },
      cases: () => cases,
      validate: () => judged.validate(map),
      onEpoch({ epoch, loss, validation }) {
        log(epoch, { loss, ...(validation === undefined ? {} : { "validation NDCG@10": validation }) });
        progress(epoch, epochs, `epoch ${epoch}, loss ${loss.toFixed(3)}`);
      },
    });
    if (!complete) throw new Interrupted();
    const before = pretrained?.metrics["updates"] ?? 0;
    return {
      ...judgedOutput(model, judged, map, { "best epoch": bestEpoch, updates: before + steps }),
      timings: { "training seconds": (performance.now() - start) / 1000 },
    };
  } finally {
    judged.dispose();
    disposeTree(model.weights);
  }
}

function trainerOptions({ windowLength, batchSize, weightDecay, clipNorm }: UtgRecConfig) {
  return { windowLength, batchSize, weightDecay, clipNorm };
}
