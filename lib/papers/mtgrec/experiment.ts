import { join } from "node:path";
import { type Experiment, Interrupted, type RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../experiment/store";
import { BASELINES, type Baseline } from "../../recsys/baselines";
import { datasetHasTimes } from "../../recsys/datasets";
import { PLANTED_CATALOGUE } from "../../recsys/generative/catalogues";
import { type Judge, judge, judgedOutput } from "../../recsys/generative/judge";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { trainT5 } from "../../recsys/generative/t5Training";
import type { TokenMap } from "../../recsys/generative/tokenMap";
import { loadTree, saveTree, tf } from "../../tensor";
import { disposeTree, variables } from "../../tensor/tree";
import { configuration, GENERATIVE, type MtgRecConfig, type Tokenizer } from "./config";
import { fineTune, setWeights } from "./fineTuning";
import { type Checkpoint, pretrain } from "./pretraining";
import { scoringRun } from "./scoring";
import { readTokenMaps } from "./tokenization";
import { tokenizerRun } from "./tokenizerRun";
import {
  buildT5,
  curriculumOptions,
  epochCases,
  fineTuningRate,
  loadData,
  pretrainingEpochs,
  pretrainingRate,
} from "./training";
import { ABLATIONS } from "./variants";

type Field = keyof MtgRecConfig;

const DATA_FIELDS: readonly Field[] = ["dataset", "simulatedUsers", "contentDimensions", "model", "part"];
const TOKENIZER_FIELDS: readonly Field[] = [
  ...(["hidden", "codeDimensions", "levels", "codes", "restart"] as const),
  ...(["snapshots", "recordEvery", "records", "snapshotChurn"] as const),
  ...(["tokenizerEpochs", "tokenizerRestart", "tokenizerBatchSize", "tokenizerLearningRate"] as const),
];
/** Of the SASRec that LETTER's codes are aligned with. */
const COLLABORATIVE_FIELDS: readonly Field[] = [
  "collaborativeEpochs",
  "windowLength",
  "baselineLearningRate",
];
const T5_FIELDS: readonly Field[] = [
  ...(["windowLength", "dimensions", "inner", "heads", "headDimensions", "layers", "dropout"] as const),
  ...([
    "stages",
    "prefixesPerUser",
    "batchSize",
    "learningRate",
    "warmup",
    "weightDecay",
    "clipNorm",
  ] as const),
  ...(["validationUsers", "validateEvery", "validationBeams", "testBeams", "decoding"] as const),
];
const MULTIPLE_FIELDS: readonly Field[] = ["backbone", "tokenizers", "relation", "curriculum", "fineTuning"];
const CURRICULUM_FIELDS: readonly Field[] = [
  ...(["temperature", "temperatureUnit", "accumulation", "correction"] as const),
  ...(["influenceCases", "influenceValidationCases"] as const),
];
const FINE_TUNING_FIELDS: readonly Field[] = [
  ...(["fineTuningEpochs", "fineTuningPatience", "fineTuningLearningRate"] as const),
  ...(["fineTuningTokenizers", "fineTuningCheckpoints"] as const),
];
const SCORING_FIELDS: readonly Field[] = [
  ...(["windowLength", "dimensions", "prefixesPerUser", "batchSize"] as const),
  ...(["baselineEpochs", "baselinePatience", "baselineLearningRate"] as const),
];

/**
 * MTGRec against recommenders that write one identifier an item, and against models that score items. A tokenizer is a run of its own, which all
 * recommenders of its codes build on; so is MTGRec before its fine-tuning.
 */
export const experiment: Experiment<MtgRecConfig> = {
  name: "mtgrec",
  title: "MTGRec",
  entry: "lib/papers/mtgrec/experiment.ts",
  configuration,
  relevant,
  unable,
  needs,
  run,
  ablations: ABLATIONS,
};

function isGenerative(model: string): model is Tokenizer {
  return (GENERATIVE as readonly string[]).includes(model);
}

/** Whose codes a run's items are written by; undefined where a model scores items. */
function tokenizerOf({ model, backbone }: MtgRecConfig): Tokenizer | undefined {
  if (model === "MTGRec") return backbone;
  return isGenerative(model) ? model : undefined;
}

/** The runs of tokenizers that a recommender builds on. */
function tokenizerConfigs(config: MtgRecConfig): MtgRecConfig[] {
  const model = tokenizerOf(config);
  if (model === undefined) return [];
  const several = config.model === "MTGRec" && config.relation === "unrelated" ? config.tokenizers : 1;
  return Array.from({ length: several }, (_, k) => ({
    ...config,
    model,
    part: "tokenizer" as const,
    restart: config.restart + k,
  }));
}

function isFineTuned({ model, fineTuning, part }: MtgRecConfig): boolean {
  return model === "MTGRec" && part === "recommender" && fineTuning;
}

function withoutFineTuning(config: MtgRecConfig): MtgRecConfig {
  return { ...config, fineTuning: false };
}

function needs(config: MtgRecConfig): MtgRecConfig[] {
  if (config.part === "tokenizer") return [];
  return [...tokenizerConfigs(config), ...(isFineTuned(config) ? [withoutFineTuning(config)] : [])];
}

/** The configuration without what a run of it does not read; the seed stands on its own. */
function relevant(config: MtgRecConfig): Partial<MtgRecConfig> {
  const fields = new Set<Field>([...DATA_FIELDS, ...fieldsOf(config)]);
  if (config.dataset !== PLANTED_CATALOGUE) fields.delete("simulatedUsers");
  return Object.fromEntries(Object.entries(config).filter(([field]) => fields.has(field as Field)));
}

function fieldsOf(config: MtgRecConfig): Field[] {
  const { model, part, tokenizers, curriculum } = config;
  const tokenizer = tokenizerOf(config);
  if (tokenizer === undefined) return [...SCORING_FIELDS];
  const written = [...TOKENIZER_FIELDS, ...(tokenizer === "LETTER" ? COLLABORATIVE_FIELDS : [])];
  if (part === "tokenizer") return written;
  const recommender = [...written, ...T5_FIELDS];
  if (model !== "MTGRec") return [...recommender, "fineTuningEpochs"]; // as many epochs as the two phases of MTGRec
  return [
    ...recommender,
    ...MULTIPLE_FIELDS.filter((field) => tokenizers > 1 || (field !== "curriculum" && field !== "relation")),
    ...(curriculum === "influence" && tokenizers > 1 ? CURRICULUM_FIELDS : []),
    // Without fine-tuning the tokenizers that would be tried are still those among which validation chooses.
    ...(isFineTuned(config)
      ? FINE_TUNING_FIELDS
      : (["fineTuningTokenizers", "fineTuningCheckpoints"] as const)),
  ];
}

function unable(config: MtgRecConfig): string | undefined {
  const { model, dataset, part, tokenizers, relation, snapshots } = config;
  const tokenizer = tokenizerOf(config);
  if (part === "tokenizer" && tokenizer === undefined) return `${model} has no tokenizer`;
  if (model === "MTGRec" && relation === "consecutive" && tokenizers > snapshots)
    return `${tokenizers} tokenizers need as many snapshots, and the configuration has ${snapshots}`;
  if (tokenizer !== undefined) return undefined;
  const { readsTimes = false, readsAttributes = false }: Baseline =
    BASELINES[model as keyof typeof BASELINES];
  const planted = dataset === PLANTED_CATALOGUE;
  if (readsTimes && (planted || !datasetHasTimes(dataset)))
    return `${model} reads time stamps, and ${dataset} has none`;
  return readsAttributes && planted ? `${model} reads attributes, and ${dataset} has none` : undefined;
}

function run(config: MtgRecConfig, context: RunContext): Promise<RunOutput> {
  if (config.part === "tokenizer") return tokenizerRun(config, context);
  if (config.model !== "MTGRec")
    return isGenerative(config.model) ? singleRun(config, context) : scoringRun(config, context);
  return config.fineTuning ? fineTunedRun(config, context) : pretrainedRun(config, context);
}

/** What a recommender is made of, freed by `dispose`. */
async function prepare(config: MtgRecConfig, { need, seed }: RunContext) {
  const { data } = await loadData(config);
  const runs: StoredRun[] = [];
  for (const each of tokenizerConfigs(config)) runs.push(await need(each));
  const multiple = config.model === "MTGRec";
  const maps = readTokenMaps(config, runs, multiple ? config.tokenizers : 1);
  const model = buildT5(config, maps[0].vocabulary, seed);
  const judged = judge(model, { ...judgeOptions(config), data, map: maps[maps.length - 1], seed });
  return {
    data,
    maps,
    model,
    judged,
    cases: epochCases(config, data, seed),
    dispose() {
      judged.dispose();
      disposeTree(model.weights);
    },
  };
}

/** A recommender of one tokenizer: all epochs of MTGRec's two phases from scratch, the best on validation kept. */
async function singleRun(config: MtgRecConfig, context: RunContext): Promise<RunOutput> {
  const { seed, signal, log, progress } = context;
  const { data, maps, model, judged, cases, dispose } = await prepare(config, context);
  const [map] = maps;
  const epochs = pretrainingEpochs(config) + config.fineTuningEpochs;
  try {
    const start = performance.now();
    const { bestEpoch, steps, complete } = await trainT5(model, data, map, {
      ...trainerOptions(config),
      ...{ seed, signal, epochs, cases },
      learningRate: pretrainingRate(config, epochs, cases(1).length),
      validateEvery: config.validateEvery,
      validate: () => judged.validate(map),
      onEpoch({ epoch, loss, validation }) {
        log(epoch, { loss, ...(validation === undefined ? {} : { "validation NDCG@10": validation }) });
        progress(epoch, epochs, `epoch ${epoch}, loss ${loss.toFixed(3)}`);
      },
    });
    if (!complete) throw new Interrupted();
    const seconds = (performance.now() - start) / 1000;
    return outputOf(model, judged, map, { "best epoch": bestEpoch, updates: steps }, seconds);
  } finally {
    dispose();
  }
}

/** Where a pre-training leaves the weights of an epoch. */
function weightsFile(epoch: number): string {
  return `weights-${epoch}.safetensors`;
}

/** MTGRec after its pre-training, tested by the tokenizer that validates best among those that fine-tuning would try. */
async function pretrainedRun(config: MtgRecConfig, context: RunContext): Promise<RunOutput> {
  const { seed, signal, log, progress, folder } = context;
  const { data, maps, model, judged, cases, dispose } = await prepare(config, context);
  const epochs = pretrainingEpochs(config);
  let checkpoints: readonly Checkpoint[] = [];
  try {
    const start = performance.now();
    const pretraining = await pretrain(model, data, maps, {
      ...trainerOptions(config),
      ...{ seed, signal, cases, stages: config.stages, checkpoints: config.fineTuningCheckpoints },
      learningRate: pretrainingRate(config, epochs, cases(1).length),
      curriculum: curriculumOptions(config, data, seed),
      onEpoch(epoch, loss) {
        log(epoch, { loss });
        progress(epoch, epochs, `epoch ${epoch}, loss ${loss.toFixed(3)}`);
      },
      onStage({ epoch, probabilities }) {
        log(epoch, Object.fromEntries([...probabilities].map((p, i) => [`chance of tokenizer ${i + 1}`, p])));
      },
    });
    checkpoints = pretraining.checkpoints;
    if (!pretraining.complete) throw new Interrupted();
    const seconds = (performance.now() - start) / 1000;
    for (const { epoch, weights } of checkpoints)
      saveTree(
        join(folder, weightsFile(epoch)),
        Object.fromEntries(weights.map((weight, k) => [`${k}`, weight])),
      );
    const tried = triedTokenizers(config);
    const values = tried.map((tokenizer) => judged.validate(maps[tokenizer]));
    const chosen = tried[values.indexOf(Math.max(...values))];
    const { stages, steps } = pretraining;
    const found = outputOf(model, judged, maps[chosen], { tokenizer: chosen + 1, updates: steps }, seconds);
    const rows = (of: (stage: (typeof stages)[number]) => Float64Array) =>
      Float64Array.from(stages.flatMap((stage) => [...of(stage)]));
    return {
      metrics: found.metrics,
      arrays: {
        ...found.arrays,
        influence: rows(({ influence }) => influence),
        accumulatedInfluence: rows(({ accumulated }) => accumulated),
        probabilities: rows(({ probabilities }) => probabilities),
        stageEpochs: Int32Array.from(stages, ({ epoch }) => epoch),
      },
      timings: {
        ...found.timings,
        "influence seconds": stages.reduce((sum, stage) => sum + stage.seconds, 0),
      },
    };
  } finally {
    tf.dispose(checkpoints.flatMap(({ weights }) => [...weights]));
    dispose();
  }
}

/** MTGRec: its pre-trained weights fine-tuned on one tokenizer. */
async function fineTunedRun(config: MtgRecConfig, context: RunContext): Promise<RunOutput> {
  const { seed, signal, log, progress } = context;
  const pretrained = await context.need(withoutFineTuning(config));
  const { data, maps, model, judged, cases, dispose } = await prepare(config, context);
  const saved = [...new Set([...config.fineTuningCheckpoints, pretrainingEpochs(config)])];
  const checkpoints: Checkpoint[] = [];
  try {
    for (const epoch of saved)
      checkpoints.push({ epoch, weights: readWeights(model, join(pretrained.folder, weightsFile(epoch))) });
    const start = performance.now();
    let candidate = 1;
    const tried = triedTokenizers(config);
    const epochs = config.fineTuningEpochs;
    const candidates = await fineTune(model, data, maps, checkpoints, {
      ...trainerOptions(config),
      ...{ seed, signal, cases, epochs, tokenizers: tried, patience: config.fineTuningPatience },
      learningRate: fineTuningRate(config, cases(1).length),
      validateEvery: config.validateEvery,
      validate: judged.validate,
      onCandidate(number) {
        candidate = number;
      },
      onEpoch({ epoch, loss, validation }) {
        const step = (candidate - 1) * epochs + epoch;
        log(step, { loss, ...(validation === undefined ? {} : { "validation NDCG@10": validation }) });
        progress(
          step,
          saved.length * tried.length * epochs,
          `candidate ${candidate}, epoch ${epoch}, loss ${loss.toFixed(3)}`,
        );
      },
    });
    const [best] = candidates;
    if (candidates.some(({ training }) => !training.complete)) throw new Interrupted();
    const seconds = (performance.now() - start) / 1000;
    const map = maps[best.tokenizer];
    const { bestEpoch, steps } = best.training;
    const found = outputOf(
      model,
      judged,
      map,
      {
        "best epoch": bestEpoch,
        tokenizer: best.tokenizer + 1,
        checkpoint: best.checkpoint.epoch,
        // The way to these weights; what the other candidates cost is in the timings.
        updates: pretrained.metrics["updates"] + steps,
      },
      seconds,
    );
    setWeights(model, best.checkpoint.weights);
    const before = judged.evaluate(map, "test");
    return {
      metrics: { ...found.metrics, "NDCG@10 before fine-tuning": before.metrics["NDCG@10"] },
      arrays: { ...found.arrays, ranksBefore: before.ranks },
      timings: {
        ...found.timings,
        "training seconds": pretrained.timings["training seconds"] + seconds,
      },
    };
  } finally {
    tf.dispose(checkpoints.flatMap(({ weights }) => [...weights]));
    dispose();
  }
}

/** The latest tokenizers, by their places. */
function triedTokenizers({ tokenizers, fineTuningTokenizers }: MtgRecConfig): number[] {
  const count = Math.min(tokenizers, fineTuningTokenizers);
  return Array.from({ length: count }, (_, k) => tokenizers - count + k);
}

function readWeights(model: T5, path: string): tf.Tensor[] {
  loadTree(path, Object.fromEntries(variables(model.weights).map((variable, k) => [`${k}`, variable])));
  return variables(model.weights).map((variable) => tf.clone(variable));
}

function judgeOptions(config: MtgRecConfig) {
  const { windowLength, decoding, validationBeams, testBeams, validationUsers } = config;
  return { windowLength, decoding, validationBeams, testBeams, validationUsers };
}

function trainerOptions({ windowLength, batchSize, weightDecay, clipNorm }: MtgRecConfig) {
  return { windowLength, batchSize, weightDecay, clipNorm };
}

/** Of both splits. */
function outputOf(
  model: T5,
  judged: Judge,
  map: TokenMap,
  training: Readonly<Record<string, number>>,
  seconds: number,
) {
  return { ...judgedOutput(model, judged, map, training), timings: { "training seconds": seconds } };
}
