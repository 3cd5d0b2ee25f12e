import { compile, tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import type { Benchmark, Workload } from "../workload";

function product(size: number, xla: boolean | undefined): Workload {
  const [a, b] = tf.tidy(() => Rng.split(Rng.key(1), 2).map((key) => Rng.normal(key, [size, size])));
  const multiply = () => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
  const compiled = xla === undefined ? undefined : compile(multiply, { name: "product", xla });
  const run = compiled ?? multiply;
  return {
    run: () => run().dispose(),
    report: () => compiled?.report() ?? [],
    dispose() {
      compiled?.dispose();
      tf.dispose([a, b]);
    },
  };
}

export const matmul: Benchmark = {
  name: "matmul",
  title: "Product of two square matrices, float32",
  sizes: [128, 256, 512, 1024, 2048],
  sizeName: "n",
  variants: {
    "op by op": (size) => product(size, undefined),
    "plain graph": (size) => product(size, false),
    XLA: (size) => product(size, true),
  },
  runs: 4,
  torch: [""],
};
