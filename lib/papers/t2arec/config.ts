import { z } from "zod";
import {
  type Configuration,
  describeConfig as describeSchema,
  field,
  type Overrides,
  type Preset,
  resolveConfig,
} from "../../experiment/configuration";
import { datasetNames } from "../../recsys/datasets";
import { LOSSES, type LossesName } from "./variants";

const positive = () => z.number().int().positive();
const weight = () => z.number().nonnegative();

/** Models of the comparison. */
export const MODELS = [
  "Caser",
  "GRU4Rec",
  "BERT4Rec",
  "SASRec",
  "Mamba4Rec",
  "TiSASRec",
  "TiM4Rec",
  "TTT4Rec",
  "T2ARec",
] as const;

export type ModelName = (typeof MODELS)[number];

const LOSS_NAMES = Object.keys(LOSSES) as [LossesName, ...LossesName[]];

/** The experiment, field by field; the defaults are the paper's values where it states them. */
export const configSchema = z
  .object({
    dataset: field(
      z.string().refine((name) => datasetNames().includes(name), {
        message: "is no known data set; `npx reprise data list` shows them",
      }),
      "Name of the data set or simulator.",
      "suite",
    ).default("ml-100k"),
    seed: field(
      z.number().int(),
      "Initial weights, order of the batches and dropout come from it.",
      "suite",
    ).default(1),
    model: field(z.enum(MODELS), "Which model is trained.", "paper").default("T2ARec"),
    trainLosses: field(z.enum(LOSS_NAMES), "Alignment losses that T2ARec trains with.", "paper").default(
      "both",
    ),
    testLosses: field(
      z.enum(LOSS_NAMES),
      "Alignment losses of the test-time step; none: plain inference.",
      "paper",
    ).default("both"),
    windowLength: field(positive(), "Longest history, L.", "paper", "items").default(50),
    batches: field(
      z.enum(["prefix", "position"]),
      "Train on every prefix and its next item, or, models that can, on all positions of a window in one pass.",
      "inferred",
    ).default("prefix"),
    prefixesPerUser: field(
      z.number().int().nonnegative(),
      "Random prefixes of each user an epoch; 0: all of them. For models on prefix batches.",
      "suite",
      "prefixes",
    ).default(0),
    batchSize: field(positive(), "Rows a training step.", "paper", "rows").default(4096),
    evaluationBatchSize: field(
      positive(),
      "Most rows a test batch, which also is what a test-time step sees.",
      "paper",
      "rows",
    ).default(4096),
    learningRate: field(z.number().positive(), "Step size of Adam in training.", "paper").default(1e-3),
    epochs: field(positive(), "Most epochs.", "Mamba4Rec", "epochs").default(300),
    patience: field(
      positive(),
      "Epochs without a better validation NDCG before training stops.",
      "Mamba4Rec",
      "epochs",
    ).default(10),

    dimensions: field(
      positive(),
      "Width of embedding and model, d; all models.",
      "paper",
      "channels",
    ).default(64),
    stateSize: field(positive(), "Width of the state, d_s.", "paper", "channels").default(32),
    convolutionWidth: field(positive(), "Positions the convolution sees.", "Mamba4Rec", "positions").default(
      4,
    ),
    dropout: field(z.number().min(0).lt(1), "Dropout rate of T2ARec.", "Mamba4Rec").default(0.2),
    dtInit: field(z.number(), "First bias in front of the softplus that gives Δ.", "inferred").default(0),
    dSkip: field(
      z.boolean(),
      "Add D ∘ x to the output of the state-space layer, as Mamba does.",
      "inferred",
    ).default(false),
    refeedContext: field(
      z.boolean(),
      "Whether the convolution of the re-fed token sees the real ones.",
      "inferred",
    ).default(true),
    qFrom: field(z.enum(["x", "input"]), "What Q of the step back is computed from.", "paper").default("x"),
    form: field(
      z.enum(["recurrence", "quadratic", "chunked"]),
      "How the recurrence is computed.",
      "suite",
    ).default("quadratic"),
    chunk: field(positive(), "Chunk length of the chunked form.", "inferred", "positions").default(64),

    timeWeight: field(
      weight(),
      "μ₁ in training, of L_time; the paper searches 0.01 to 10.",
      "inferred",
    ).default(0.1),
    stateWeight: field(
      weight(),
      "μ₂ in training, of L_state; the paper searches 0.01 to 10.",
      "inferred",
    ).default(0.01),
    lambda: field(
      weight(),
      "Gap difference that asks for a Δ difference of 1; 0: the median over training pairs.",
      "inferred",
      "days",
    ).default(0),
    block: field(positive(), "Positions a block of L_time, b.", "inferred", "positions").default(16),
    servingTime: field(z.boolean(), "Whether L_time knows the time of serving, t_{n+1}.", "paper").default(
      true,
    ),

    baselineServingTime: field(
      z.boolean(),
      "Whether TiSASRec and TiM4Rec know the time of serving too; in their papers they do not.",
      "suite",
    ).default(false),

    testSteps: field(
      z.number().int().nonnegative(),
      "M, gradient steps a test batch.",
      "paper",
      "steps",
    ).default(1),
    testLearningRate: field(weight(), "α of the test-time step.", "paper").default(0.005),
    testTimeWeight: field(weight(), "μ₁ at test time; the paper searches 0.001 to 1.", "inferred").default(
      0.1,
    ),
    testStateWeight: field(weight(), "μ₂ at test time; the paper searches 0.001 to 1.", "inferred").default(
      0.01,
    ),
    testParameters: field(
      z.enum(["all", "noEmbedding", "blockOnly"]),
      "What the test-time step moves.",
      "inferred",
    ).default("all"),
    testOptimizer: field(
      z.enum(["sgd", "adam"]),
      "Algorithm 1 prints sgd; adam starts afresh at every batch.",
      "paper",
    ).default("sgd"),

    gruHidden: field(
      positive(),
      "Width of GRU4Rec's state; RecBole's default is 128.",
      "RecBole",
      "channels",
    ).default(64),
    gruDropout: field(z.number().min(0).lt(1), "Dropout rate of GRU4Rec.", "RecBole").default(0.3),
    sasRecDropout: field(z.number().min(0).lt(1), "Dropout rate of SASRec.", "RecBole").default(0.5),

    simulatedUsers: field(positive(), "Users of a simulator.", "suite", "users").default(1500),
    segments: field(
      positive(),
      "Equal-count segments of the test cases by target time.",
      "paper",
      "segments",
    ).default(4),
  })
  .strict();

