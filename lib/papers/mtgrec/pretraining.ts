import type { Schedule } from "../../optim";
import type { SequentialDataset } from "../../recsys";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { t5Trainer } from "../../recsys/generative/t5Trainer";
import type { TokenMap } from "../../recsys/generative/tokenMap";
import { tf } from "../../tensor";
import {
  type Accumulation,
  accumulatedInfluence,
  cumulated,
  relativeTemperature,
  type StageInfluence,
  tokenizerProbabilities,
} from "./curriculum";
import { type BiasCorrection, influenceMeter } from "./influence";

/** How the chances of the tokenizers come about. */
export interface CurriculumOptions {
  /** τ; or κ, in units of the influences' standard deviation. */
  readonly temperature: { readonly tau: number } | { readonly kappa: number };
  /** Default `average`. */
  readonly accumulation?: Accumulation;
  /** Default `none`. */
  readonly correction?: BiasCorrection;
  /** The cases that influences are measured on: the same ones for every tokenizer and stage. */
  readonly trainCases: Int32Array;
  readonly validationCases: Int32Array;
}

export interface PretrainingOptions {
  /** Epochs of each stage. After every stage but the last the chances are set anew; those of the first are even. */
  readonly stages: readonly number[];
  /** Absent: the chances stay even. */
  readonly curriculum?: CurriculumOptions;
  /** The cases of an epoch, from 1. */
  readonly cases: (epoch: number) => Int32Array;
  readonly windowLength: number;
  readonly batchSize: number;
  /** It runs through all stages. */
  readonly learningRate: Schedule;
  readonly weightDecay?: number;
  readonly clipNorm?: number;
  readonly seed: number;
  /** Epochs whose weights are kept as candidates for fine-tuning; those of the last one always are. */
  readonly checkpoints?: readonly number[];
  readonly onEpoch?: (epoch: number, loss: number) => void;
  readonly onStage?: (stage: Stage) => void;
  readonly signal?: AbortSignal;
}

/** What a stage's end has found. */
export interface Stage extends StageInfluence {
  /** Epochs made before. */
  readonly epoch: number;
  /** [n] I~ over the stages so far. */
  readonly accumulated: Float64Array;
  /** [n] the chances from now on. */
  readonly probabilities: Float64Array;
  /** Of the measurement. */
  readonly seconds: number;
}

/** The weights of an epoch. */
export interface Checkpoint {
  readonly epoch: number;
  /** In the order of `variables(model.weights)`. */
  readonly weights: readonly tf.Tensor[];
}

export interface Pretraining {
  /** Mean losses of the epochs. */
  readonly losses: readonly number[];
  readonly stages: readonly Stage[];
  /** Oldest first; the caller frees them. */
  readonly checkpoints: readonly Checkpoint[];
  /** Updates made. */
  readonly steps: number;
  /** False where the signal cut it short. */
  readonly complete: boolean;
}

/**
 * Pre-trains a recommender on n tokenizers at once: every case of every batch is written by a tokenizer drawn for it, and the chances of the
 * draw follow the influence that the tokenizers are measured to have. Weights, moments and learning rate run on through the stages.
 * @param maps the tokenizers T_1 .. T_n, of one vocabulary
 * @see MTGRec, section 3.3
 */
export async function pretrain(
  model: T5,
  dataset: SequentialDataset,
  maps: readonly TokenMap[],
  options: PretrainingOptions,
): Promise<Pretraining> {
  const { curriculum, windowLength, batchSize, learningRate, signal } = options;
  const trainer = t5Trainer(model, dataset, options);
  const meter =
    curriculum &&
    influenceMeter(model, trainer.optimizer, dataset, { ...curriculum, windowLength, batchSize });
  const losses: number[] = [];
  const stages: Stage[] = [];
  const checkpoints: Checkpoint[] = [];
  const lastEpoch = options.stages.reduce((sum, epochs) => sum + epochs, 0);
  let probabilities: Float64Array = new Float64Array(maps.length).fill(1 / maps.length);

  function measured(): Stage | undefined {
    if (curriculum === undefined || meter === undefined) return undefined;
    const start = performance.now();
    const influence = meter.measure(maps);
    const [rate] = tf.tidy(() => learningRate(tf.scalar(trainer.steps())).dataSync());
    const stage = { influence, learningRate: rate };
    const accumulated = accumulatedInfluence([...stages, stage], curriculum.accumulation ?? "average");
    const { temperature } = curriculum;
    const tau = "tau" in temperature ? temperature.tau : relativeTemperature(accumulated, temperature.kappa);
    return {
      ...stage,
      epoch: losses.length,
      accumulated,
      probabilities: tokenizerProbabilities(accumulated, tau),
      seconds: (performance.now() - start) / 1000,
    };
  }

  const result = (complete: boolean) => ({ losses, stages, checkpoints, steps: trainer.steps(), complete });
  try {
    for (const [k, epochs] of options.stages.entries()) {
      for (let made = 0; made < epochs; made++) {
        const epoch = losses.length + 1;
        const loss = await trainer.epoch(epoch, options.cases(epoch), maps, cumulated(probabilities));
        if (loss === undefined) return result(false);
        losses.push(loss);
        if (epoch === lastEpoch || options.checkpoints?.includes(epoch))
          checkpoints.push({ epoch, weights: trainer.optimizer.parameters.map((each) => tf.clone(each)) });
        options.onEpoch?.(epoch, loss);
      }
      const stage = k < options.stages.length - 1 && !signal?.aborted ? measured() : undefined;
      if (stage === undefined) continue;
      stages.push(stage);
      probabilities = stage.probabilities;
      options.onStage?.(stage);
    }
    return result(true);
  } finally {
    meter?.dispose();
    trainer.dispose();
  }
}
