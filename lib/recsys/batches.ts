import { createRandom } from "../data/random";
import { tf } from "../tensor";
import type { SequentialDataset } from "./sequences";

const SECONDS_A_DAY = 86_400;

/** Cases side by side; B rows of L positions, right-padded with item 0. Flat arrays in row-major order. */
export interface SequenceBatch {
  size: number;
  windowLength: number;
  /** [B, L] item ids: the last L events before the target. */
  items: Int32Array;
  /**
   * [B, L + 1] time gaps in days: `T = [0, t_2 - t_1, .., t_n - t_{n-1}, t_{n+1} - t_n, 0 ..]` for a row of n items, t_{n+1} being the
   * time of the target. The first is 0: a window's first item has no predecessor in it. All NaN where the data set has no timestamps.
   * @see T2ARec, eq. 12
   */
  gaps: Float32Array;
  /** [B] number of items in each row, n. */
  lengths: Int32Array;
  /** [B] for a prefix batch, the next item; [B, L] for a position batch, the next item of every position (0: none). */
  targets: Int32Array;
  /** [B] */
  users: Int32Array;
}

/** A batch as tensors, all int32 but `gaps` (float32). Dispose of it, or make it inside `tf.tidy`. */
export interface BatchTensors {
  items: tf.Tensor2D;
  gaps: tf.Tensor2D;
  lengths: tf.Tensor1D;
  targets: tf.Tensor;
  users: tf.Tensor1D;
}

/** What a recommender may see of a batch: everything but the targets. The last gap tells the time of prediction. */
export type SequenceInput = Omit<BatchTensors, "targets">;

/**
 * The inputs of cases that each predict one event.
 * @param cases  the event to predict of each case, from `splitTargets`
 * @param windowLength  L
 */
export function prefixBatch(
  dataset: SequentialDataset,
  cases: Int32Array,
  windowLength: number,
): SequenceBatch {
  const batch = emptyBatch(dataset, cases.length, windowLength, cases.length);
  for (let row = 0; row < cases.length; row++) {
    fillRow(batch, row, dataset, cases[row]);
    batch.targets[row] = dataset.itemIds[cases[row]];
  }
  return batch;
}

/**
 * Inputs and targets for one pass over all positions: position i of a row predicts the item after it.
 * @param windows  the last target of each window, from `trainingWindows`
 */
export function positionBatch(
  dataset: SequentialDataset,
  windows: Int32Array,
  windowLength: number,
): SequenceBatch {
  const batch = emptyBatch(dataset, windows.length, windowLength, windows.length * windowLength);
  for (let row = 0; row < windows.length; row++) {
    const start = fillRow(batch, row, dataset, windows[row]);
    batch.targets.set(dataset.itemIds.subarray(start + 1, windows[row] + 1), row * windowLength);
  }
  return batch;
}

export function batchTensors(batch: SequenceBatch): BatchTensors {
  const { size, windowLength } = batch;
  const targets =
    batch.targets.length === size
      ? tf.tensor1d(batch.targets, "int32")
      : tf.tensor2d(batch.targets, [size, windowLength], "int32");
  return {
    items: tf.tensor2d(batch.items, [size, windowLength], "int32"),
    gaps: tf.tensor2d(batch.gaps, [size, windowLength + 1], "float32"),
    lengths: tf.tensor1d(batch.lengths, "int32"),
    targets,
    users: tf.tensor1d(batch.users, "int32"),
  };
}

export interface EpochOptions {
  batchSize: number;
  seed: number;
  /** Epochs of one seed have different orders. */
  epoch: number;
  /** Leave out a last batch that is smaller than the others. Default false. */
  dropLast?: boolean;
}

/** One epoch over cases or windows, in an order that depends on seed and epoch alone. */
export function* shuffledBatches(
  cases: Int32Array,
  { batchSize, seed, epoch, dropLast = false }: EpochOptions,
): Generator<Int32Array> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize must be a positive integer; got ${batchSize}.`);
  }
  const order = createRandom(seed, epoch).shuffle(cases.slice());
  for (let start = 0; start < order.length; start += batchSize) {
    if (dropLast && start + batchSize > order.length) return;
    yield order.subarray(start, Math.min(start + batchSize, order.length));
  }
}

function emptyBatch(
  { times }: SequentialDataset,
  size: number,
  windowLength: number,
  targets: number,
): SequenceBatch {
  if (!Number.isInteger(windowLength) || windowLength < 1) {
    throw new RangeError(`windowLength must be a positive integer; got ${windowLength}.`);
  }
  return {
    size,
    windowLength,
    items: new Int32Array(size * windowLength),
    // NaN for want of times: zeros would read as events of one moment.
    gaps: new Float32Array(size * (windowLength + 1)).fill(times === undefined ? Number.NaN : 0),
    lengths: new Int32Array(size),
    targets: new Int32Array(targets),
    users: new Int32Array(size),
  };
}

/** Writes the window before event `target`; returns the index of its first event. */
function fillRow(batch: SequenceBatch, row: number, dataset: SequentialDataset, target: number): number {
  const { windowLength } = batch;
  const user = dataset.eventUsers[target];
  const start = Math.max(dataset.offsets[user], target - windowLength);
  if (target <= start) {
    throw new RangeError(
      `Event ${target} is the first of user ${user}: it has no history to predict it from.`,
    );
  }
  batch.items.set(dataset.itemIds.subarray(start, target), row * windowLength);
  if (dataset.times !== undefined)
    fillGaps(batch.gaps, row * (windowLength + 1), dataset.times, start, target);
  batch.lengths[row] = target - start;
  batch.users[row] = user;
  return start;
}

/** Writes the gaps of events `start + 1 .. target`, in days; `base` is the place of the first event's. */
function fillGaps(
  gaps: Float32Array,
  base: number,
  times: Float64Array,
  start: number,
  target: number,
): void {
  for (let event = start + 1; event <= target; event++) {
    // Subtracted in float64: float32 holds Unix times only to 64 s.
    gaps[base + event - start] = (times[event] - times[event - 1]) / SECONDS_A_DAY;
  }
}
