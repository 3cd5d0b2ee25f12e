import { adam } from "../../lib/optim";
import type { SequentialModel, TrainingBatch } from "../../lib/recsys/models/sequentialModel";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import type { Workload } from "../workload";
import { disposal, stepWorkload } from "./step";

/** The sizes of the sequential benchmarks: those of MovieLens-1M at d = 64, batch 128. */
export const SEQUENTIAL = { batch: 128, length: 50, items: 3417, dimensions: 64 } as const;

/**
 * A training step of a sequential recommender on one random batch of full windows: forward, full softmax, backward, Adam.
 * As in training, every step has its own dropout masks.
 * @param mode  `as trained` takes a graph or XLA as the model itself asks for, as the training loop does
 */
export function sequentialStep(model: SequentialModel, mode: "as trained" | "XLA" | "op by op"): Workload {
  const { batch: size, length, items } = SEQUENTIAL;
  const batch = tf.tidy(() => {
    const [itemKey, targetKey] = Rng.split(Rng.key(1), 2);
    return {
      items: Rng.randint<tf.Tensor2D>(itemKey, [size, length], 1, items + 1),
      targets: Rng.randint<tf.Tensor1D>(targetKey, [size], 1, items + 1),
      gaps: tf.zeros<tf.Rank.R2>([size, length + 1]),
      lengths: tf.fill<tf.Rank.R1>([size], length, "int32") as tf.Tensor1D,
      users: tf.zeros<tf.Rank.R1>([size], "int32") as tf.Tensor1D,
      weights: tf.ones<tf.Rank.R1>([size]) as tf.Tensor1D,
    };
  });
  const optimizer = adam(model.parameters, { learningRate: 1e-3 });
  const key = Rng.key(2);
  const step = () =>
    optimizer.step(() =>
      model.loss(batch satisfies TrainingBatch, Rng.foldIn(key, optimizer.state.count.toInt() as tf.Scalar)),
    );
  const tensors = Object.values(batch) as tf.Tensor[];
  const xla = mode === "XLA" || (model.xla ?? false);
  return stepWorkload(step, { compiled: mode !== "op by op", xla }, [
    optimizer,
    disposal([...tensors, key, ...optimizer.parameters]),
  ]);
}
