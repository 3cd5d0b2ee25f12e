import { setImmediate as eventLoop } from "node:timers/promises";
import { createRandom } from "../../../data/random";
import type { LanguageModel } from "../../../llm/model";
import { trainableWeights } from "../../../llm/model/initialise";
import { adamW, cosine, type Schedule, warmup } from "../../../optim";
import { compile, tf } from "../../../tensor";
import { type CombinationSplit, promptSet } from "./examples";
import { type AnsweredPrompts, answeredPrompts, answerLogits, answerLoss } from "./smallTransformer";

export interface CircuitTrainingOptions {
  readonly seed: number;
  readonly split: CombinationSplit;
  /** Updates. Default 8,000: some seeds stay at two triples for 2,500. */
  readonly steps?: number;
  /** Prompts a step. Default 256. */
  readonly batchSize?: number;
  /**
   * Prompts of each m, from which every step draws. Default 24,000: each is seen some ten times a thousand updates, and what is seen again is learned
   * sooner than fresh prompts are.
   * @see F. Charton and J. Kempe, Emergent properties with repeated examples, 2024, arXiv:2410.07041
   */
  readonly poolSize?: number;
  /** Default: 5e-4 after 200 updates, from there half a cosine to 0. */
  readonly learningRate?: number | Schedule;
  /** m, one after the other; the last one stays. Default 1, then 2, then 4. */
  readonly curriculum?: readonly number[];
  /** Accuracy above which the next m begins. Default 0.9. */
  readonly promotion?: number;
  /** Updates between two looks at the accuracy. Default 100. */
  readonly checkEvery?: number;
  /** See `promptSet`. */
  readonly crossing?: number;
  readonly onProgress?: (check: TrainingCheck) => void;
  /** Ends the training after the running step. */
  readonly signal?: AbortSignal;
}

/** What a look at a training sees. */
export interface TrainingCheck {
  /** Updates made. */
  readonly step: number;
  /** m of the prompts so far. */
  readonly triples: number;
  /** Mean of the updates since the last look, in nats. */
  readonly loss: number;
  /** Of fresh prompts of the training's combinations, in [0, 1]. */
  readonly accuracy: number;
}

const BATCHES = 1;
const CHECKS = 2;
const CHECK_PROMPTS = 240;
const WARM_UP = 200;

/**
 * Trains on prompts of a pool with AdamW, β = (0.9, 0.98), weight decay 0.01. Forward, backward and update are one compiled step; everything is drawn from the seed.
 *
 * The loss stays for long at what a model can do that only looks whether both of the query's are in the document, not whether they belong together; at m = 2 with
 * half of the mismatches crossed that is ⅔ H(¼) = 0.375 nats. Hence larger batches, smaller steps and a beginning with m = 1.
 * @param model  changed in place
 * @returns the looks, one every `checkEvery` updates
 * @throws Error where the loss is not finite
 */
export async function trainCircuit(
  model: LanguageModel<tf.Variable>,
  options: CircuitTrainingOptions,
): Promise<TrainingCheck[]> {
  const { seed, split, steps = 8000, batchSize = 256, curriculum = [1, 2, 4], crossing } = options;
  const { promotion = 0.9, checkEvery = 100, poolSize = 24_000 } = options;
  const optimizer = adamW(trainableWeights(model) as Parameters<typeof adamW>[0], {
    learningRate: options.learningRate ?? schedule(steps),
    beta2: 0.98,
    weightDecay: 0.01,
  });
  const step = compile((batch: AnsweredPrompts) => optimizer.step(() => answerLoss(model, batch)), {
    name: "circuit training step",
    xla: false,
  });
  const part = { name: "training", split } as const;
  const [batches, fresh] = [createRandom(seed, BATCHES), createRandom(seed, CHECKS)];
  const poolOf = (triples: number) => promptSet(batches, { count: poolSize, triples, part, crossing });
  const losses: tf.Scalar[] = [];
  const checks: TrainingCheck[] = [];
  let stage = 0;
  let pool = poolOf(curriculum[stage]);
  try {
    for (let made = 1; made <= steps && !options.signal?.aborted; made++) {
      const triples = curriculum[stage];
      const prompts = Array.from({ length: batchSize }, () => pool[batches.integer(pool.length)]);
      losses.push(tf.tidy(() => step(answeredPrompts(prompts))));
      if (made % checkEvery !== 0) continue;
      const loss = drainedMean(losses);
      if (!Number.isFinite(loss))
        throw new Error(`The loss of update ${made} is ${loss}: lower the learning rate.`);
      const accuracy = answerAccuracy(
        model,
        promptSet(fresh, { count: CHECK_PROMPTS, triples, part, crossing }),
      );
      checks.push({ step: made, triples, loss, accuracy });
      options.onProgress?.(checks[checks.length - 1]);
      await eventLoop(); // whoever listens, or asks the training to stop, has a turn
      if (accuracy > promotion && stage < curriculum.length - 1) pool = poolOf(curriculum[++stage]);
    }
    return checks;
  } finally {
    tf.dispose(losses);
    optimizer.dispose();
    step.dispose();
  }
}

/** 5e-4 after a warm-up, from there half a cosine to 0. */
function schedule(steps: number): Schedule {
  const rising = Math.min(WARM_UP, Math.floor(steps / 2));
  return warmup({ steps: rising, after: cosine({ peak: 5e-4, steps: steps - rising }) });
}

function drainedMean(losses: tf.Scalar[]): number {
  const all = losses.splice(0);
  const mean = tf.tidy(() => tf.stack(all).mean().dataSync()[0]);
  tf.dispose(all);
  return mean;
}

/** Share of prompts of one length whose most probable token, of the whole vocabulary, is the answer. In [0, 1]. */
export function answerAccuracy(model: LanguageModel, prompts: readonly Int32Array[]): number {
  return tf.tidy(() => {
    const { tokens, answers } = answeredPrompts(prompts);
    return answerLogits(model, tokens).argMax(-1).equal(answers).mean().dataSync()[0];
  });
}
