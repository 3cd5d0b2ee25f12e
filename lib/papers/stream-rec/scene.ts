import { join } from "node:path";
import type { RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../experiment/store";
import type { SequentialDataset } from "../../recsys";
import type { DenseMatrix } from "../../recsys/generative/matrix";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { loadTree, saveTree } from "../../tensor";
import { countParameters, disposeTree } from "../../tensor/tree";
import type { StreamRecConfig } from "./config";
import type { EpochRecord } from "./epochs";
import { checkLabelsAreUnread, evaluate } from "./evaluation";
import { createRecommender, type Mode, type Recommendations, type Recommender } from "./inference";
import type { SequenceTrainingOptions } from "./sequenceTraining";
import type { ThinkingModel } from "./states";
import { measureThinking } from "./thinkingMeasures";
import type { StreamTokens } from "./tokens";
import { buildModel, codesOf, epochCases, loadData, rateOver, tokensOf, validationCases } from "./training";

const WEIGHTS_FILE = "weights.safetensors";
/** Passes over the test users that the time of decoding is the shortest of. */
const TIMED_ROUNDS = 3;
/** Users whose labels change places to see that no prediction does. */
const CHECKED_CASES = 64;

/** A recommender under the protocol: on validation while it trains, and on test. */
export interface Judged {
  validate(): number;
  readonly mode: Mode;
  /** l */
  readonly steps: number;
  /** With the test's number of beams. */
  readonly full: Recommender;
}

/** What a run works with. */
export interface Scene {
  readonly model: ThinkingModel;
  readonly data: SequentialDataset;
  readonly content: DenseMatrix;
  readonly tokens: StreamTokens;
  /** How a stage trains. @param label what stands before an epoch's number on the progress bar */
  epochs(count: number, peak: number, label: string): SequenceTrainingOptions;
  judge(mode: Mode, steps: number): Judged;
  /** Metrics and ranks of both splits; for a model that thinks, what its thinking does. */
  output(judged: Judged, training: Readonly<Record<string, number>>): RunOutput;
}

/** Makes model and data for a run, keeps the weights with it, and frees everything. */
export async function withModel(
  config: StreamRecConfig,
  context: RunContext,
  pauses: number,
  run: (scene: Scene) => Promise<RunOutput>,
): Promise<RunOutput> {
  const { seed, signal, log, progress, folder } = context;
  const { windowLength } = config;
  const loaded = await loadData(config);
  const { data, content } = loaded;
  const tokens = tokensOf(codesOf(config, loaded, seed), pauses);
  const model = buildModel(config, tokens, seed);
  const made: Recommender[] = [];
  const recommender = (mode: Mode, steps: number, beams: number) => {
    const created = createRecommender(model.t5, tokens, { mode, steps, beams });
    made.push(created);
    return created;
  };

  const scene: Scene = {
    ...{ model, data, content, tokens },
    epochs: (count, peak, label) => ({
      ...{ epochs: count, batchSize: config.batchSize, seed, signal, windowLength },
      learningRate: rateOver(config, data, seed, { peak, epochs: count }),
      weightDecay: config.weightDecay,
      cases: epochCases(config, data, seed),
      validateEvery: config.validateEvery,
      onEpoch({ epoch, losses, validation }: EpochRecord) {
        log(epoch, { ...losses, ...(validation === undefined ? {} : { "validation NDCG@10": validation }) });
        progress(epoch, count, `${label} ${epoch}, loss ${losses["loss"].toFixed(3)}`);
      },
    }),
    judge(mode, steps) {
      const quick = recommender(mode, steps, config.validationBeams);
      const cases = validationCases(config, data, seed);
      return {
        ...{ mode, steps, full: recommender(mode, steps, config.testBeams) },
        validate: () => evaluate(quick, data, tokens, cases, { windowLength }).metrics["NDCG@10"],
      };
    },
    output({ mode, steps, full }, training) {
      const validation = evaluate(full, data, tokens, "validation", { windowLength });
      const test = evaluate(full, data, tokens, "test", { windowLength });
      checkLabelsAreUnread(full, data, tokens, test.cases.slice(0, CHECKED_CASES), { windowLength, seed });
      const { "NDCG@10": ndcg, ...others } = test.metrics;
      const thinks = mode === "think" || mode === "think-joint";
      const thinking = thinks ? thinkingOutput(steps) : { arrays: {}, timings: {} };
      return {
        metrics: {
          "NDCG@10": ndcg, // first: a list of runs shows one
          ...others,
          "validation NDCG@10": validation.metrics["NDCG@10"],
          "thinking tokens": steps,
          "answer tokens": tokens.digits,
          ...training,
          parameters: countParameters(model.t5.weights),
        },
        arrays: { ranks: test.ranks, answers: firstItems(test.recommendations), ...thinking.arrays },
        timings: { ...thinking.timings, "milliseconds a user": test.millisecondsPerCase },
      };

      function thinkingOutput(length: number) {
        const direct = recommender("direct", 0, config.testBeams);
        // In turn, so that both meet the same machine; the first time traces.
        const rounds = Array.from({ length: TIMED_ROUNDS + 1 }, () =>
          [full, direct].map(
            (each) => evaluate(each, data, tokens, "test", { windowLength }).millisecondsPerCase,
          ),
        );
        const fastest = (k: number) => Math.min(...rounds.slice(1).map((round) => round[k]));
        const measures = measureThinking(model, data, tokens, "test", { steps: length, windowLength });
        const cosineOf = (i: number) =>
          Float64Array.from(test.cases, (_, user) => measures.cosines[user * (length + 1) + i]);
        return {
          arrays: {
            traces: measures.traces,
            cosines: measures.cosines,
            firstCosine: cosineOf(0),
            lastCosine: cosineOf(length),
            thinkingLogLikelihood: measures.thinkingLogLikelihood,
            directLogLikelihood: measures.directLogLikelihood,
          },
          timings: {
            "milliseconds a user, thinking": fastest(0),
            "milliseconds a user, direct": fastest(1),
          },
        };
      }
    },
  };
  try {
    const output = await run(scene);
    saveTree(join(folder, WEIGHTS_FILE), weightsOf(model));
    return output;
  } finally {
    for (const each of made) each.dispose();
    disposeTree(weightsOf(model));
  }
}

function weightsOf({ t5, networks }: ThinkingModel) {
  return { t5: t5.weights, networks };
}

/** What is recommended first. @returns [n] item ids */
function firstItems({ items, beams }: Recommendations): Int32Array {
  return Int32Array.from({ length: items.length / beams }, (_, row) => items[row * beams]);
}

/** Gives a model the weights that a run has left. */
export function readModel(run: StoredRun, model: ThinkingModel): void {
  loadTree(join(run.folder, WEIGHTS_FILE), weightsOf(model));
}

/** TIGER as its run has left it, which the caller frees. */
export function readDirect(config: StreamRecConfig, run: StoredRun, tokens: StreamTokens, seed: number): T5 {
  const model = buildModel(config, tokens, seed);
  readModel(run, model);
  disposeTree(model.networks);
  return model.t5;
}
