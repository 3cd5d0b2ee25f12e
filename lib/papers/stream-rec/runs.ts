import { Interrupted, type RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../experiment/store";
import { rankingMetrics } from "../../recsys";
import { baselineRun } from "../../recsys/baselineRun";
import { disposeTree } from "../../tensor/tree";
import type { ScoringModel, StreamRecConfig } from "./config";
import { trainDirect } from "./directModel";
import type { Training } from "./epochs";
import { fineTune } from "./fineTuning";
import { randomTraces, similarTraces } from "./otherTraces";
import { trainWithPauses } from "./pauses";
import { pretrain } from "./pretraining";
import { type Judged, readDirect, readModel, type Scene, withModel } from "./scene";
import { similarDraws, similarItems } from "./similarItems";
import { directEpochs, loadData } from "./training";

/** A model that scores all items, under the protocol of the others. */
export async function scoringRun(
  config: StreamRecConfig & { readonly model: ScoringModel },
  context: RunContext,
): Promise<RunOutput> {
  const { model, windowLength, dimensions, prefixesPerUser, batchSize } = config;
  const { data } = await loadData(config);
  const output = await baselineRun(
    {
      ...{ model, windowLength, dimensions, prefixesPerUser, batchSize },
      batches: "prefix",
      learningRate: config.baselineLearningRate,
      epochs: config.baselineEpochs,
      pretrainEpochs: config.baselineEpochs,
      patience: config.baselinePatience,
    },
    data,
    () => {
      throw new Error(`${model} was not expected to read attributes.`);
    },
    context,
  );
  const { recall, ndcg } = rankingMetrics(output.arrays?.["ranks"] ?? [], 5);
  return { ...output, metrics: { ...output.metrics, "Recall@5": recall, "NDCG@5": ndcg } };
}

/** TIGER, or TIGER with pauses: as many updates as all stages of STREAM-Rec, the best weights on validation kept. */
export function directRun(config: StreamRecConfig, context: RunContext): Promise<RunOutput> {
  const paused = config.model === "TIGER + pauses";
  return withModel(config, context, paused ? config.steps : 0, async (scene) => {
    const { model, data, tokens, epochs } = scene;
    const judged = scene.judge(paused ? "pauses" : "direct", 0);
    const total = directEpochs(config, data, context.seed);
    const train = paused ? trainWithPauses : trainDirect;
    const training = await train(model.t5, data, tokens, {
      ...epochs(total, config.pretrainingLearningRate, "epoch"),
      validate: judged.validate,
    });
    return finished(scene, judged, training, training.steps);
  });
}

/** Stage 1; its last weights are kept, for the next stage to go on from. */
export function stageOneRun(config: StreamRecConfig, context: RunContext): Promise<RunOutput> {
  return withModel(config, context, 0, async (scene) => {
    const { model, data, tokens, content, epochs } = scene;
    const draws = similarDraws(config.steps, tokens.digits);
    const training = await pretrain(model.t5, data, tokens, similarItems(content), {
      ...epochs(config.pretrainingEpochs, config.pretrainingLearningRate, "stage 1, epoch"),
      draws,
      directShare: config.directShare,
    });
    // It thinks as long as it has learnt to, and its last m tokens are its answer.
    return finished(scene, scene.judge(config.mode, draws * tokens.digits), training, training.steps);
  });
}

/** Stage 2, from the weights of stage 1 and with TIGER as the direct recommender; the best weights on validation are kept. */
export function stageTwoRun(
  config: StreamRecConfig,
  context: RunContext,
  { before, direct }: { readonly before: StoredRun; readonly direct: StoredRun },
): Promise<RunOutput> {
  return withModel(config, context, 0, async (scene) => {
    const { model, data, tokens, content, epochs } = scene;
    const { steps, traces } = config;
    readModel(before, model);
    const judged = scene.judge(config.mode, steps);
    const similar = traces === "similar" ? similarItems(content) : undefined;
    const other = (cases: Int32Array, epoch: number) => {
      const options = { steps, seed: context.seed, epoch };
      return similar === undefined
        ? randomTraces(tokens, cases, options)
        : similarTraces(data, tokens, similar, cases, options);
    };
    const tiger = readDirect(config, direct, tokens, context.seed);
    try {
      const { states, model: whole } = await fineTune(model, data, tokens, {
        ...epochs(config.fineTuningEpochs, config.fineTuningLearningRate, "stage 2, epoch"),
        ...(traces === "annotated" ? {} : { traces: other }),
        steps,
        stateEpochs: config.stateEpochs,
        directShare: config.directShare,
        contrastWeight: config.contrastWeight,
        quantisationWeight: config.quantisationWeight,
        preferenceWeight: config.preferenceWeight,
        preference: config.preference,
        annotated: config.annotated,
        banTarget: config.banTarget,
        direct: tiger,
        validate: judged.validate,
        onAnnotation(stage, epoch, { cosine, entropy, repeats, targetShare }) {
          const mean = (values: Float64Array) =>
            values.reduce((sum, value) => sum + value, 0) / values.length;
          if (stage === "model" && steps > 0)
            context.log(epoch, {
              "annotation, last cosine": cosine[steps],
              "annotation, entropy": mean(entropy),
              "annotation, repeats": repeats,
              "annotation, share of the target's tokens": mean(targetShare),
            });
        },
      });
      return finished(scene, judged, whole, before.metrics["updates"] + states.steps + whole.steps);
    } finally {
      disposeTree(tiger.weights);
    }
  });
}

function finished(scene: Scene, judged: Judged, training: Training, updates: number): RunOutput {
  if (!training.complete) throw new Interrupted();
  return scene.output(judged, { "best epoch": training.bestEpoch, updates });
}
