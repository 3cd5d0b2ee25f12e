import { z } from "zod";
import {
  type Configuration,
  describeConfig as describeSchema,
  field,
  type Overrides,
  type Preset,
  resolveConfig,
} from "../../experiment/configuration";
import { streamDataNames } from "./data";

const positive = () => z.number().int().positive();
const whole = () => z.number().int().nonnegative();
const rate = () => z.number().positive();
const weight = () => z.number().nonnegative();

/** Recommenders that score items: the paper's, and two that reason in latent states. */
export const SCORING = [
  "Caser",
  "GRU4Rec",
  "BERT4Rec",
  "SASRec",
  "NARM",
  "ReaRec-ERL",
  "ReaRec-PRL",
] as const;
/** Every recommender; TIGER writes an item at once, with pauses only after as many steps as STREAM-Rec thinks. */
export const MODELS = [...SCORING, "TIGER", "TIGER + pauses", "STREAM-Rec"] as const;

export type ScoringModel = (typeof SCORING)[number];
export type ModelName = (typeof MODELS)[number];

/** The experiment, field by field. Of the paper's own values only few are known: the others are marked. */
export const configSchema = z
  .object({
    dataset: field(
      z.string().refine((name) => streamDataNames().includes(name), {
        message: "is no known data set with item content; `npx reprise data list` shows the data sets",
      }),
      "Name of the data set, or of a simulated world: tree, tree-hard, tree-flat.",
      "suite",
    ).default("tree"),
    simulatedUsers: field(positive(), "Users of a simulated world.", "suite", "users").default(2000),
    tokenizerLevels: field(
      positive(),
      "Levels of the residual quantisation; where codes collide, one more token tells items apart.",
      "MTGRec's code",
      "levels",
    ).default(3),
    tokenizerCodes: field(positive(), "Codes a level, K.", "MTGRec's code", "codes").default(256),

    model: field(z.enum(MODELS), "Which recommender is trained.", "paper").default("STREAM-Rec"),
    stage: field(
      z.number().int().min(1).max(3),
      "The last stage of STREAM-Rec: 1 writes similar items, 2 learns annotated traces, 3 learns by reinforcement.",
      "paper",
    ).default(3),
    traces: field(
      z.enum(["annotated", "similar", "random"]),
      "What stage 2 learns to think: what iterative inference finds, tokens of similar items, or any codes.",
      "paper",
    ).default("annotated"),
    steps: field(whole(), "Thinking tokens, l; 0: none.", "paper", "tokens").default(6),
    mode: field(
      z.enum(["think", "think-joint"]),
      "Whether thinking is greedy before the search for the item, or part of the search.",
      "inferred",
    ).default("think"),

    windowLength: field(positive(), "Longest history.", "MTGRec's code", "items").default(20),
    dimensions: field(
      positive(),
      "Width of the T5; of the other models too.",
      "MTGRec's code",
      "channels",
    ).default(128),
    inner: field(positive(), "Width inside its feed-forward networks.", "MTGRec's code", "channels").default(
      512,
    ),
    heads: field(positive(), "Attention heads.", "MTGRec's code", "heads").default(4),
    headDimensions: field(positive(), "Width of a head.", "MTGRec's code", "channels").default(64),
    layers: field(
      positive(),
      "Layers of the encoder and of the decoder each.",
      "MTGRec's code",
      "layers",
    ).default(3),
    dropout: field(z.number().min(0).lt(1), "Dropout rate of the T5.", "MTGRec's code").default(0.1),
    batchSize: field(positive(), "Rows a training step.", "LETTER's code", "rows").default(512),
    prefixesPerUser: field(
      whole(),
      "Random prefixes of each user an epoch; 0: all of them.",
      "suite",
      "prefixes",
    ).default(0),
    weightDecay: field(weight(), "Weight decay of AdamW.", "MTGRec's code").default(0.05),
    directShare: field(
      z.number().min(0).lt(1),
      "Share of the rows of stages 1 and 2 that write the item at once.",
      "inferred",
    ).default(0.25),

    pretrainingEpochs: field(positive(), "Epochs of stage 1.", "inferred", "epochs").default(8),
    pretrainingLearningRate: field(rate(), "Largest step size of stage 1 and of TIGER.", "inferred").default(
      1e-3,
    ),
    fineTuningEpochs: field(positive(), "Epochs of stage 2.", "inferred", "epochs").default(10),
    fineTuningLearningRate: field(rate(), "Largest step size of stage 2.", "inferred").default(5e-4),
    stateEpochs: field(
      whole(),
      "Epochs before stage 2 in which only the networks of state and residual learn.",
      "inferred",
      "epochs",
    ).default(1),
    contrastWeight: field(weight(), "Of the contrast of states and targets in stage 2.", "inferred").default(
      0.1,
    ),
    quantisationWeight: field(weight(), "Of the distance of residuals and codewords.", "inferred").default(
      0.1,
    ),
    preferenceWeight: field(weight(), "Of the preference over the direct recommender.", "inferred").default(
      0.1,
    ),
    preference: field(
      z.enum(["likelihoods", "pair"]),
      "What is compared: the likelihoods of item and best wrong item after one trace, or two whole outputs.",
      "inferred",
    ).default("likelihoods"),
    annotated: field(
      z.enum(["every epoch", "once"]),
      "Whether traces are annotated by the weights of each epoch of stage 2, or by those from before its first.",
      "inferred",
    ).default("every epoch"),
    banTarget: field(
      z.boolean(),
      "Whether a trace may not hold the target's own tokens.",
      "inferred",
    ).default(false),

    updates: field(positive(), "Updates of stage 3.", "inferred", "updates").default(300),
    prompts: field(positive(), "Cases an update of stage 3.", "inferred", "cases").default(256),
    samples: field(positive(), "Outputs that are sampled of each case, G.", "inferred", "outputs").default(8),
    policyLearningRate: field(rate(), "Step size of stage 3.", "inferred").default(1e-5),
    clip: field(rate(), "ε of GRPO: how far the ratio of new to old policy counts.", "DeepSeekMath").default(
      0.2,
    ),
    klWeight: field(weight(), "β of GRPO: weight of the divergence from stage 2.", "DeepSeekMath").default(
      0.04,
    ),
    dynamicSampling: field(
      z.boolean(),
      "Whether cases whose outputs are all worth the same are replaced by others.",
      "suite",
    ).default(false),
    negatives: field(positive(), "Negatives of the ranking reward, N.", "inferred", "items").default(31),
    formatReward: field(weight(), "Weight of the reward of the format.", "inferred").default(1),
    matchReward: field(weight(), "Of the consecutive match.", "inferred").default(1),
    similarityReward: field(weight(), "Of the similarity of state and target.", "inferred").default(1),
    likelihoodReward: field(
      weight(),
      "Of the likelihood, against that of the direct recommender.",
      "inferred",
    ).default(1),
    rankReward: field(weight(), "Of the target's rank among negatives.", "inferred").default(1),

    validationUsers: field(
      whole(),
      "Users of the validation during a training, the same at every epoch; 0: all.",
      "suite",
      "users",
    ).default(0),
    validateEvery: field(positive(), "Epochs from one validation to the next.", "suite", "epochs").default(1),
    validationBeams: field(positive(), "Beams on validation.", "MTGRec's code", "beams").default(20),
    testBeams: field(positive(), "Beams on test.", "MTGRec's code", "beams").default(50),

    baselineEpochs: field(
      positive(),
      "Most epochs of a model that scores items.",
      "RecBole",
      "epochs",
    ).default(300),
    baselinePatience: field(
      positive(),
      "Epochs without a better validation NDCG before it stops.",
      "RecBole",
      "epochs",
    ).default(10),
    baselineLearningRate: field(rate(), "Step size of its Adam.", "RecBole").default(1e-3),
  })
  .strict();

