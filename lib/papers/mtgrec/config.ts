import { z } from "zod";
import {
  type Configuration,
  describeConfig as describeSchema,
  field,
  type Overrides,
  type Preset,
  resolveConfig,
} from "../../experiment/configuration";
import { catalogueNames } from "../../recsys/generative/catalogues";

const positive = () => z.number().int().positive();
const whole = () => z.number().int().nonnegative();
const rate = () => z.number().positive();

/** Recommenders that write identifiers. */
export const GENERATIVE = ["TIGER", "LETTER", "TIGER++"] as const;
/** The paper's table 2, in its order. */
export const MODELS = [
  "Caser",
  "HGN",
  "GRU4Rec",
  "BERT4Rec",
  "SASRec",
  "FMLP-Rec",
  "HSTU",
  "FDSA",
  "S3-Rec",
  ...GENERATIVE,
  "MTGRec",
] as const;

export type Tokenizer = (typeof GENERATIVE)[number];
export type ModelName = (typeof MODELS)[number];

/** The experiment, field by field; the defaults are the paper's values for Amazon Scientific where it states them. */
export const configSchema = z
  .object({
    dataset: field(
      z.string().refine((name) => catalogueNames().includes(name), {
        message: "is no known data set with item content; `npx reprise data list` shows the data sets",
      }),
      "Name of the data set, or catalogue, the simulated one.",
      "suite",
    ).default("catalogue"),
    simulatedUsers: field(positive(), "Users of the simulated catalogue.", "suite", "users").default(800),
    contentDimensions: field(
      positive(),
      "Width of an item's content vector; the simulated catalogue has its own.",
      "paper",
      "channels",
    ).default(128),
    model: field(z.enum(MODELS), "Which recommender is trained.", "paper").default("MTGRec"),
    backbone: field(z.enum(GENERATIVE), "Whose tokenizer MTGRec has.", "paper").default("TIGER++"),
    part: field(
      z.enum(["recommender", "tokenizer"]),
      "Whether a run trains the recommender, or only what its items are written by.",
      "suite",
    ).default("recommender"),

    hidden: field(
      z.array(positive()).nonempty(),
      "Widths of the RQ-VAE's encoder between content and code; the decoder has them in reverse.",
      "paper",
      "channels",
    ).default([2048, 1024, 512, 256]),
    codeDimensions: field(positive(), "Width of a code, d.", "MTGRec's code", "channels").default(128),
    levels: field(
      positive(),
      "Levels of the residual quantisation, H; LETTER has one more.",
      "paper",
    ).default(3),
    codes: field(positive(), "Codes a level, K.", "paper", "codes").default(256),
    tokenizerEpochs: field(positive(), "Epochs of the RQ-VAE.", "paper", "epochs").default(10_000),
    tokenizerBatchSize: field(positive(), "Items a step of the RQ-VAE.", "paper", "items").default(2048),
    tokenizerLearningRate: field(
      rate(),
      "Step size of the RQ-VAE's Adagrad; LETTER's AdamW has its own.",
      "paper",
    ).default(1e-3),
    tokenizerRestart: field(
      whole(),
      "Epoch of the RQ-VAE after which its codes and its optimiser start anew; 0: none.",
      "suite",
      "epochs",
    ).default(0),
    restart: field(
      whole(),
      "Which of several tokenizers that are trained alike but for their seed.",
      "suite",
    ).default(0),
    collaborativeEpochs: field(
      positive(),
      "Epochs of the SASRec whose item vectors LETTER aligns its codes with.",
      "suite",
      "epochs",
    ).default(100),

    tokenizers: field(
      positive(),
      "Tokenizers that MTGRec is pre-trained on, n.",
      "paper",
      "tokenizers",
    ).default(15),
    relation: field(
      z.enum(["consecutive", "unrelated"]),
      "Whether the tokenizers are consecutive snapshots of one training, or the last ones of several.",
      "paper",
    ).default("consecutive"),
    snapshots: field(
      positive(),
      "Snapshots that a training of a tokenizer leaves.",
      "paper",
      "snapshots",
    ).default(30),
    recordEvery: field(
      positive(),
      "Epochs of the RQ-VAE between the records that snapshots are chosen from.",
      "paper",
      "epochs",
    ).default(1),
    records: field(
      positive(),
      "Records that the snapshots are chosen from; as many as snapshots: there is no choice.",
      "suite",
      "records",
    ).default(30),
    snapshotChurn: field(
      z.number().positive().lt(1),
      "Share of the items that consecutive snapshots should write differently: how far apart they are chosen.",
      "paper",
    ).default(0.12),

    windowLength: field(positive(), "Longest history, L.", "paper", "items").default(20),
    dimensions: field(positive(), "Width of the T5; of the other models too.", "paper", "channels").default(
      128,
    ),
    inner: field(positive(), "Width inside its feed-forward networks.", "paper", "channels").default(512),
    heads: field(positive(), "Attention heads.", "paper", "heads").default(4),
    headDimensions: field(positive(), "Width of a head.", "paper", "channels").default(64),
    layers: field(
      positive(),
      "Layers of the encoder and of the decoder each.",
      "MTGRec's code",
      "layers",
    ).default(5),
    dropout: field(z.number().min(0).lt(1), "Dropout rate of the T5.", "MTGRec's code").default(0.1),

    stages: field(
      z.array(positive()).nonempty(),
      "Epochs of each stage of the pre-training; the chances of the tokenizers are set anew between them.",
      "paper",
      "epochs",
    ).default([60, 20, 20, 20, 20, 20, 20, 20]),
    prefixesPerUser: field(
      whole(),
      "Random prefixes of each user an epoch; 0: all of them.",
      "suite",
      "prefixes",
    ).default(0),
    batchSize: field(positive(), "Rows a training step.", "paper", "rows").default(1024),
    learningRate: field(
      rate(),
      "Largest step size of AdamW; a cosine to 0 over all epochs.",
      "paper",
    ).default(5e-3),
    warmup: field(
      z.number().min(0).lt(1),
      "Share of the updates in which the step size rises from 0.",
      "MTGRec's code",
    ).default(0.0492),
    weightDecay: field(z.number().nonnegative(), "Of AdamW, of all parameters.", "MTGRec's code").default(
      0.05,
    ),
    clipNorm: field(rate(), "Largest norm of a gradient.", "MTGRec's code").default(1),

    curriculum: field(
      z.enum(["influence", "uniform"]),
      "Whether the chances of the tokenizers follow their influence, or stay even.",
      "paper",
    ).default("influence"),
    temperature: field(rate(), "τ of the chances.", "paper").default(1),
    temperatureUnit: field(
      z.enum(["absolute", "deviations"]),
      "Whether τ is meant as it stands, or in standard deviations of the influences.",
      "suite",
    ).default("absolute"),
    accumulation: field(
      z.enum(["average", "sum"]),
      "How the influences of the stages add up, weighted by the learning rate.",
      "MTGRec's code",
    ).default("average"),
    correction: field(
      z.enum(["none", "adam"]),
      "Bias correction of the moments in the influence's direction.",
      "MTGRec's code",
    ).default("none"),
    influenceCases: field(
      whole(),
      "Training cases that influences are measured on, the same at every stage; 0: all.",
      "suite",
      "cases",
    ).default(0),
    influenceValidationCases: field(
      whole(),
      "Validation cases that they are measured on; 0: all.",
      "suite",
      "cases",
    ).default(0),

    fineTuning: field(
      z.boolean(),
      "Whether MTGRec is fine-tuned on one tokenizer in the end.",
      "paper",
    ).default(true),
    fineTuningEpochs: field(positive(), "Most epochs of a fine-tuning.", "paper", "epochs").default(100),
    fineTuningPatience: field(
      positive(),
      "Validations without a better one before a fine-tuning stops.",
      "paper",
      "validations",
    ).default(10),
    fineTuningLearningRate: field(
      rate(),
      "First step size of a fine-tuning; a cosine to 0.",
      "paper",
    ).default(2e-4),
    fineTuningTokenizers: field(
      positive(),
      "Tokenizers to try, the latest ones; the best on validation is kept.",
      "MTGRec's code",
      "tokenizers",
    ).default(5),
    fineTuningCheckpoints: field(
      z.array(positive()),
      "Epochs of the pre-training to try beside its last.",
      "MTGRec's code",
      "epochs",
    ).default([90, 100, 110, 120]),

    validationUsers: field(
      whole(),
      "Users of the validation during a training, the same at every epoch; 0: all.",
      "suite",
      "users",
    ).default(0),
    validateEvery: field(positive(), "Epochs from one validation to the next.", "suite", "epochs").default(1),
    validationBeams: field(positive(), "Beams on validation.", "MTGRec's code", "beams").default(20),
    testBeams: field(positive(), "Beams on test.", "paper", "beams").default(50),
    decoding: field(
      z.enum(["raw", "filtered", "constrained"]),
      "What becomes of identifiers that no item has: they stay as misses, are passed over, or are never written.",
      "MTGRec's code",
    ).default("raw"),

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

export type MtgRecConfig = z.infer<typeof configSchema>;

/** A T5 and a protocol that two cores train in minutes; the tokenizers differ from data set to data set. */
const SMALL = {
  codeDimensions: 16,
  snapshots: 8,
  records: 80,
  tokenizers: 4,
  dimensions: 32,
  inner: 64,
  heads: 2,
  headDimensions: 16,
  layers: 1,
  stages: [12, 4, 4, 4],
  batchSize: 128,
  learningRate: 3e-3,
  warmup: 0.05,
  temperature: 1,
  temperatureUnit: "deviations",
  influenceCases: 512,
  influenceValidationCases: 256,
  fineTuningEpochs: 8,
  fineTuningLearningRate: 3e-4,
  fineTuningTokenizers: 1,
  fineTuningCheckpoints: [],
  validateEvery: 2,
  validationBeams: 10,
  testBeams: 20,
  collaborativeEpochs: 10,
  baselineEpochs: 30,
  baselinePatience: 3,
  baselineLearningRate: 4e-3,
} as const;

const CATALOGUE = {
  ...SMALL,
  contentDimensions: 32,
  hidden: [64, 32],
  codes: 32,
  tokenizerEpochs: 600,
  tokenizerRestart: 150,
  tokenizerBatchSize: 300,
  tokenizerLearningRate: 3e-3,
  recordEvery: 4,
  records: 100,
  windowLength: 6,
} as const;

/** Scales of the experiment. */
export const PRESETS = {
  smoke: {
    status: "Seconds. Too small to say anything about the paper: it shows that everything runs.",
    config: {
      ...SMALL,
      contentDimensions: 16,
      simulatedUsers: 80,
      hidden: [24],
      codeDimensions: 8,
      codes: 8,
      tokenizerEpochs: 30,
      tokenizerBatchSize: 100,
      tokenizerLearningRate: 1e-2,
      snapshots: 3,
      records: 10,
      tokenizers: 2,
      windowLength: 3,
      stages: [4, 2],
      learningRate: 1e-2,
      influenceCases: 32,
      influenceValidationCases: 32,
      fineTuningEpochs: 2,
      validationBeams: 10,
      testBeams: 10,
      collaborativeEpochs: 1,
      baselineEpochs: 1,
    },
  },
  cpu: {
    status:
      "The simulated catalogue, minutes on two cores. Deviations: a small T5 and RQ-VAE, 24 epochs of pre-training, influences on samples, τ in standard deviations of the influences.",
    config: CATALOGUE,
  },
  catalogue: {
    status:
      "The same for the command line: two and a half times as many epochs, two candidates of fine-tuning.",
    config: {
      ...CATALOGUE,
      stages: [24, 12, 12, 12],
      fineTuningEpochs: 15,
      fineTuningTokenizers: 2,
      validateEvery: 3,
    },
  },
  lastfm: {
    status:
      "LastFM, minutes on two cores. Deviations: those of cpu; four random prefixes of each user an epoch, tags in place of a sentence embedding.",
    config: {
      ...SMALL,
      dataset: "lastfm",
      contentDimensions: 64,
      hidden: [256, 128],
      codeDimensions: 32,
      codes: 64,
      tokenizerEpochs: 200,
      tokenizerRestart: 50,
      tokenizerBatchSize: 1024,
      tokenizerLearningRate: 5e-3,
      windowLength: 10,
      prefixesPerUser: 4,
    },
  },
  beauty: {
    status:
      "Amazon Beauty, under two hours on two cores for three seeds of MTGRec and its two controls. Deviations: those of lastfm; two random prefixes of each user an epoch, histories of 6 items, validation on 1,500 users during training.",
    config: {
      ...SMALL,
      dataset: "amazon-beauty",
      contentDimensions: 64,
      hidden: [256, 128],
      codeDimensions: 64,
      codes: 256,
      tokenizerEpochs: 100,
      tokenizerRestart: 20,
      tokenizerBatchSize: 2048,
      tokenizerLearningRate: 5e-3,
      records: 60,
      windowLength: 6,
      prefixesPerUser: 2,
      batchSize: 256,
      dimensions: 64,
      inner: 256,
      heads: 4,
      headDimensions: 16,
      stages: [8, 3, 3, 3],
      influenceCases: 4096,
      influenceValidationCases: 2048,
      fineTuningEpochs: 6,
      validationUsers: 1500,
      validationBeams: 10,
      testBeams: 20,
    },
  },
  gpu: {
    status:
      "Amazon Beauty near the paper's scale, 20 minutes or so on one H100. Deviations: eight tokenizers, 40 epochs of pre-training, influences on samples. It has not run on a GPU yet.",
    config: {
      dataset: "amazon-beauty",
      hidden: [512, 256],
      tokenizerEpochs: 2000,
      tokenizerRestart: 200,
      snapshots: 8,
      records: 64,
      tokenizers: 8,
      layers: 3,
      stages: [12, 4, 4, 4, 4, 4, 4, 4],
      learningRate: 4e-3,
      warmup: 0.05,
      influenceCases: 6500,
      influenceValidationCases: 5500,
      fineTuningEpochs: 10,
      fineTuningTokenizers: 3,
      fineTuningCheckpoints: [],
      validationUsers: 2200,
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const configuration: Configuration<MtgRecConfig> = { schema: configSchema, presets: PRESETS };

/**
 * The configuration of a preset with overrides on top.
 * @throws naming the field and what was expected where an override does not fit
 */
export function mtgRecConfig(preset: PresetName, overrides: Partial<MtgRecConfig> = {}): MtgRecConfig {
  return resolveConfig("mtgrec", configuration, preset, overrides as Overrides);
}

/** Every field with its sentence, unit, source and default: the table of a notebook or a help page. */
export function describeConfig(): ReturnType<typeof describeSchema> {
  return describeSchema(configSchema);
}
