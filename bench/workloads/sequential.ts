import { adam } from "../../lib/optim";
import type { SequentialModel, TrainingBatch } from "../../lib/recsys/models/sequentialModel";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { type Benchmark, noSlowerThan, torchSubject, type Workload } from "../workload";
import { disposal, stepWorkload } from "./step";

/** The sizes of the sequential benchmarks: those of MovieLens-1M at d = 64, batch 128. */
export const SEQUENTIAL = { batch: 128, length: 50, items: 3417, dimensions: 64 } as const;

/** Our models compute the last block at the position that is read only; PyTorch is timed that way and at all positions. */
export const PRUNED = "last position only";
export const EVERYWHERE = "all positions";

/** How many times PyTorch's time a recurrent or scan model may take. */
const MOST_TIMES = 1.5;

/** The benchmark of a model's training step. */
export interface SequentialBenchmark extends Benchmark {
  /** The model that it trains. */
  create(key: tf.Tensor1D): SequentialModel;
}

/** A recurrent or scan model against PyTorch's loop, or its matrix form, over the same positions. */
export function scanBenchmark(
  name: string,
  title: string,
  create: SequentialBenchmark["create"],
): SequentialBenchmark {
  const torch = [EVERYWHERE, PRUNED];
  return {
    name,
    title,
    create,
    sizes: [0],
    variants: sequentialVariants(create),
    runs: 1,
    torch,
    isolated: true,
    bars: torch.map((variant) => noSlowerThan("compiled", torchSubject(variant), MOST_TIMES)),
  };
}

/** The ways of training a model, for `variants` of a benchmark. */
export function sequentialVariants(create: SequentialBenchmark["create"]): Benchmark["variants"] {
  const step = (mode: Mode) => () => {
    const key = Rng.key(3);
    const model = create(key);
    key.dispose();
    return sequentialStep(model, mode);
  };
  return { compiled: step("as trained"), XLA: step("XLA"), "op by op": step("op by op") };
}

/** `as trained` takes a graph or XLA as the model itself asks for, as the training loop does. */
type Mode = "as trained" | "XLA" | "op by op";

/**
 * A training step of a sequential recommender on one random batch of full windows: forward, full softmax, backward, Adam.
 * As in training, every step has its own dropout masks.
 */
function sequentialStep(model: SequentialModel, mode: Mode): Workload {
  const batch = randomBatch(SEQUENTIAL.batch);
  const optimizer = adam(model.parameters, { learningRate: 1e-3 });
  const key = Rng.key(2);
  const step = () =>
    optimizer.step(() => model.loss(batch, Rng.foldIn(key, optimizer.state.count.toInt() as tf.Scalar)));
  const tensors = Object.values(batch) as tf.Tensor[];
  const xla = mode === "XLA" || (model.xla ?? false);
  return stepWorkload(step, { compiled: mode !== "op by op", xla }, [
    optimizer,
    disposal([...tensors, key, ...optimizer.parameters]),
  ]);
}

/** Rows of random items and gaps of up to a day, all windows full. */
export function randomBatch(rows: number): TrainingBatch {
  const { length, items } = SEQUENTIAL;
  return tf.tidy(() => {
    const [itemKey, targetKey, gapKey] = Rng.split(Rng.key(1), 3);
    return {
      items: Rng.randint<tf.Tensor2D>(itemKey, [rows, length], 1, items + 1),
      targets: Rng.randint<tf.Tensor1D>(targetKey, [rows], 1, items + 1),
      gaps: Rng.uniform<tf.Tensor2D>(gapKey, [rows, length + 1]),
      lengths: tf.fill<tf.Rank.R1>([rows], length, "int32") as tf.Tensor1D,
      users: tf.zeros<tf.Rank.R1>([rows], "int32") as tf.Tensor1D,
      weights: tf.ones<tf.Rank.R1>([rows]) as tf.Tensor1D,
    };
  });
}
