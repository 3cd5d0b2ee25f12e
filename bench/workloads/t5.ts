import { adam } from "../../lib/optim";
import { type T5Batch, t5Loss } from "../../lib/recsys/generative/t5";
import { t5 as createT5, type T5 } from "../../lib/recsys/generative/t5Parameters";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { type Benchmark, fasterThan, torchSubject, type Workload } from "../workload";
import { disposal, stepWorkload } from "./step";

/** The sizes of MTGRec, arXiv:2504.04400, with three layers in each stack; what is not here is `T5_DEFAULTS`'. */
const LAYERS = 3;
const BATCH = 256;
const VOCABULARY = 1027;
const ITEMS = 20;
const DIGITS = 4;
const LENGTH = DIGITS * ITEMS + 2;
const LABELS = DIGITS + 1;
const END = VOCABULARY - 1;

/** Hugging Face's model with PyTorch's fused attention, which it chooses by itself, and with attention op by op. */
const TORCH = ["fused attention", "plain attention"];

export const t5: Benchmark = {
  name: "t5",
  title: `T5 training step, B ${BATCH}, ${LENGTH} + ${LABELS} tokens, d 128, 4 heads of 64, 3 + 3 layers, dropout 0.1, Adam`,
  sizes: [0],
  variants: {
    compiled: () => t5Step({ compiled: true }),
    "op by op": () => t5Step({ compiled: false }),
  },
  runs: 1,
  torch: TORCH,
  bars: TORCH.map((variant) => fasterThan("compiled", torchSubject(variant), 1)),
};

export function createModel(key: tf.Tensor1D): T5 {
  return createT5({ vocabulary: VOCABULARY, layers: LAYERS }, key);
}

/** A training step on one random batch, a graph as in training: XLA makes it a quarter slower. Every step has its own dropout masks. */
function t5Step({ compiled }: { compiled: boolean }): Workload {
  const weightsKey = Rng.key(3);
  const model = createModel(weightsKey);
  const batch = randomTokens(BATCH);
  const optimizer = adam(model.weights, { learningRate: 1e-3 });
  const key = Rng.key(2);
  const step = () =>
    optimizer.step(() => t5Loss(model, batch, Rng.foldIn(key, optimizer.state.count.toInt() as tf.Scalar)));
  return stepWorkload(step, { compiled, xla: false }, [
    optimizer,
    disposal([batch.inputs, batch.labels, weightsKey, key, ...optimizer.parameters]),
  ]);
}

/** Rows of a user, 1 to 20 items of 4 tokens and the end, padded; labels of 5 tokens. */
export function randomTokens(rows: number): T5Batch {
  return tf.tidy(() => {
    const [lengthKey, tokenKey, labelKey] = Rng.split(Rng.key(1), 3);
    const items = Rng.randint(lengthKey, [rows, 1], 1, ITEMS + 1);
    const end = items.mul(tf.scalar(DIGITS, "int32")).add(tf.scalar(1, "int32"));
    const positions = tf.range(0, LENGTH, 1, "int32").expandDims(0);
    const ids = Rng.randint<tf.Tensor2D>(tokenKey, [rows, LENGTH], 1, END);
    const ended = tf.where(positions.equal(end), tf.fill<tf.Rank.R2>([rows, LENGTH], END, "int32"), ids);
    return {
      inputs: tf.where<tf.Tensor2D>(positions.greater(end), tf.zerosLike(ids), ended),
      labels: Rng.randint<tf.Tensor2D>(labelKey, [rows, LABELS], 1, END),
    };
  });
}
