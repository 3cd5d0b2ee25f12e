import type { Experiment, RunContext } from "../../experiment/experiment";
import type { RunOutput } from "../../experiment/store";
import { configuration, SCORING, type ScoringModel, type StreamRecConfig } from "./config";
import { directRun, scoringRun, stageOneRun, stageTwoRun } from "./runs";
import { stageThreeRun } from "./stageThreeRun";
import { ABLATIONS } from "./variants";

type Field = keyof StreamRecConfig;

const DATA_FIELDS: readonly Field[] = ["dataset", "simulatedUsers", "model"];
const SCORING_FIELDS: readonly Field[] = [
  ...(["windowLength", "dimensions", "prefixesPerUser", "batchSize"] as const),
  ...(["baselineEpochs", "baselinePatience", "baselineLearningRate"] as const),
];
const T5_FIELDS: readonly Field[] = [
  ...(["tokenizerLevels", "tokenizerCodes", "windowLength"] as const),
  ...(["dimensions", "inner", "heads", "headDimensions", "layers", "dropout"] as const),
  ...([
    "batchSize",
    "prefixesPerUser",
    "weightDecay",
    "pretrainingEpochs",
    "pretrainingLearningRate",
  ] as const),
  ...(["validationUsers", "validateEvery", "validationBeams", "testBeams"] as const),
];
/** How many updates TIGER makes. */
const LENGTH_FIELDS: readonly Field[] = ["stateEpochs", "fineTuningEpochs", "updates"];
const STAGE_1_FIELDS: readonly Field[] = ["stage", "steps", "mode", "directShare"];
const STAGE_2_FIELDS: readonly Field[] = [
  ...(["traces", "fineTuningEpochs", "fineTuningLearningRate", "stateEpochs"] as const),
  ...(["contrastWeight", "quantisationWeight", "preferenceWeight", "preference"] as const),
  ...(["annotated", "banTarget"] as const),
  ...LENGTH_FIELDS, // of the TIGER whose preferences it has
];
const STAGE_3_FIELDS: readonly Field[] = [
  ...([
    "updates",
    "prompts",
    "samples",
    "policyLearningRate",
    "clip",
    "klWeight",
    "dynamicSampling",
  ] as const),
  ...([
    "negatives",
    "formatReward",
    "matchReward",
    "similarityReward",
    "likelihoodReward",
    "rankReward",
  ] as const),
];

/**
 * STREAM-Rec against TIGER and recommenders that score items. Each of its stages is a run of its own, from which the next one goes on; TIGER is the direct
 * recommender that stages 2 and 3 compare with.
 */
export const experiment: Experiment<StreamRecConfig> = {
  name: "stream-rec",
  title: "STREAM-Rec",
  entry: "lib/papers/stream-rec/experiment.ts",
  configuration,
  relevant,
  needs,
  run,
  ablations: ABLATIONS,
};

function isScoring(config: StreamRecConfig): config is StreamRecConfig & { readonly model: ScoringModel } {
  return (SCORING as readonly string[]).includes(config.model);
}

function directConfig(config: StreamRecConfig): StreamRecConfig {
  return { ...config, model: "TIGER" };
}

/** STREAM-Rec one stage earlier. How it decodes does not change what it learns before its last stage. */
function stageBefore(config: StreamRecConfig): StreamRecConfig {
  return { ...config, stage: config.stage - 1, mode: "think" };
}

function needs(config: StreamRecConfig): StreamRecConfig[] {
  if (config.model !== "STREAM-Rec" || config.stage === 1) return [];
  return [stageBefore(config), directConfig(config)];
}

/** The configuration without what a run of it does not read; the seed stands on its own. */
function relevant(config: StreamRecConfig): Partial<StreamRecConfig> {
  const fields = new Set<Field>([...DATA_FIELDS, ...fieldsOf(config)]);
  if (!config.dataset.startsWith("tree")) fields.delete("simulatedUsers");
  return Object.fromEntries(Object.entries(config).filter(([field]) => fields.has(field as Field)));
}

function fieldsOf(config: StreamRecConfig): Field[] {
  const { model, stage } = config;
  if (isScoring(config)) return [...SCORING_FIELDS];
  if (model === "TIGER") return [...T5_FIELDS, ...LENGTH_FIELDS];
  if (model === "TIGER + pauses") return [...T5_FIELDS, ...LENGTH_FIELDS, "steps"];
  return [
    ...[...T5_FIELDS, ...STAGE_1_FIELDS],
    ...(stage >= 2 ? STAGE_2_FIELDS : []),
    ...(stage >= 3 ? STAGE_3_FIELDS : []),
  ];
}

async function run(config: StreamRecConfig, context: RunContext): Promise<RunOutput> {
  if (isScoring(config)) return scoringRun(config, context);
  if (config.model !== "STREAM-Rec") return directRun(config, context);
  if (config.stage === 1) return stageOneRun(config, context);
  const built = {
    before: await context.need(stageBefore(config)),
    direct: await context.need(directConfig(config)),
  };
  return config.stage === 2 ? stageTwoRun(config, context, built) : stageThreeRun(config, context, built);
}
