import type { Experiment, RunContext } from "../../experiment/experiment";
import type { RunOutput } from "../../experiment/store";
import { circuitRun } from "./circuitRun";
import { configuration, type RelevanceConfig } from "./config";
import { judgementRun } from "./judgementRun";
import { ABLATIONS } from "./variants";

type Field = keyof RelevanceConfig;

const CIRCUIT_FIELDS: readonly Field[] = ["study", "trainingSteps", "scrubbedPrompts"];

/**
 * How language models judge relevance: activation patching, ablation and what goes with them, on a pretrained model; and the same tools on a small transformer whose task is
 * known, so that what they find can be checked.
 */
export const experiment: Experiment<RelevanceConfig> = {
  name: "relevance-patching",
  title: "How LLMs judge relevance",
  entry: "lib/papers/relevance-patching/experiment.ts",
  configuration,
  relevant,
  unable,
  needs,
  run,
  ablations: ABLATIONS,
};

/** The configuration without what a run of it does not read. */
function relevant(config: RelevanceConfig): Partial<RelevanceConfig> {
  const ofCircuit = config.study === "trained circuit";
  return Object.fromEntries(
    Object.entries(config).filter(
      ([field]) => field === "study" || CIRCUIT_FIELDS.includes(field as Field) === ofCircuit,
    ),
  );
}

function unable({ study, dataset, negatives, judgement, order }: RelevanceConfig): string | undefined {
  if (study === "trained circuit") return undefined;
  if (dataset === "nq" && negatives !== "hard")
    return "Natural Questions comes without random negatives; set negatives=hard";
  if (judgement === "pairwise" && order === "QDI")
    return "the order QDI is for one document; set order=DQI or order=IDQ";
  return undefined;
}

/** The reversed format is asked about the pairs that the plain one tells apart. */
function plainConfig(config: RelevanceConfig): RelevanceConfig {
  return { ...config, format: "plain" };
}

function needs(config: RelevanceConfig): RelevanceConfig[] {
  return config.study === "judgement" && config.format === "reversed" ? [plainConfig(config)] : [];
}

async function run(config: RelevanceConfig, context: RunContext): Promise<RunOutput> {
  if (config.study === "trained circuit") return circuitRun(config, context);
  const [plain] = needs(config);
  return judgementRun(config, context, plain && (await context.need(plain)));
}
