import { z } from "zod";
import {
  type Configuration,
  describeConfig as describeSchema,
  field,
  type Overrides,
  type Preset,
  resolveConfig,
} from "../../experiment/configuration";

const positive = () => z.number().int().positive();
const whole = () => z.number().int().nonnegative();
const rate = () => z.number().positive();
const weight = () => z.number().nonnegative();

/** Recommenders that write identifiers of the target alone. */
export const GENERATIVE = ["TIGER", "TIGER-MM", "LETTER"] as const;
/** Recommenders that score items, pre-trained on the source domains like UTGRec. */
export const TRANSFER = ["UniSRec", "VQ-Rec", "MISSRec"] as const;
/** The paper's table of results, in its order, as far as the world has what the models read. */
export const MODELS = [
  "GRU4Rec",
  "BERT4Rec",
  "SASRec",
  "FMLP-Rec",
  ...TRANSFER,
  ...GENERATIVE,
  "UTGRec",
] as const;

export type GenerativeModel = (typeof GENERATIVE)[number];
export type TransferName = (typeof TRANSFER)[number];
export type ModelName = (typeof MODELS)[number];

/** The experiment, field by field; the defaults are the values of the authors' code where it states them. */
export const configSchema = z
  .object({
    sources: field(positive(), "Source domains of the simulated world.", "paper", "domains").default(5),
    sourceItems: field(positive(), "Items of a source domain.", "suite", "items").default(8000),
    sourceUsers: field(positive(), "Users of a source domain.", "suite", "users").default(40_000),
    sourceLength: field(positive(), "Interactions of a user there.", "suite", "items").default(7),
    targetItems: field(positive(), "Items of the target domain.", "suite", "items").default(8000),
    targetUsers: field(positive(), "Users of the target domain.", "suite", "users").default(20_000),
    targetLength: field(positive(), "Interactions of a user there.", "suite", "items").default(6),
    imageless: field(z.number().min(0).lt(1), "Share of the items that have no picture.", "suite").default(
      0.1,
    ),

    model: field(z.enum(MODELS), "Which recommender is trained.", "paper").default("UTGRec"),
    part: field(
      z.enum(["recommender", "pretrained recommender", "tokenizer", "pretrained tokenizer"]),
      "Whether a run trains the recommender of the target, or something that it builds on.",
      "suite",
    ).default("recommender"),

    width: field(
      positive(),
      "Width of the encoder and of the decoders, d.",
      "UTGRec's code",
      "channels",
    ).default(256),
    encoderLayers: field(positive(), "Layers of the encoder.", "suite", "layers").default(6),
    encoderEpochs: field(
      whole(),
      "Epochs of the encoder alone, as an autoencoder of text and picture; 0: none.",
      "suite",
      "epochs",
    ).default(4),
    loraRank: field(
      whole(),
      "Rank of the updates of the encoder's layers once it trains as a tokenizer; 0: they are trained in full.",
      "paper",
    ).default(8),
    codeDimensions: field(positive(), "Width of a code, d_c.", "paper", "channels").default(128),
    levels: field(positive(), "Tokens an item, L.", "paper", "tokens").default(3),
    rootCodes: field(positive(), "Codes of the first token, K_r.", "paper", "codes").default(256),
    leafCodes: field(positive(), "Codes that all later tokens share, K_f.", "paper", "codes").default(512),
    books: field(
      z.enum(["tree", "flat"]),
      "Whether later tokens share one codebook, or every token has its own, the shared one divided among them.",
      "paper",
    ).default("tree"),
    factorised: field(
      z.boolean(),
      "Whether a codebook is the product of two matrices, C = E W, or trained as it stands.",
      "paper",
    ).default(true),
    bookStart: field(
      z.enum(["drawn", "centres"]),
      "Where codebooks start once codes take the place of the vectors: as drawn, or at the centres of what they are to stand for.",
      "UTGRec's code",
    ).default("drawn"),
    commitment: field(weight(), "β, of the distance of a vector to its code.", "paper").default(0.25),
    mask: field(
      z.enum(["80-10-10", "all"]),
      "What stands for the words that the decoder must find: nine in ten are hidden or exchanged, or all are hidden.",
      "UTGRec's code",
    ).default("80-10-10"),
    diffusionSteps: field(positive(), "Steps of the diffusion, T.", "UTGRec's code", "steps").default(1000),
    diffusionDepth: field(
      positive(),
      "Residual blocks of the diffusion head.",
      "UTGRec's code",
      "blocks",
    ).default(3),
    diffusionRepeats: field(
      positive(),
      "Noise levels that every patch is drawn at in a step.",
      "UTGRec's code",
    ).default(4),
    variational: field(
      z.boolean(),
      "Whether the diffusion head learns its variance, by the variational bound.",
      "UTGRec's code",
    ).default(true),
    codeWeight: field(weight(), "λ, of the code loss.", "UTGRec's code").default(200),
    diffusionWeight: field(
      weight(),
      "Of the diffusion loss beside that of the text.",
      "UTGRec's code",
    ).default(5),
    alignmentWeight: field(
      weight(),
      "μ, of the alignment with co-occurring items; 0: none.",
      "UTGRec's code",
    ).default(0.01),
    coReconstructionWeight: field(
      weight(),
      "η, of the reconstruction of co-occurring items; 0: none.",
      "UTGRec's code",
    ).default(0.03),
    alignmentTemperature: field(rate(), "τ of the alignment.", "UTGRec's code").default(0.1),
    tokenizerEpochs: field(
      positive(),
      "Epochs of the tokenizer on the sources.",
      "UTGRec's code",
      "epochs",
    ).default(3),
    tokenizerBatchSize: field(
      positive(),
      "Items a step, each with one that co-occurs.",
      "UTGRec's code",
      "items",
    ).default(256),
    tokenizerLearningRate: field(rate(), "Largest step size there.", "UTGRec's code").default(3e-4),
    quantiserWarmup: field(
      whole(),
      "Steps there before codes take the place of the vectors.",
      "UTGRec's code",
      "steps",
    ).default(300),
    tokenizerPretraining: field(
      z.boolean(),
      "Whether the tokenizer has been trained on the sources before.",
      "paper",
    ).default(true),
    adaptation: field(
      z.enum(["none", "frozen codes", "free"]),
      "How the tokenizer is adapted to the target: not at all, with the matrix E of its codebooks fixed, or as a whole.",
      "paper",
    ).default("frozen codes"),
    adaptationEpochs: field(positive(), "Epochs of the adaptation.", "UTGRec's code", "epochs").default(40),
    adaptationLearningRate: field(rate(), "Largest step size there.", "UTGRec's code").default(1e-4),

    windowLength: field(positive(), "Longest history.", "paper", "items").default(20),
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
    recommenderPretraining: field(
      z.boolean(),
      "Whether the recommender has been trained on the sources before.",
      "paper",
    ).default(true),
    recommenderEpochs: field(positive(), "Epochs on the sources.", "suite", "epochs").default(10),
    batchSize: field(positive(), "Rows a training step.", "MTGRec's code", "rows").default(1024),
    learningRate: field(rate(), "Largest step size; a cosine to 0.", "MTGRec's code").default(5e-3),
    warmup: field(
      z.number().min(0).lt(1),
      "Share of the updates in which the step size rises from 0.",
      "MTGRec's code",
    ).default(0.05),
    weightDecay: field(weight(), "Weight decay of AdamW.", "MTGRec's code").default(0.05),
    clipNorm: field(rate(), "Largest norm of a gradient.", "MTGRec's code").default(1),
    fineTuningEpochs: field(positive(), "Most epochs on the target.", "suite", "epochs").default(8),
    scratchUpdates: field(
      z.enum(["on the target", "in all"]),
      "How many updates a recommender makes that was not pre-trained: as many as a pre-trained one on the target, or as many as that one in all.",
      "suite",
    ).default("on the target"),
    fineTuningLearningRate: field(
      rate(),
      "First step size of a pre-trained recommender on the target; a cosine to 0.",
      "MTGRec's code",
    ).default(1e-3),

    validateEvery: field(positive(), "Epochs from one validation to the next.", "suite", "epochs").default(1),
    validationBeams: field(positive(), "Beams on validation.", "MTGRec's code", "beams").default(20),
    testBeams: field(positive(), "Beams on test.", "paper", "beams").default(50),
    decoding: field(
      z.enum(["legal", "constrained"]),
      "Which identifiers a search may write: any of the right codebooks in turn, or those of the domain's items.",
      "suite",
    ).default("constrained"),

    baselineEpochs: field(
      positive(),
      "Most epochs of a model that scores items.",
      "RecBole",
      "epochs",
    ).default(300),
    baselinePretrainingEpochs: field(
      positive(),
      "Epochs on the sources of one that is pre-trained.",
      "UniSRec",
      "epochs",
    ).default(100),
    baselinePatience: field(
      positive(),
      "Epochs without a better validation NDCG before it stops.",
      "RecBole",
      "epochs",
    ).default(10),
    baselineLearningRate: field(rate(), "Step size of its Adam.", "RecBole").default(1e-3),
    rqvaeEpochs: field(
      positive(),
      "Epochs of the RQ-VAE of TIGER and LETTER.",
      "MTGRec's code",
      "epochs",
    ).default(2000),
    contentDimensions: field(
      positive(),
      "Width of the vectors of words, and of pictures, that baselines read.",
      "suite",
      "channels",
    ).default(64),
  })
  .strict();

