import { compile, tf } from "../../lib/tensor";
import type { Workload } from "../workload";

/**
 * A training step as a workload, compiled or op by op.
 * @param step  makes one update and returns the loss
 * @param owned  what to free at the end
 */
export function stepWorkload(
  step: () => tf.Scalar,
  mode: { compiled: boolean; xla?: boolean | "auto" },
  owned: readonly { dispose(): void }[],
): Workload {
  const compiled = mode.compiled ? compile(step, { name: "step", xla: mode.xla ?? "auto" }) : undefined;
  const run = compiled ?? step;
  return {
    run() {
      const loss = tf.tidy(run);
      loss.dataSync();
      loss.dispose();
    },
    report: () => compiled?.report() ?? [],
    dispose() {
      compiled?.dispose();
      for (const one of owned) one.dispose();
    },
  };
}

/** Frees every variable of a tree of parameters. */
export function disposal(variables: readonly tf.Tensor[]): { dispose(): void } {
  return { dispose: () => tf.dispose([...variables]) };
}
