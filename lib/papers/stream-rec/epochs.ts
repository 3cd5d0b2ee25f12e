import { shuffledBatches } from "../../recsys/batches";
import { eventLoop, filledUp } from "../../recsys/stepping";
import { keptWeights, tf } from "../../tensor";

/** What every stage's training has: its length, its cases, and how it is stopped and judged. */
export interface EpochsOptions {
  /** Most epochs. */
  readonly epochs: number;
  /** Rows a step. */
  readonly batchSize: number;
  readonly seed: number;
  /** The cases of an epoch, from 1. */
  readonly cases: (epoch: number) => Int32Array;
  /** How good the model is now; larger is better. Absent: the last weights stay. */
  readonly validate?: () => number;
  /** Validate after every so many epochs, and after the last. Default 1. */
  readonly validateEvery?: number;
  /** Stop after this many validations without a better one. Default: never. */
  readonly patience?: number;
  /** Called after a step, once 300 ms have passed since the last call. */
  readonly onProgress?: (epoch: number, step: number, steps: number) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Ends the training after the running step. */
  readonly signal?: AbortSignal;
}

export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean of each loss over the steps; `loss` is what was minimised. */
  readonly losses: Readonly<Record<string, number>>;
  /** Undefined where it was not validated. */
  readonly validation: number | undefined;
}

export interface Training {
  readonly history: readonly EpochRecord[];
  /** The epoch whose weights the model now has: the best validated one, or the last. */
  readonly bestEpoch: number;
  /** Undefined where nothing was validated. */
  readonly bestValidation: number | undefined;
  /** Updates made. */
  readonly steps: number;
  /** False where the signal cut it short. */
  readonly complete: boolean;
}

/** One update. @returns [losses], in the order of their names */
export type Step = (chosen: {
  /** [B], filled up with the first. */
  readonly cases: Int32Array;
  /** How many of them are real. */
  readonly real: number;
  readonly epoch: number;
  /** Updates made before. */
  readonly index: number;
}) => tf.Tensor1D;

export interface EpochsTask {
  /** For messages. */
  readonly name: string;
  /** What is kept of the best epoch. */
  readonly parameters: readonly tf.Variable[];
  /** `loss` is among them. */
  readonly losses: readonly string[];
  /** Before an epoch's first step. */
  readonly prepare?: (epoch: number, cases: Int32Array) => void;
  readonly step: Step;
}

const REPORT_EVERY_MS = 300;

/**
 * Epochs over shuffled cases, and the weights of the best one in the end.
 * @throws Error where the loss is not finite
 */
export async function runEpochs(
  { name, parameters, losses, prepare, step }: EpochsTask,
  options: EpochsOptions,
): Promise<Training> {
  const { epochs, batchSize, seed, validate, validateEvery = 1, signal } = options;
  const { patience = Number.POSITIVE_INFINITY } = options;
  const history: EpochRecord[] = [];
  const best = keptWeights(parameters);
  let bestEpoch = 0;
  let bestValidation: number | undefined;
  let [late, made, complete] = [0, 0, true];

  /** @returns the mean losses; undefined where the signal ended it */
  async function run(epoch: number): Promise<EpochRecord["losses"] | undefined> {
    const cases = options.cases(epoch);
    prepare?.(epoch, cases);
    const total = Math.ceil(cases.length / batchSize);
    const first = made;
    const pending: tf.Tensor1D[] = [];
    let reported = performance.now();
    try {
      for (const chosen of shuffledBatches(cases, { batchSize, seed, epoch })) {
        if (signal?.aborted) return undefined;
        const rows = filledUp(chosen, batchSize);
        pending.push(step({ cases: rows, real: chosen.length, epoch, index: made }));
        made++;
        if (performance.now() - reported < REPORT_EVERY_MS) continue;
        options.onProgress?.(epoch, made - first, total);
        await eventLoop();
        reported = performance.now();
      }
      const sums = tf.tidy(() => tf.stack(pending).mean(0).dataSync());
      return Object.fromEntries(losses.map((loss, k) => [loss, sums[k]]));
    } finally {
      tf.dispose(pending);
    }
  }

  try {
    for (let epoch = 1; epoch <= epochs && late < patience; epoch++) {
      const means = await run(epoch);
      if (means === undefined) {
        complete = false;
        break;
      }
      if (!Number.isFinite(means.loss))
        throw new Error(`${name}: the loss of epoch ${epoch} is ${means.loss}: lower the learning rate.`);
      const isDue = epoch % validateEvery === 0 || epoch === epochs;
      const validation = isDue ? validate?.() : undefined;
      if (validate === undefined) bestEpoch = epoch;
      else if (validation !== undefined) {
        late++;
        if (bestValidation === undefined || validation > bestValidation) {
          [bestEpoch, bestValidation, late] = [epoch, validation, 0];
          best.keep();
        }
      }
      const record = { epoch, losses: means, validation };
      history.push(record);
      options.onEpoch?.(record);
      await eventLoop();
    }
    return { history, bestEpoch, bestValidation, steps: made, complete };
  } finally {
    best.restore();
    best.dispose();
  }
}