export type UtgRecConfig = z.infer<typeof configSchema>;

/** A world, a tokenizer and a T5 that two cores train in minutes. */
const CPU = {
  sources: 3,
  sourceItems: 200,
  sourceUsers: 500,
  sourceLength: 7,
  targetItems: 200,
  targetUsers: 300,
  targetLength: 6,
  width: 48,
  encoderLayers: 2,
  encoderEpochs: 20,
  codeDimensions: 16,
  rootCodes: 16,
  leafCodes: 32,
  bookStart: "centres",
  codeWeight: 25,
  diffusionDepth: 3,
  diffusionRepeats: 4,
  variational: false,
  tokenizerEpochs: 15,
  tokenizerBatchSize: 32,
  tokenizerLearningRate: 2e-3,
  quantiserWarmup: 60,
  adaptationEpochs: 15,
  adaptationLearningRate: 1e-3,
  windowLength: 6,
  dimensions: 32,
  inner: 64,
  heads: 2,
  headDimensions: 16,
  layers: 1,
  recommenderEpochs: 20,
  batchSize: 128,
  learningRate: 5e-3,
  fineTuningEpochs: 200,
  fineTuningLearningRate: 5e-3,
  validateEvery: 10,
  validationBeams: 10,
  testBeams: 20,
  baselineEpochs: 40,
  baselinePretrainingEpochs: 20,
  baselinePatience: 5,
  baselineLearningRate: 4e-3,
  rqvaeEpochs: 400,
  contentDimensions: 24,
} as const;

