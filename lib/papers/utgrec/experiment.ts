import type { Experiment, RunContext } from "../../experiment/experiment";
import type { RunOutput } from "../../experiment/store";
import { configuration, GENERATIVE, TRANSFER, type UtgRecConfig } from "./config";
import { pretrainedRecommenderRun, utgRecRun } from "./runs/recommenderRuns";
import { numberRun, transferRun } from "./runs/scoringRuns";
import { singleTokenizerRun } from "./runs/singleDomainRuns";
import { pretrainedTokenizerRun, tokenizerRun } from "./runs/tokenizerRuns";
import { ABLATIONS } from "./variants";

type Field = keyof UtgRecConfig;

const WORLD_FIELDS: readonly Field[] = [
  ...(["sources", "sourceItems", "sourceUsers", "sourceLength"] as const),
  ...(["targetItems", "targetUsers", "targetLength", "imageless", "model", "part"] as const),
];
const TOKENIZER_FIELDS: readonly Field[] = [
  ...(["width", "encoderLayers", "encoderEpochs", "loraRank"] as const),
  ...([
    "codeDimensions",
    "levels",
    "rootCodes",
    "leafCodes",
    "books",
    "factorised",
    "bookStart",
    "commitment",
  ] as const),
  ...(["mask", "diffusionSteps", "diffusionDepth", "diffusionRepeats", "variational"] as const),
  ...(["codeWeight", "diffusionWeight", "alignmentWeight", "alignmentTemperature"] as const),
  ...(["coReconstructionWeight"] as const),
  ...(["tokenizerEpochs", "tokenizerBatchSize", "tokenizerLearningRate", "quantiserWarmup"] as const),
];
const TARGET_TOKENIZER_FIELDS: readonly Field[] = ["tokenizerPretraining", "adaptation", "adaptationEpochs"];
const T5_FIELDS: readonly Field[] = [
  ...(["windowLength", "dimensions", "inner", "heads", "headDimensions", "layers", "dropout"] as const),
  ...(["recommenderEpochs", "batchSize", "learningRate", "warmup", "weightDecay", "clipNorm"] as const),
];
const TARGET_T5_FIELDS: readonly Field[] = [
  ...(["fineTuningEpochs", "validateEvery", "validationBeams", "testBeams", "decoding"] as const),
];
const RQVAE_FIELDS: readonly Field[] = [
  ...(["rqvaeEpochs", "contentDimensions", "levels", "rootCodes", "codeDimensions"] as const),
  "baselineLearningRate", // of LETTER's SASRec
];
const SCORING_FIELDS: readonly Field[] = [
  ...(["windowLength", "dimensions", "batchSize"] as const),
  ...(["baselineEpochs", "baselinePatience", "baselineLearningRate"] as const),
];

/**
 * UTGRec from source domains to a target, against its controls and other recommenders. What is trained on the sources are runs of their own, which all variants
 * build on that have it in common, and so are the tokenizers of the target.
 */
export const experiment: Experiment<UtgRecConfig> = {
  name: "utgrec",
  title: "UTGRec",
  entry: "lib/papers/utgrec/experiment.ts",
  configuration,
  relevant,
  unable,
  needs,
  run,
  ablations: ABLATIONS,
};

const isOneOf = (names: readonly string[], model: string) => names.includes(model);

function pretrainedTokenizer(config: UtgRecConfig): UtgRecConfig {
  return { ...config, part: "pretrained tokenizer" };
}

function targetTokenizer(config: UtgRecConfig): UtgRecConfig {
  return { ...config, part: "tokenizer" };
}

function pretrainedRecommender(config: UtgRecConfig): UtgRecConfig {
  return { ...config, part: "pretrained recommender" };
}

/** The runs that one builds on. */
function needs(config: UtgRecConfig): UtgRecConfig[] {
  if (config.model !== "UTGRec") return [];
  switch (config.part) {
    case "pretrained tokenizer":
      return [];
    case "tokenizer":
      return config.tokenizerPretraining ? [pretrainedTokenizer(config)] : [];
    case "pretrained recommender":
      return [pretrainedTokenizer(config)];
    case "recommender":
      return [
        targetTokenizer(config),
        ...(config.recommenderPretraining ? [pretrainedRecommender(config)] : []),
      ];
  }
}

/** The configuration without what a run of it does not read; the seed stands on its own. */
function relevant(config: UtgRecConfig): Partial<UtgRecConfig> {
  const fields = new Set<Field>([...WORLD_FIELDS, ...fieldsOf(config)]);
  return Object.fromEntries(Object.entries(config).filter(([field]) => fields.has(field as Field)));
}

function fieldsOf(config: UtgRecConfig): Field[] {
  const { model, part, tokenizerPretraining, recommenderPretraining, adaptation } = config;
  if (isOneOf(GENERATIVE, model))
    return [...RQVAE_FIELDS, ...T5_FIELDS, ...TARGET_T5_FIELDS, "scratchUpdates"];
  if (isOneOf(TRANSFER, model)) return [...SCORING_FIELDS, "baselinePretrainingEpochs", "contentDimensions"];
  if (model !== "UTGRec") return [...SCORING_FIELDS];
  const adapted = tokenizerPretraining && adaptation !== "none";
  const ofTarget: Field[] = [
    ...TARGET_TOKENIZER_FIELDS,
    ...(adapted ? (["adaptationLearningRate"] as const) : []),
  ];
  const fields: Record<UtgRecConfig["part"], Field[]> = {
    "pretrained tokenizer": [...TOKENIZER_FIELDS],
    tokenizer: [...TOKENIZER_FIELDS, ...ofTarget],
    "pretrained recommender": [...TOKENIZER_FIELDS, ...T5_FIELDS],
    recommender: [
      ...[...TOKENIZER_FIELDS, ...ofTarget, ...T5_FIELDS, ...TARGET_T5_FIELDS],
      "recommenderPretraining",
      recommenderPretraining ? "fineTuningLearningRate" : "scratchUpdates",
    ],
  };
  return fields[part];
}

function unable(config: UtgRecConfig): string | undefined {
  const { model, part, tokenizerPretraining, recommenderPretraining, adaptation } = config;
  if (part !== "recommender" && model !== "UTGRec") return `${model} has no ${part} of its own`;
  if (model === "UTGRec" && !tokenizerPretraining && recommenderPretraining)
    return "a recommender is pre-trained on codes of the pre-trained tokenizer, and there is none";
  if (model === "UTGRec" && !tokenizerPretraining && adaptation !== "free")
    return "a tokenizer that has not been pre-trained has no codes to keep: adaptation must be free";
  return undefined;
}

async function run(config: UtgRecConfig, context: RunContext): Promise<RunOutput> {
  const { model, part, tokenizerPretraining, recommenderPretraining } = config;
  if (isOneOf(GENERATIVE, model)) return singleTokenizerRun(config, context);
  if (isOneOf(TRANSFER, model)) return transferRun(config, context);
  if (model !== "UTGRec") return numberRun(config, context);
  switch (part) {
    case "pretrained tokenizer":
      return pretrainedTokenizerRun(config, context);
    case "tokenizer": {
      const before = tokenizerPretraining ? await context.need(pretrainedTokenizer(config)) : undefined;
      return tokenizerRun(config, context, before);
    }
    case "pretrained recommender":
      return pretrainedRecommenderRun(config, context, await context.need(pretrainedTokenizer(config)));
    case "recommender": {
      const tokenizer = await context.need(targetTokenizer(config));
      const before = recommenderPretraining ? await context.need(pretrainedRecommender(config)) : undefined;
      return utgRecRun(config, context, tokenizer, before);
    }
  }
}
