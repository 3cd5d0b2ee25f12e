import { z } from "zod";
import {
  type Configuration,
  describeConfig as describeSchema,
  field,
  type Overrides,
  type Preset,
  resolveConfig,
} from "../../experiment/configuration";
import { PUBLISHED_SETTINGS } from "./sampling/settings";
import { NUMBERS } from "./synthetic/inHouse/lessons/lessonItems";
import { IN_HOUSE_SIZE } from "./synthetic/inHouse/model";

const positive = () => z.number().int().positive();
const share = () => z.number().min(0).max(1);

export const configSchema = z
  .object({
    numbers: field(
      z.enum(NUMBERS),
      "Generated problems with small numbers only, or all of the easy tier of the same families.",
      "suite",
    ).default("small"),
    chinese: field(
      share(),
      "Share of the training problems that are in Chinese; the others are in English.",
      "suite",
      "share",
    ).default(0.03),
    shortcuts: field(
      share(),
      "Share of the training solutions that fall into the problem's trap, as a careless author does.",
      "suite",
      "share",
    ).default(0.2),

    drills: field(
      z.number().min(0),
      "Exercises in arithmetic for each training problem: steps of derivations without a problem.",
      "suite",
      "drills",
    ).default(0.4),

    width: field(positive(), "Width of the residual stream.", "suite", "numbers").default(
      IN_HOUSE_SIZE.width,
    ),
    layers: field(positive(), "Layers of the transformer.", "suite", "layers").default(IN_HOUSE_SIZE.layers),
    heads: field(positive(), "Heads of a layer.", "suite", "heads").default(IN_HOUSE_SIZE.heads),
    inner: field(positive(), "Width of the MLPs.", "suite", "numbers").default(IN_HOUSE_SIZE.inner),
    examples: field(
      positive(),
      "Training problems; they are shown again where the updates need more.",
      "suite",
      "problems",
    ).default(20_000),
    trainingSteps: field(positive(), "Updates.", "suite", "updates").default(2000),
    batchSize: field(positive(), "Problems of an update.", "suite", "problems").default(16),
    learningRate: field(z.number().positive(), "Its peak, after a tenth of the updates.", "suite").default(
      3e-3,
    ),
    checkEvery: field(positive(), "Updates between two looks at the losses.", "suite", "updates").default(
      100,
    ),

    problems: field(
      positive(),
      "Problems of the test split, each asked in both languages; the families take turns.",
      "suite (the paper: 100 of a tier)",
      "problems",
    ).default(60),
    samples: field(
      positive(),
      "Samples of each problem and language.",
      "suite (the paper: 64, or 8 of expensive models)",
      "samples",
    ).default(16),
    temperature: field(
      z.number().min(0),
      "Divides the logits; 0: the likeliest token each time.",
      "paper",
    ).default(PUBLISHED_SETTINGS.temperature),
    topP: field(
      z.number().positive().max(1),
      "Only the likeliest tokens that together reach this probability may come.",
      "paper",
      "probability",
    ).default(PUBLISHED_SETTINGS.topP),
    maxTokens: field(
      positive(),
      "Most tokens of a solution: a longer one is cut off.",
      "suite (the paper: 32768)",
      "tokens",
    ).default(96),
  })
  .strict();

export type OlymMathConfig = z.infer<typeof configSchema>;

export const PRESETS = {
  smoke: {
    status:
      "Seconds: a model that has learnt next to nothing. It shows that everything runs, and its scores mean nothing.",
    config: {
      ...{ width: 16, layers: 1, heads: 2, inner: 16 },
      ...{ examples: 48, trainingSteps: 4, batchSize: 8, checkEvery: 2 },
      ...{ problems: 6, samples: 3 },
    },
  },
  cpu: {
    status:
      "A model of 0.44 million parameters, 60 problems with 16 samples in each language: about 300 s of processor time, less than five minutes on two cores. Deviations: a model and problems of our own, with small numbers.",
    config: {},
  },
  gpu: {
    status:
      "Not run yet. All numbers of the easy tier, a model of about 20 million parameters, 400 problems with 64 samples: meant for one H100.",
    config: {
      ...{ numbers: "all", width: 512, layers: 6, heads: 8, inner: 1536 },
      ...{ examples: 400_000, trainingSteps: 20_000, batchSize: 128, learningRate: 1e-3, checkEvery: 500 },
      ...{ problems: 400, samples: 64, maxTokens: 192 },
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const configuration: Configuration<OlymMathConfig> = { schema: configSchema, presets: PRESETS };

/**
 * The configuration of a preset with overrides on top.
 * @throws naming the field and what was expected where an override does not fit
 */
export function olymMathConfig(preset: PresetName, overrides: Partial<OlymMathConfig> = {}): OlymMathConfig {
  return resolveConfig("olymmath", configuration, preset, overrides as Overrides);
}

/** Every field with its sentence, unit, source and default: the table of a notebook or a help page. */
export function describeConfig(): ReturnType<typeof describeSchema> {
  return describeSchema(configSchema);
}