/** Scales of the experiment. */
export const PRESETS = {
  smoke: {
    status: "Seconds. Too small to say anything about the paper: it shows that everything runs.",
    config: {
      ...CPU,
      sources: 2,
      sourceItems: 160,
      sourceUsers: 40,
      targetItems: 160,
      targetUsers: 40,
      targetLength: 5,
      width: 16,
      codeDimensions: 8,
      rootCodes: 8,
      leafCodes: 32,
      encoderEpochs: 1,
      encoderLayers: 1,
      diffusionDepth: 1,
      tokenizerEpochs: 3,
      tokenizerBatchSize: 64,
      diffusionRepeats: 1,
      quantiserWarmup: 3,
      adaptationEpochs: 2,
      windowLength: 3,
      dimensions: 16,
      inner: 32,
      recommenderEpochs: 2,
      fineTuningEpochs: 2,
      validateEvery: 1,
      testBeams: 10,
      baselineEpochs: 2,
      baselinePretrainingEpochs: 1,
      rqvaeEpochs: 10,
      contentDimensions: 8,
    },
  },
  cpu: {
    status:
      "A world of 800 items, minutes on two cores. Deviations: a small encoder trained from nothing in place of Qwen2-VL, 16 + 32 codes, a small T5; pictures are 4 x 4 patches of 8 channels.",
    config: CPU,
  },
  gpu: {
    status:
      "A world of 48,000 items near the paper's scale, 20 minutes or so on one H100. It has not run on a GPU yet.",
    config: { tokenizerEpochs: 5, adaptationEpochs: 15, codeDimensions: 64 },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const configuration: Configuration<UtgRecConfig> = { schema: configSchema, presets: PRESETS };

/**
 * The configuration of a preset with overrides on top.
 * @throws naming the field and what was expected where an override does not fit
 */
export function utgRecConfig(preset: PresetName, overrides: Partial<UtgRecConfig> = {}): UtgRecConfig {
  return resolveConfig("utgrec", configuration, preset, overrides as Overrides);
}

/** Every field with its sentence, unit, source and default: the table of a notebook or a help page. */
export function describeConfig(): ReturnType<typeof describeSchema> {
  return describeSchema(configSchema);
}
