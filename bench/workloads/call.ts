import { compile, tf } from "../../lib/tensor";
import type { Bar, Benchmark, Workload } from "../workload";

const FIXED_MICROSECONDS = 100;
const MICROSECONDS_A_TENSOR = 1;
const CALLS = 50;

/** Calls of a compiled function that adds up `captured` scalars from outside: nearly nothing to compute. */
function calls(captured: number, xla: boolean): Workload {
  const outside = tf.tidy(() => Array.from({ length: captured }, (_, i) => tf.variable(tf.scalar(i))));
  const x = tf.scalar(1);
  const sum = compile((argument: tf.Scalar) => tf.stack([argument, ...outside]).sum(), { name: "sum", xla });
  return {
    run() {
      for (let i = 0; i < CALLS; i++) sum(x).dispose();
    },
    report: () => sum.report(),
    dispose() {
      sum.dispose();
      tf.dispose([x, ...outside]);
    },
  };
}

function limit(variant: string): Bar {
  return {
    text: `a call of ${variant} in less than ${FIXED_MICROSECONDS} us plus ${MICROSECONDS_A_TENSOR} us a captured tensor`,
    check({ seconds }, size) {
      const value = (seconds[variant] / CALLS) * 1e6;
      return {
        value: `${value.toFixed(1)} us`,
        pass: value < FIXED_MICROSECONDS + MICROSECONDS_A_TENSOR * size,
      };
    },
  };
}

export const call: Benchmark = {
  name: "call",
  title: `${CALLS} calls of a compiled function that captures scalars and adds them up`,
  sizes: [1, 10, 100, 1000],
  sizeName: "captured",
  variants: {
    "plain graph": (size) => calls(size, false),
    XLA: (size) => calls(size, true),
  },
  runs: 1,
  torch: [],
  bars: [limit("plain graph"), limit("XLA")],
};
