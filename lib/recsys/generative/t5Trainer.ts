import { createRandom } from "../../data/random";
import { type AdamSlot, adamW, type Optimizer, type Schedule } from "../../optim";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { shuffledBatches } from "../batches";
import type { SequentialDataset } from "../sequences";
import { eventLoop, filledUp, lossMeter, rowWeights } from "../stepping";
import { type T5Batch, t5Loss } from "./t5";
import type { T5 } from "./t5Parameters";
import { tokenBatch, tokenTensors } from "./tokenBatches";
import type { TokenMap } from "./tokenMap";

export interface T5TrainerOptions {
  /** L, items of history a case. */
  readonly windowLength: number;
  /** Rows a step. */
  readonly batchSize: number;
  readonly learningRate: number | Schedule;
  /** λ of AdamW, of all parameters. Default 0.05. */
  readonly weightDecay?: number;
  /** Of the gradient's global norm. Default 1. */
  readonly clipNorm?: number;
  /** Order of the batches, dropout and the choice of tokenizers come from it. */
  readonly seed: number;
  /** Called after a step, once 300 ms have passed since the last call. */
  readonly onProgress?: (epoch: number, step: number, steps: number, loss: number) => void;
  /** Ends the training after the running step. */
  readonly signal?: AbortSignal;
}

export interface T5Trainer {
  /** Its moments are what an influence is measured by. */
  readonly optimizer: Optimizer<AdamSlot>;
  /** Updates made. */
  steps(): number;
  /**
   * One pass over the cases, each written by a tokenizer drawn for it alone.
   * @param epoch    from 1
   * @param cases    events to predict
   * @param maps     the tokenizers, of one vocabulary
   * @param cumulative [n] chances of the tokenizers, summed up from the first on; default: the first has all
   * @returns the mean loss of its steps; undefined where the signal cut it short
   * @throws Error where the loss is not finite
   */
  epoch(
    epoch: number,
    cases: Int32Array,
    maps: readonly TokenMap[],
    cumulative?: ArrayLike<number>,
  ): Promise<number | undefined>;
  dispose(): void;
}

const REPORT_EVERY_MS = 300;
/** Streams of random numbers beside that of the order of the batches. */
const DRAWS = 1;

/**
 * Trains a T5 on tokens with AdamW. Forward, backward and update are one compiled step; what the schedule counts and what the moments hold goes on from
 * epoch to epoch, whatever the tokenizers are.
 */
export function t5Trainer(model: T5, dataset: SequentialDataset, options: T5TrainerOptions): T5Trainer {
  const { windowLength, batchSize, learningRate, weightDecay = 0.05, clipNorm = 1, seed } = options;
  const optimizer = adamW(model.weights, { learningRate, weightDecay, clipNorm });
  const key = Rng.key(seed);
  const step = compile(
    (batch: T5Batch, index: tf.Scalar) => optimizer.step(() => t5Loss(model, batch, Rng.foldIn(key, index))),
    { name: "T5 training step", xla: false },
  );
  let steps = 0;

  return {
    optimizer,
    steps: () => steps,
    async epoch(epoch, cases, maps, cumulative = [1]) {
      const total = Math.ceil(cases.length / batchSize);
      const random = createRandom(seed, DRAWS, epoch);
      const meter = lossMeter();
      let reported = performance.now();
      let made = 0;
      try {
        for (const chosen of shuffledBatches(cases, { batchSize, seed, epoch })) {
          if (options.signal?.aborted) return undefined;
          const choices = Int32Array.from({ length: batchSize }, () => random.categorical(cumulative));
          const rows = filledUp(chosen, batchSize);
          const batch = tokenBatch(dataset, rows, windowLength, maps, choices);
          meter.add(
            tf.tidy(() =>
              step(tokenTensors(batch, rowWeights(chosen.length, batchSize)), tf.scalar(steps, "int32")),
            ),
          );
          steps++;
          made++;
          if (performance.now() - reported >= REPORT_EVERY_MS) {
            options.onProgress?.(epoch, made, total, meter.drain());
            await eventLoop();
            reported = performance.now();
          }
        }
        const loss = meter.mean();
        if (!Number.isFinite(loss))
          throw new Error(`T5: the loss of epoch ${epoch} is ${loss}: lower the learning rate.`);
        return loss;
      } finally {
        meter.dispose();
      }
    },
    dispose() {
      optimizer.dispose();
      step.dispose();
      key.dispose();
    },
  };
}
