import { z } from "zod";
import {
  type Configuration,
  describeConfig as describeSchema,
  field,
  type Overrides,
  type Preset,
  resolveConfig,
} from "../../experiment/configuration";
import { PROMPT_ORDERS } from "./prompts/prompts";

const positive = () => z.number().int().positive();
const whole = () => z.number().int().nonnegative();

/** What a run studies: a language model that judges relevance, or a small transformer that is trained on a task whose circuit is known. */
export const STUDIES = ["judgement", "trained circuit"] as const;

export const configSchema = z
  .object({
    study: field(
      z.enum(STUDIES),
      "A language model that judges documents, or a small transformer trained on a task whose circuit is known.",
      "suite",
    ).default("judgement"),
    model: field(
      z.string(),
      "smollm2: SmolLM2-135M-Instruct, by its manifest; small: random weights, for tests; else a GGUF file or a folder of Hugging Face's.",
      "suite (the paper: Llama-3.1-8B-Instruct)",
    ).default("smollm2"),
    dataset: field(
      z.enum(["msmarco", "nq", "facts"]),
      "Queries and documents: of MS MARCO, of Natural Questions, or made of facts, for tests without a download.",
      "repository",
    ).default("msmarco"),
    judgement: field(
      z.enum(["pointwise", "pairwise"]),
      "Whether a document answers the query, or which of two is more relevant.",
      "paper",
    ).default("pointwise"),
    order: field(
      z.enum(PROMPT_ORDERS),
      "Order of document, query and instruction in the prompt.",
      "repository",
    ).default("DQI"),
    format: field(
      z.enum(["plain", "reversed"]),
      "What yes means: that the document answers the query, or that it does not.",
      "inferred",
    ).default("plain"),
    answers: field(
      z.enum(["yes", "Yes"]),
      "How the two answers are written whose logits are compared: as the instruction asks for, or with a capital.",
      "repository (yes)",
    ).default("yes"),
    negatives: field(
      z.enum(["hard", "random", "both"]),
      "Documents that do not answer: near ones, any ones, or a pair of each for every query.",
      "repository (hard)",
    ).default("both"),
    rows: field(
      positive(),
      "Queries that are judged, the first ones of the file.",
      "repository",
      "queries",
    ).default(100),
    documentTokens: field(
      positive(),
      "Documents are cut to as many tokens; the paper's have about 75.",
      "suite",
      "tokens",
    ).default(48),
    margin: field(
      z.number().nonnegative(),
      "Pairs are kept whose clean prompt is above the corrupted one by more than this.",
      "inferred",
      "logits",
    ).default(0.5),
    pairs: field(
      whole(),
      "Pairs that are patched and ablated together, those that the model tells apart best; 0: all that are kept.",
      "suite",
      "pairs",
    ).default(0),
    layerStep: field(
      positive(),
      "Of the stream every so many layers are patched, the last one among them; heads are patched in all.",
      "suite",
      "layers",
    ).default(1),
    allGroups: field(
      z.boolean(),
      "Whether heads are patched at documents and instruction too, or only at query and last token.",
      "repository",
    ).default(true),
    draws: field(positive(), "Random lists of heads for each number of heads.", "inferred", "lists").default(
      20,
    ),
    largestList: field(
      positive(),
      "Of 1, 2, 5, 10, 20, 40 heads that are ablated together, the most.",
      "inferred",
      "heads",
    ).default(40),
    probedPairs: field(
      whole(),
      "Pairs that probes of the stream learn from, the first ones judged; 0: no probes.",
      "suite",
      "pairs",
    ).default(100),

    trainingSteps: field(positive(), "Updates of the small transformer.", "inferred", "updates").default(
      8000,
    ),
    scrubbedPrompts: field(
      positive(),
      "Prompts that its circuit is scrubbed on.",
      "inferred",
      "prompts",
    ).default(512),
  })
  .strict();

export type RelevanceConfig = z.infer<typeof configSchema>;

export const PRESETS = {
  smoke: {
    status:
      "Seconds: a model of random weights. It shows that everything runs, and says nothing about the paper.",
    config: {
      ...{
        model: "small",
        dataset: "facts",
        rows: 12,
        documentTokens: 90,
        margin: 0,
        pairs: 6,
        draws: 2,
        largestList: 2,
      },
      ...{ probedPairs: 12, trainingSteps: 4, scrubbedPrompts: 16 },
    },
  },
  cpu: {
    status:
      "SmolLM2-135M-Instruct on two cores, within eight minutes. Deviations: a model of a sixtieth of the paper's size, documents cut to 48 tokens, the 12 pairs that it tells apart best, every third layer of the stream, heads at the query and the last token.",
    config: { pairs: 12, layerStep: 3, allGroups: false, draws: 5, largestList: 10, probedPairs: 0 },
  },
  full: {
    status:
      "All pairs that SmolLM2 tells apart, every layer, all heads at every field, 20 random lists, probes: an afternoon on two cores. Deviations: the model, and documents cut to 48 tokens.",
    config: {},
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const configuration: Configuration<RelevanceConfig> = { schema: configSchema, presets: PRESETS };

/**
 * The configuration of a preset with overrides on top.
 * @throws naming the field and what was expected where an override does not fit
 */
export function relevanceConfig(
  preset: PresetName,
  overrides: Partial<RelevanceConfig> = {},
): RelevanceConfig {
  return resolveConfig("relevance-patching", configuration, preset, overrides as Overrides);
}

/** Every field with its sentence, unit, source and default: the table of a notebook or a help page. */
export function describeConfig(): ReturnType<typeof describeSchema> {
  return describeSchema(configSchema);
}
