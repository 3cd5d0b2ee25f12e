import { Interrupted, type RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../experiment/store";
import { disposeTree } from "../../tensor/tree";
import type { StreamRecConfig } from "./config";
import { reinforce } from "./reinforcement";
import { readDirect, readModel, withModel } from "./scene";
import { epochCases } from "./training";

/** Validations during stage 3. */
const VALIDATIONS = 6;

/** Stage 3, from the weights of stage 2; the best weights on validation are kept. */
export function stageThreeRun(
  config: StreamRecConfig,
  context: RunContext,
  { before, direct }: { readonly before: StoredRun; readonly direct: StoredRun },
): Promise<RunOutput> {
  return withModel(config, context, 0, async (scene) => {
    const { model, data, tokens } = scene;
    const { seed, signal, log, progress } = context;
    readModel(before, model);
    const judged = scene.judge(config.mode, config.steps);
    const tiger = readDirect(config, direct, tokens, seed);
    const start = performance.now();
    try {
      const result = await reinforce(
        { model, direct: tiger, dataset: data, tokens },
        {
          ...{ seed, signal, steps: config.steps, updates: config.updates, prompts: config.prompts },
          samples: config.samples,
          learningRate: config.policyLearningRate,
          clip: config.clip,
          klWeight: config.klWeight,
          dynamicSampling: config.dynamicSampling,
          negatives: config.negatives,
          rewardWeights: {
            format: config.formatReward,
            match: config.matchReward,
            similarity: config.similarityReward,
            likelihood: config.likelihoodReward,
            rank: config.rankReward,
          },
          windowLength: config.windowLength,
          cases: epochCases({ ...config, prefixesPerUser: 0 }, data, seed)(1),
          validate: judged.validate,
          validateEvery: Math.max(1, Math.round(config.updates / VALIDATIONS)),
          onUpdate({ update, ...values }) {
            log(update, values);
            progress(update, config.updates, `stage 3, update ${update}, reward ${values.reward.toFixed(3)}`);
          },
        },
      );
      if (!result.complete) throw new Interrupted();
      const seconds = (performance.now() - start) / 1000;
      const output = scene.output(judged, {
        "best update": result.bestUpdate,
        updates: before.metrics["updates"] + config.updates,
      });
      const { history } = result;
      return {
        ...output,
        arrays: {
          ...output.arrays,
          rewards: Float64Array.from(history, ({ reward }) => reward),
        },
        timings: { ...output.timings, "training seconds": seconds },
      };
    } finally {
      disposeTree(tiger.weights);
    }
  });
}