export type T2ARecConfig = z.infer<typeof configSchema>;

/** A configuration before its defaults are filled in. */
export type T2ARecOverrides = z.input<typeof configSchema>;

/** Scales of the experiment. */
export const PRESETS = {
  smoke: {
    status: "Seconds. Too small to say anything about the paper: it shows that everything runs.",
    config: {
      dataset: "simulator",
      simulatedUsers: 80,
      windowLength: 16,
      batches: "position",
      batchSize: 32,
      evaluationBatchSize: 64,
      learningRate: 5e-3,
      epochs: 2,
      dimensions: 16,
      stateSize: 8,
      gruHidden: 16,
    },
  },
  cpu: {
    status:
      "Minutes on two cores. Deviation: cross-entropy at all positions of a window in one pass; ten random prefixes of each user an epoch for models that cannot.",
    config: {
      batches: "position",
      prefixesPerUser: 10,
      batchSize: 128,
      evaluationBatchSize: 256,
      learningRate: 4e-3,
      epochs: 30,
      patience: 3,
    },
  },
  gpu: {
    status:
      "MovieLens-1M near the paper's scale, 20 minutes or so on one H100. Deviation: cross-entropy at all positions in one pass. It has not run on a GPU yet.",
    config: {
      dataset: "ml-1m",
      windowLength: 200,
      batches: "position",
      prefixesPerUser: 20,
      batchSize: 128,
      evaluationBatchSize: 1024,
      epochs: 60,
      form: "chunked",
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const configuration: Configuration<T2ARecConfig> = { schema: configSchema, presets: PRESETS };

/**
 * The configuration of a preset with overrides on top.
 * @throws naming the field and what was expected where an override does not fit
 */
export function t2aRecConfig(preset: PresetName, overrides: T2ARecOverrides = {}): T2ARecConfig {
  return resolveConfig("t2arec", configuration, preset, overrides as Overrides);
}

/** Every field with its sentence, unit, source and default: the table of a notebook or a help page. */
export function describeConfig(): ReturnType<typeof describeSchema> {
  return describeSchema(configSchema);
}
