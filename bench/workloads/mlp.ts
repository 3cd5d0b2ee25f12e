import { applyDense, dense } from "../../lib/nn";
import { adam } from "../../lib/optim";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { type Benchmark, fasterThan, torchSubject, type Workload } from "../workload";
import { disposal, stepWorkload } from "./step";

const WIDTH = 64;
const BATCH = 32;
const LAYERS = 4;

function step(compiled: boolean, xla: boolean | "auto" = "auto"): Workload {
  const keys = tf.tidy(() => Rng.split(Rng.key(1), LAYERS + 2));
  const layers = keys.slice(0, LAYERS).map((key) => dense({ inputs: WIDTH, outputs: WIDTH }, key));
  const [x, y] = keys.slice(LAYERS).map((key) => Rng.normal<tf.Tensor2D>(key, [BATCH, WIDTH]));
  tf.dispose(keys);
  const optimizer = adam(layers, { learningRate: 1e-3 });
  const forward = () =>
    layers.reduce<tf.Tensor>((hidden, layer, index) => {
      const output = applyDense(layer, hidden);
      return index === LAYERS - 1 ? output : tf.relu(output);
    }, x);
  const update = () => optimizer.step(() => tf.mean(tf.squaredDifference(forward(), y)) as tf.Scalar);
  return stepWorkload(update, { compiled, xla }, [optimizer, disposal([x, y, ...optimizer.parameters])]);
}

export const mlp: Benchmark = {
  name: "mlp",
  title: `MLP training step, ${LAYERS} layers of ${WIDTH}, batch ${BATCH}, ReLU, squared error, Adam`,
  sizes: [0],
  variants: {
    compiled: () => step(true),
    "plain graph": () => step(true, false),
    "op by op": () => step(false),
  },
  runs: 20,
  torch: [""],
  isolated: true,
  bars: [fasterThan("compiled", torchSubject(""), 1)],
};
