import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { sampledLogits, sampleT5 } from "../../lib/recsys/generative/t5Sampling";
import { tokenLogProbs } from "../../lib/rl";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { assertClose } from "../../lib/tensor/testing";
import { flattenTree } from "../../lib/tensor/tree";
import { SAMPLES, STEPS } from "./sampling";
import { createModel, randomTokens } from "./t5";

const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const ROWS = 4;
/** To start PyTorch on a busy machine. */
const MOST_MILLISECONDS = 240_000;

describe.runIf(PYTHON !== undefined)("sampling", () => {
  it(
    "is from the distribution that Hugging Face samples from",
    () => {
      const model = createModel(Rng.key(5));
      const { inputs } = randomTokens(ROWS);
      const leaves = flattenTree(model.weights) as [string, tf.Variable][];
      const parameters = Object.fromEntries(leaves.map(([name, variable]) => [name, variable.arraySync()]));
      const answer = execFileSync(PYTHON!, [path.join(__dirname, "..", "torch", "sampling.py")], {
        input: JSON.stringify({ parameters, inputs: inputs.arraySync() }),
        encoding: "utf8",
      });
      const theirs = JSON.parse(answer) as { tokens: number[][][]; logProbs: number[][][] };
      const tokens = tf.tensor3d(theirs.tokens, [ROWS, SAMPLES, STEPS], "int32");
      const flat = [ROWS * SAMPLES, STEPS] as [number, number];
      const ours = tokenLogProbs(sampledLogits(model, inputs, tokens), tokens.reshape<tf.Tensor2D>(flat));
      assertClose(ours.reshape(tokens.shape), tf.tensor3d(theirs.logProbs), { absolute: 2e-4 });
      const own = sampleT5(model, inputs, { steps: STEPS, samples: SAMPLES }, Rng.key(1));
      // Two estimates of one entropy: 320 tokens each.
      const means = [own.logProbs.mean().dataSync()[0], ours.mean().dataSync()[0]];
      expect(Math.abs(means[0] - means[1])).toBeLessThan(0.5);
    },
    MOST_MILLISECONDS,
  );
});
