import type { Experiment, RunContext } from "../../experiment/experiment";
import type { RunOutput } from "../../experiment/store";
import { configSchema, configuration, type OlymMathConfig } from "./config";
import { inHouseRun } from "./inHouseRun";
import { ABLATIONS } from "./variants";

/**
 * The benchmark's measures on a model whose ability has known causes: a small transformer that is trained on worked solutions of generated problems, few of them in
 * Chinese and some with shortcuts, and asked others of the same families in both languages.
 */
export const experiment: Experiment<OlymMathConfig> = {
  name: "olymmath",
  title: "OlymMATH: an olympiad-level benchmark of reasoning",
  entry: "lib/papers/olymmath/experiment.ts",
  configuration,
  relevant,
  unable,
  needs,
  run,
  ablations: ABLATIONS,
};

/** At temperature 0 nothing is drawn: there is one sample, and nothing to cut off. */
function relevant(config: OlymMathConfig): Partial<OlymMathConfig> {
  if (config.temperature > 0) return config;
  const { samples: _, topP: __, ...others } = config;
  return others;
}

function unable({ width, heads, examples, batchSize, checkEvery, trainingSteps }: OlymMathConfig) {
  if (width % (2 * heads) !== 0)
    return `the width is shared by the heads in pairs: set width to a multiple of ${2 * heads}`;
  if (examples < batchSize) return `a batch has ${batchSize} examples; set examples=${batchSize} or more`;
  if (trainingSteps < checkEvery)
    return `nobody looks at the losses of ${trainingSteps} updates; set checkEvery=${trainingSteps} or less`;
  return undefined;
}

/** The run whose weights another one asks with other settings of sampling: those of the paper, and no lower limit of tokens. */
function trainedConfig(config: OlymMathConfig): OlymMathConfig {
  const { temperature, topP, maxTokens } = configSchema.parse({});
  return { ...config, temperature, topP, maxTokens: Math.max(config.maxTokens, maxTokens) };
}

function needs(config: OlymMathConfig): OlymMathConfig[] {
  const trained = trainedConfig(config);
  const isItself = (["temperature", "topP", "maxTokens"] as const).every(
    (name) => config[name] === trained[name],
  );
  return isItself ? [] : [trained];
}

async function run(config: OlymMathConfig, context: RunContext): Promise<RunOutput> {
  const [trained] = needs(config);
  return inHouseRun(config, context, trained && (await context.need(trained)));
}
