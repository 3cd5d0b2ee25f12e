import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { isNative, tf } from "../../lib/tensor";
import { BENCHMARKS } from ".";

/** On the JavaScript fallback a large product or a SASRec step takes seconds; there the small ones stand for the rest. */
const runnable = BENCHMARKS.filter(
  ({ name }) => isNative() || ["mlp", "dispatch", "call", "verdicts"].includes(name),
);

describe.each(runnable)("$name", ({ variants, sizes, name, torch }) => {
  it.each(Object.keys(variants).filter((variant) => variant !== "XLA"))(
    "%s runs and leaves nothing",
    (variant) => {
      const before = tf.memory().numTensors;
      const workload = variants[variant](sizes[0]);
      workload.run();
      workload.run();
      // The meter of influences and the decoder keep their programs to themselves.
      const untold =
        ["dequantise", "prefill", "decode", "verdicts"].includes(name) ||
        /op by op|tf.add|rawOp|^influence$/.test(variant);
      if (isNative()) expect(workload.report()).toHaveLength(untold ? 0 : 1);
      workload.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it("has a counterpart where it is compared with PyTorch", () => {
    const script = path.join(__dirname, "..", "torch", `${name}.py`);
    expect(existsSync(script)).toBe(torch.length > 0);
  });
});
