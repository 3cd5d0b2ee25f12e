import { isNative, rawOp, tf } from "../../lib/tensor";
import type { Bar, Benchmark, Workload } from "../workload";

const OPS = 1000;
const MICROSECONDS = 10;

/** A thousand additions of two scalars, each result freed at once: what is left is the way from JavaScript to the op. */
function additions(add: (a: tf.Scalar, b: tf.Scalar) => tf.Tensor): Workload {
  const [a, b] = [tf.scalar(1), tf.scalar(2)];
  return {
    run() {
      for (let i = 0; i < OPS; i++) add(a, b).dispose();
    },
    report: () => [],
    dispose: () => tf.dispose([a, b]),
  };
}

function limit(variant: string): Bar {
  return {
    text: `an op by ${variant} in less than ${MICROSECONDS} us`,
    check({ seconds }) {
      const value = (seconds[variant] / OPS) * 1e6;
      return { value: `${value.toFixed(2)} us`, pass: value < MICROSECONDS };
    },
  };
}

/** By name: our own part. By tfjs: with its checks of arguments, its kernel, and its accounts of tensors. */
export const dispatch: Benchmark = {
  name: "dispatch",
  title: `${OPS} additions of two scalars, op by op`,
  sizes: [0],
  variants: {
    "tf.add": () => additions(tf.add),
    rawOp: () => additions((a, b) => (isNative() ? rawOp("AddV2", [a, b])[0] : tf.add(a, b))),
  },
  runs: 2,
  torch: [""],
  bars: [limit("tf.add"), limit("rawOp")],
};
