import { setImmediate as eventLoop } from "node:timers/promises";
import { createRandom } from "../../../../data/random";
import { trainableWeights } from "../../../../llm/model";
import { adamW, type Schedule, warmupCosine } from "../../../../optim";
import { compile, tf } from "../../../../tensor";
import { exampleBatches, toBatch } from "./batches";
import type { Example } from "./examples";
import { type ExampleBatch, type InHouseModel, writtenLoss } from "./model";

export interface InHouseTrainingOptions {
  readonly seed: number;
  readonly examples: readonly Example[];
  /** Of another split: their loss is looked at, and nothing is learnt from them. */
  readonly validation: readonly Example[];
  /** Updates. */
  readonly steps: number;
  /** Default 32. */
  readonly batchSize?: number;
  /** Default: 2e-3 after a tenth of the steps, from there half a cosine to 0. */
  readonly learningRate?: number | Schedule;
  /** Updates between two looks at the losses. Default 100. */
  readonly checkEvery?: number;
  readonly onProgress?: (check: InHouseCheck) => void;
  /** Ends the training after the running step. */
  readonly signal?: AbortSignal;
}

/** What a look at a training sees; losses are of what the model writes itself, nats a token. */
export interface InHouseCheck {
  /** Updates made. */
  readonly step: number;
  /** Mean of the updates since the last look. */
  readonly loss: number;
  readonly validation: number;
}

/**
 * Trains with AdamW, β = (0.9, 0.98), weight decay 0.01; forward, backward and update are one compiled step for each length. Everything is drawn from the seed.
 * @param made  its weights are changed in place
 * @returns the looks, one every `checkEvery` updates
 * @throws RangeError where an example has no room in the model, or there is no whole batch; Error where the loss is not finite
 */
export async function trainInHouse(
  { model, tokenizer }: InHouseModel,
  options: InHouseTrainingOptions,
): Promise<InHouseCheck[]> {
  const { seed, examples, validation, steps, batchSize = 32, checkEvery = 100 } = options;
  checkExamples([...examples, ...validation], model.config.maxPositions);
  if (examples.length < batchSize || validation.length === 0)
    throw new RangeError(
      `Batches of ${batchSize} need as many examples, and a look at the loss needs some of validation; there are ${examples.length} and ${validation.length}.`,
    );
  const optimizer = adamW(trainableWeights(model) as Parameters<typeof adamW>[0], {
    learningRate: options.learningRate ?? warmupCosine({ peak: 2e-3, steps, share: 0.1 }),
    ...{ beta2: 0.98, weightDecay: 0.01 },
  });
  const compiled = { xla: false };
  const step = compile((batch: ExampleBatch) => optimizer.step(() => writtenLoss(model, batch)), {
    ...compiled,
    name: "in-house training step",
  });
  const lossOf = compile((batch: ExampleBatch) => writtenLoss(model, batch), {
    ...compiled,
    name: "in-house validation loss",
  });
  const padding = tokenizer.eos!;
  const batches = exampleBatches(examples, batchSize, createRandom(seed));
  const losses: tf.Scalar[] = [];
  const checks: InHouseCheck[] = [];
  try {
    for (let done = 1; done <= steps && !options.signal?.aborted; done++) {
      const batch = batches.next().value;
      losses.push(tf.tidy(() => step(toBatch(batch, padding))));
      if (done % checkEvery !== 0) continue;
      const loss = drainedMean(losses);
      if (!Number.isFinite(loss))
        throw new Error(`The loss of update ${done} is ${loss}: lower the learning rate.`);
      checks.push({ step: done, loss, validation: meanLoss(lossOf, validation, batchSize, padding) });
      options.onProgress?.(checks[checks.length - 1]);
      await eventLoop(); // whoever listens, or asks the training to stop, has a turn
    }
    return checks;
  } finally {
    tf.dispose(losses);
    optimizer.dispose();
    step.dispose();
    lossOf.dispose();
  }
}

function checkExamples(examples: readonly Example[], room: number): void {
  const longest = Math.max(0, ...examples.map(({ tokens }) => tokens.length));
  if (longest > room)
    throw new RangeError(`An example has ${longest} tokens; the model has ${room} positions.`);
}

/** The mean over written tokens, whatever batches they are in. */
function meanLoss(
  lossOf: (batch: ExampleBatch) => tf.Scalar,
  examples: readonly Example[],
  batchSize: number,
  padding: number,
): number {
  const sorted = [...examples].sort((a, b) => a.tokens.length - b.tokens.length);
  let [sum, count] = [0, 0];
  for (let from = 0; from < sorted.length; from += batchSize) {
    const batch = sorted.slice(from, from + batchSize);
    const written = batch.reduce((all, example) => all + example.tokens.length - example.written, 0);
    sum += written * tf.tidy(() => lossOf(toBatch(batch, padding)).dataSync()[0]);
    count += written;
  }
  return sum / count;
}

function drainedMean(losses: tf.Scalar[]): number {
  const all = losses.splice(0);
  const mean = tf.tidy(() => tf.stack(all).mean().dataSync()[0]);
  tf.dispose(all);
  return mean;
}