export type StreamRecConfig = z.infer<typeof configSchema>;

/** A T5 and a protocol that two cores train in minutes. */
const CPU = {
  tokenizerCodes: 8,
  steps: 4,
  windowLength: 10,
  dimensions: 32,
  inner: 128,
  heads: 2,
  headDimensions: 16,
  layers: 1,
  batchSize: 128,
  prefixesPerUser: 2,
  pretrainingEpochs: 25,
  pretrainingLearningRate: 8e-3,
  fineTuningEpochs: 50,
  fineTuningLearningRate: 5e-3,
  updates: 60,
  prompts: 32,
  policyLearningRate: 3e-4,
  negatives: 7,
  validationUsers: 500,
  validateEvery: 10,
  validationBeams: 10,
  testBeams: 20,
  baselineEpochs: 40,
  baselinePatience: 3,
  baselineLearningRate: 4e-3,
} as const;

/** Scales of the experiment. */
export const PRESETS = {
  smoke: {
    status: "Seconds. Too small to say anything about the paper: it shows that everything runs.",
    config: {
      ...CPU,
      simulatedUsers: 60,
      steps: 2,
      windowLength: 4,
      dimensions: 16,
      inner: 32,
      heads: 1,
      batchSize: 32,
      pretrainingEpochs: 1,
      fineTuningEpochs: 1,
      updates: 2,
      prompts: 8,
      samples: 4,
      validationUsers: 0,
      validateEvery: 1,
      testBeams: 10,
      baselineEpochs: 1,
    },
  },
  cpu: {
    status:
      "The planted tree, minutes on two cores. Deviations: a small T5, two random prefixes of each user an epoch, 60 updates of GRPO, residual k-means in place of an RQ-VAE on text.",
    config: CPU,
  },
  "ml-100k": {
    status:
      "MovieLens-100K, minutes on two cores. Deviations: those of cpu; films are described by genres, decade and the words of their titles.",
    config: {
      ...CPU,
      dataset: "ml-100k",
      tokenizerLevels: 2,
      tokenizerCodes: 32,
      prefixesPerUser: 4,
      pretrainingEpochs: 10,
      fineTuningEpochs: 20,
      validationUsers: 0,
    },
  },
  gpu: {
    status:
      "A tree of 2,000 users, sizes of the lab's other recommenders, on one H100. It has not run on a GPU yet.",
    config: { tokenizerCodes: 8, pretrainingEpochs: 12, fineTuningEpochs: 20 },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const configuration: Configuration<StreamRecConfig> = { schema: configSchema, presets: PRESETS };

/**
 * The configuration of a preset with overrides on top.
 * @throws naming the field and what was expected where an override does not fit
 */
export function streamRecConfig(
  preset: PresetName,
  overrides: Partial<StreamRecConfig> = {},
): StreamRecConfig {
  return resolveConfig("stream-rec", configuration, preset, overrides as Overrides);
}

/** Every field with its sentence, unit, source and default: the table of a notebook or a help page. */
export function describeConfig(): ReturnType<typeof describeSchema> {
  return describeSchema(configSchema);
}
