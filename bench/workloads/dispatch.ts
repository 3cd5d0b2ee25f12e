import { tf } from "../../lib/tensor";
import type { Benchmark, Workload } from "../workload";

const OPS = 1000;
const MICROSECONDS = 10;

/** A thousand additions of two scalars, each result freed at once: what is left is the way from JavaScript to the op. */
function additions(): Workload {
  const [a, b] = [tf.scalar(1), tf.scalar(2)];
  return {
    run() {
      for (let i = 0; i < OPS; i++) tf.add(a, b).dispose();
    },
    report: () => [],
    dispose: () => tf.dispose([a, b]),
  };
}

export const dispatch: Benchmark = {
  name: "dispatch",
  title: `${OPS} additions of two scalars, op by op`,
  sizes: [0],
  variants: { "op by op": additions },
  runs: 2,
  torch: [""],
  bars: [
    {
      text: `less than ${MICROSECONDS} us an op`,
      check({ seconds }) {
        const value = (seconds["op by op"] / OPS) * 1e6;
        return { value: `${value.toFixed(2)} us`, pass: value < MICROSECONDS };
      },
    },
  ],
};
