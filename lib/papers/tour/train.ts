import { adam, type Optimizer, sgd } from "../../optim";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { accuracyOf, type Classifier, meanLoss } from "./model";
import type { Spirals } from "./spirals";

export interface TrainOptions {
  readonly steps: number;
  /** B, points a step, drawn with replacement. */
  readonly batchSize: number;
  readonly optimizer: "adam" | "sgd";
  readonly learningRate: number;
  /** Decides which points each step draws. */
  readonly key: tf.Tensor1D;
}

/** One step of training: draws its batch by its index, moves the weights, and returns the loss before the move. */
export interface TrainingStep {
  (index: tf.Scalar): tf.Scalar;
  /** Frees the optimiser's state; the weights stay. */
  dispose(): void;
}

/**
 * Forward, backward and update as one function of tensors, which can be called as it is, op by op, or handed to `compile`. The batch is
 * drawn inside, from a key and the step's index, so that a compiled step draws a new one at each call.
 */
export function trainingStep(
  model: Classifier,
  data: Spirals,
  { batchSize, optimizer, learningRate, key }: TrainOptions,
): TrainingStep {
  const update: Optimizer<string> = (optimizer === "adam" ? adam : sgd)(model.layers, { learningRate });
  const count = data.labels.size;
  const step = (index: tf.Scalar): tf.Scalar =>
    tf.tidy(() => {
      const rows = Rng.randint<tf.Tensor1D>(Rng.foldIn(key, index), [batchSize], 0, count);
      const batch = { points: tf.gather(data.points, rows), labels: tf.gather(data.labels, rows) };
      return update.step(() => meanLoss(model, batch)); // θ ← θ - update(∇θ loss)
    });
  return Object.assign(step, { dispose: () => update.dispose() });
}

/** A point of the learning curve. */
export interface Report {
  /** Updates made so far. */
  readonly step: number;
  /** Mean cross-entropy, nats, on all training points and on points that training never sees. */
  readonly trainLoss: number;
  readonly testLoss: number;
  /** Share of test points that are classified rightly. */
  readonly testAccuracy: number;
}

/**
 * Trains a classifier in place.
 * @param onReport  hears of the curve's points, `reports` of them at even distances; between two of them a notebook can draw
 * @returns the curve
 */
export async function train(
  model: Classifier,
  data: Spirals,
  test: Spirals,
  options: TrainOptions,
  { onReport, reports = 40 }: { onReport?: (report: Report) => void; reports?: number } = {},
): Promise<Report[]> {
  const step = trainingStep(model, data, options);
  // Plain graphs: XLA's are faster still, but so few steps do not earn its compile time back (see `costOfTraining`).
  const compiled = compile((index: tf.Scalar) => step(index), { name: "spiral training step", xla: false });
  const measure = compile(
    () => tf.stack([meanLoss(model, data), meanLoss(model, test), accuracyOf(model, test)]),
    { name: "spiral measures", xla: false },
  );
  const curve: Report[] = [];
  const report = async (made: number): Promise<void> => {
    const [trainLoss, testLoss, testAccuracy] = tf.tidy(() => measure().dataSync());
    if (!Number.isFinite(trainLoss)) {
      throw new Error(
        `Training diverged: the loss at step ${made} is ${trainLoss}. Lower the learning rate.`,
      );
    }
    curve.push({ step: made, trainLoss, testLoss, testAccuracy });
    onReport?.(curve[curve.length - 1]);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const every = Math.max(1, Math.round(options.steps / reports));
  try {
    await report(0);
    for (let made = 1; made <= options.steps; made++) {
      tf.tidy(() => {
        compiled(tf.scalar(made, "int32"));
      });
      if (made % every === 0 || made === options.steps) await report(made);
    }
    return curve;
  } finally {
    compiled.dispose();
    measure.dispose();
    step.dispose();
  }
}
